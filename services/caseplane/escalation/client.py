"""How other services ask for tickets and what was said on them."""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.http import ServiceClient
from caseplane.escalation.schemas import CommentRead, TicketContext, TicketRead


class EscalationClient(ServiceClient):
    """Calls the escalation service on behalf of an agent or a service of the tenant."""

    async def ticket(self, principal: Principal, ticket_id: UUID) -> TicketRead:
        """One ticket."""
        return TicketRead.model_validate(
            await self._call("GET", f"/tickets/{ticket_id}", principal=principal)
        )

    async def comment(self, principal: Principal, ticket_id: UUID, comment_id: UUID) -> CommentRead:
        """One comment of a ticket, or of a ticket merged into it."""
        path = f"/tickets/{ticket_id}/comments/{comment_id}"
        return CommentRead.model_validate(await self._call("GET", path, principal=principal))

    async def context(self, principal: Principal, ticket_id: UUID) -> TicketContext:
        """A ticket with everything around it."""
        path = f"/tickets/{ticket_id}/context"
        return TicketContext.model_validate(await self._call("GET", path, principal=principal))
