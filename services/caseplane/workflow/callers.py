"""What a route of this service asks for: work on behalf of a caller with the right role."""

from typing import Annotated, TypeAlias

from fastapi import Depends

from caseplane.core.auth import Principal, Role, require
from caseplane.core.work import context_of, opened
from caseplane.workflow.context import Work, Workflow

AgentWork: TypeAlias = Annotated[Work, opened(Role.agent)]
StaffWork: TypeAlias = Annotated[Work, opened(Role.agent, Role.sme, Role.product_owner, Role.analyst)]
LeadWork: TypeAlias = Annotated[Work, opened(Role.supervisor)]

# For routes that wait for something outside, and open their work themselves.
Agent: TypeAlias = Annotated[Principal, Depends(require(Role.agent))]
Speaker: TypeAlias = Annotated[
    Principal, Depends(require(Role.customer, Role.agent, Role.sme, Role.product_owner))
]
"""Whoever may say what they think of a ticket."""
Lead: TypeAlias = Annotated[Principal, Depends(require(Role.supervisor))]
Shared: TypeAlias = Annotated[Workflow, Depends(context_of)]
