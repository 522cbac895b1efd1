"""Who may call which routes, and which documents a caller sees."""

from typing import Annotated, TypeAlias

from fastapi import Depends

from caseplane.core.auth import Principal, Role, require
from caseplane.core.work import context_of, opened
from caseplane.retrieval.context import Retrieval, Work

_KEEPERS = (Role.admin, Role.sme, Role.product_owner)
_READERS = (Role.agent, Role.analyst, Role.sme, Role.product_owner)

Service: TypeAlias = Annotated[Retrieval, Depends(context_of)]
Keeper: TypeAlias = Annotated[Principal, Depends(require(*_KEEPERS))]
Reader: TypeAlias = Annotated[Principal, Depends(require(*_READERS))]
AdminWork: TypeAlias = Annotated[Work, opened(Role.admin)]
KeeperWork: TypeAlias = Annotated[Work, opened(*_KEEPERS)]
ReaderWork: TypeAlias = Annotated[Work, opened(*_READERS)]


def visible_to(principal: Principal) -> list[str] | None:
    """Entitlements that limit what a caller sees; None for roles that manage the knowledge."""
    unlimited = (Role.admin, Role.supervisor, Role.sme, Role.product_owner)
    return None if principal.has_any(*unlimited) else sorted(principal.entitlements)
