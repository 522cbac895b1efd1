"""How other services reach tickets."""

from uuid import UUID

from pydantic import BaseModel

from caseplane.core.auth import Principal
from caseplane.core.errors import RemoteProblemError
from caseplane.core.http import ServiceClient
from caseplane.escalation.schemas import (
    CaseDigest,
    CommentRead,
    HandoffPacket,
    IncidentOpen,
    MessageDigest,
    TicketNote,
)


class EscalationClient(ServiceClient):
    """Calls the escalation service on behalf of an agent or a service of the tenant."""

    async def comment(self, principal: Principal, ticket_id: UUID, comment_id: UUID) -> CommentRead:
        """One comment of a ticket, or of a ticket merged into it."""
        path = f"/tickets/{ticket_id}/comments/{comment_id}"
        return CommentRead.model_validate(await self._call("GET", path, principal=principal))

    async def take_over(self, principal: Principal, ticket_id: UUID, packet: HandoffPacket) -> None:
        """Open the ticket of an escalation under the id that was minted with it; safe to repeat."""
        await self._put(principal, f"/internal/tickets/{ticket_id}", packet)

    async def follow_up(self, principal: Principal, ticket_id: UUID, message: MessageDigest) -> None:
        """Put what the customer wrote on the ticket; safe to repeat."""
        await self._put(principal, f"/internal/tickets/{ticket_id}/messages", message)

    async def keep_summary(self, principal: Principal, ticket_id: UUID, case: CaseDigest) -> None:
        """Put a resolved case's summary on the ticket; safe to repeat."""
        await self._put(principal, f"/internal/tickets/{ticket_id}/case", case)

    async def open_incident(self, principal: Principal, ticket_id: UUID, incident: IncidentOpen) -> None:
        """Open the ticket of an incident under the id that was minted with it; safe to repeat."""
        await self._put(principal, f"/internal/tickets/{ticket_id}/incident", incident)

    async def note(self, principal: Principal, ticket_id: UUID, note: TicketNote) -> None:
        """Put an internal note on a ticket; safe to repeat."""
        await self._put(principal, f"/internal/tickets/{ticket_id}/notes", note)

    async def subject_of(self, principal: Principal, ticket_id: UUID) -> str:
        """A ticket's subject; empty if there is no such ticket."""
        try:
            found = await self._call("GET", f"/tickets/{ticket_id}", principal=principal)
        except RemoteProblemError as exc:
            if exc.code == 404:
                return ""
            raise
        return str(found["subject"])

    async def merge(self, principal: Principal, ticket_id: UUID, into: UUID) -> None:
        """Close a ticket in favour of another of the same customer, as this agent; safe to repeat."""
        path = f"/tickets/{ticket_id}/merge"
        await self._call("POST", path, principal=principal, json={"into": str(into)})

    async def part(self, principal: Principal, ticket_id: UUID) -> None:
        """Undo the merge of a ticket, as this agent; safe to repeat."""
        await self._call("POST", f"/tickets/{ticket_id}/part", principal=principal)

    async def _put(self, principal: Principal, path: str, body: BaseModel) -> None:
        await self._call("PUT", path, principal=principal, json=body.model_dump(mode="json"))
