"""What a route of this service asks for: work on behalf of a caller with the right role."""

from typing import Annotated, TypeAlias

from fastapi import Depends

from caseplane.core.auth import Principal, Role, require
from caseplane.core.work import context_of, opened
from caseplane.orchestrator.context import Orchestrator, Work

TalkerWork: TypeAlias = Annotated[Work, opened(Role.customer, Role.agent)]
ReaderWork: TypeAlias = Annotated[Work, opened(Role.customer, Role.agent, Role.analyst)]
AgentWork: TypeAlias = Annotated[Work, opened(Role.agent)]
AdminWork: TypeAlias = Annotated[Work, opened(Role.admin)]

# For routes that commit before they answer, and open their work themselves.
Talker: TypeAlias = Annotated[Principal, Depends(require(Role.customer, Role.agent))]
Reader: TypeAlias = Annotated[Principal, Depends(require(Role.customer, Role.agent, Role.analyst))]
Shared: TypeAlias = Annotated[Orchestrator, Depends(context_of)]
