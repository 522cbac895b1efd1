"""What a route of this service asks for: work on behalf of a caller with the right role."""

from typing import Annotated, TypeAlias

from fastapi import Depends

from caseplane.core.auth import Principal, Role, require
from caseplane.core.work import context_of, opened
from caseplane.insights.context import Insights, Work

_READERS = (Role.sme, Role.product_owner, Role.analyst, Role.supervisor)

ReaderWork: TypeAlias = Annotated[Work, opened(*_READERS)]
WriterWork: TypeAlias = Annotated[Work, opened(Role.sme, Role.product_owner)]
ExpertWork: TypeAlias = Annotated[Work, opened(Role.sme)]
OwnerWork: TypeAlias = Annotated[Work, opened(Role.product_owner)]
CuratorWork: TypeAlias = Annotated[Work, opened(Role.sme, Role.admin)]
"""For whoever may change how tickets are grouped."""
AnalystWork: TypeAlias = Annotated[Work, opened(Role.analyst, Role.supervisor)]

# For routes that wait for something outside, and open their work themselves.
Reader: TypeAlias = Annotated[Principal, Depends(require(*_READERS))]
Writer: TypeAlias = Annotated[Principal, Depends(require(Role.sme, Role.product_owner))]
Shared: TypeAlias = Annotated[Insights, Depends(context_of)]
Analyst: TypeAlias = Annotated[Principal, Depends(require(Role.analyst, Role.supervisor))]
