"""How other services reach tickets."""

from uuid import UUID

from pydantic import BaseModel

from caseplane.core.auth import Principal
from caseplane.core.http import ServiceClient
from caseplane.escalation.schemas import (
    CaseDigest,
    CommentRead,
    HandoffPacket,
    MessageDigest,
    TeamLoads,
    TicketDigest,
    TicketOpening,
    TicketTriage,
)


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

    async def ticket(self, principal: Principal, ticket_id: UUID) -> TicketDigest:
        """A ticket as the workflow reads it, deleted or not."""
        path = f"/internal/tickets/{ticket_id}"
        return TicketDigest.model_validate(await self._call("GET", path, principal=principal))

    async def newest(
        self, principal: Principal, *, limit: int, before: int | None = None
    ) -> list[TicketDigest]:
        """The newest tickets, before a number if one is given."""
        params = {"limit": limit} | ({} if before is None else {"before": before})
        found = await self._call("GET", "/internal/tickets", principal=principal, params=params)
        return [TicketDigest.model_validate(each) for each in found]

    async def open(self, principal: Principal, ticket_id: UUID, opening: TicketOpening) -> TicketDigest:
        """Open a ticket under an id that the caller minted; safe to repeat."""
        path, body = f"/internal/tickets/{ticket_id}/opening", opening.model_dump(mode="json")
        found = await self._call("PUT", path, principal=principal, json=body)
        return TicketDigest.model_validate(found)

    async def triage(self, principal: Principal, ticket_id: UUID, result: TicketTriage) -> None:
        """Write what a run made of a ticket; a run is written once, however often it is sent."""
        await self._put(principal, f"/internal/tickets/{ticket_id}/triage", result)

    async def loads(self, principal: Principal) -> TeamLoads:
        """How much everyone has to do."""
        path = "/internal/tickets/loads"
        return TeamLoads.model_validate(await self._call("GET", path, principal=principal))

    async def _put(self, principal: Principal, path: str, body: BaseModel) -> None:
        await self._call("PUT", path, principal=principal, json=body.model_dump(mode="json"))
