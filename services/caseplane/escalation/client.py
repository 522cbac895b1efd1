"""How other services reach tickets."""

from uuid import UUID

from pydantic import BaseModel

from caseplane.core.auth import Principal
from caseplane.core.http import ServiceClient
from caseplane.escalation.schemas import CaseDigest, CommentRead, HandoffPacket, MessageDigest


class EscalationClient(ServiceClient):
    """Calls the escalation service on behalf of an agent or a service of the tenant."""

    async def comment(self, principal: Principal, ticket_id: UUID, comment_id: UUID) -> CommentRead:
        """One comment of a ticket, or of a ticket merged into it."""
        path = f"/tickets/{ticket_id}/comments/{comment_id}"
        return CommentRead.model_validate(await self._call("GET", path, principal=principal))

    async def require_readable(self, principal: Principal, ticket_id: UUID) -> None:
        """Raise what the ticket's own route answers if the caller may not read it."""
        await self._call("GET", f"/tickets/{ticket_id}", principal=principal)

    async def take_over(self, principal: Principal, ticket_id: UUID, packet: HandoffPacket) -> None:
        """Open the ticket of an escalation under the id that was minted with it; safe to repeat."""
        await self._put(principal, f"/internal/tickets/{ticket_id}", packet)

    async def follow_up(self, principal: Principal, ticket_id: UUID, message: MessageDigest) -> None:
        """Put what the customer wrote on the ticket; safe to repeat."""
        await self._put(principal, f"/internal/tickets/{ticket_id}/messages", message)

    async def keep_summary(self, principal: Principal, ticket_id: UUID, case: CaseDigest) -> None:
        """Put a resolved case's summary on the ticket; safe to repeat."""
        await self._put(principal, f"/internal/tickets/{ticket_id}/case", case)

    async def _put(self, principal: Principal, path: str, body: BaseModel) -> None:
        await self._call("PUT", path, principal=principal, json=body.model_dump(mode="json"))
