"""What the routes share: the service, callers, versions."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Path

from caseplane.core.auth import Principal, Role, require
from caseplane.core.errors import InvalidInputError
from caseplane.core.work import context_of
from caseplane.escalation.context import Escalation
from caseplane.escalation.errors import PreconditionRequiredError

ETAG = re.compile(r'(?:W/)?"(\d{1,9})"|(\d{1,9})')


E = Annotated[Escalation, Depends(context_of)]
Reader = Annotated[Principal, Depends(require(Role.customer, Role.agent))]
TicketId = Annotated[UUID, Path(description="The ticket")]


def version_seen(
    if_match: Annotated[str | None, Header(description="The ETag of what was read", examples=['"3"'])] = None,
) -> int:
    """The version that the caller wants to change."""
    if if_match is None:
        raise PreconditionRequiredError
    match = ETAG.fullmatch(if_match.strip())
    if match is None:
        raise InvalidInputError('If-Match must be the ETag that was read, such as "3".')
    return int(match[1] or match[2])


VersionSeen = Annotated[int, Depends(version_seen)]


def etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}
