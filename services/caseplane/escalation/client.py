"""How other services reach tickets."""

from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from caseplane.core.auth import Principal
from caseplane.core.http import ServiceClient
from caseplane.escalation.schemas import (
    CaseDigest,
    CommentRead,
    CustomerHistory,
    HandoffPacket,
    IncidentMembership,
    IncidentOpen,
    MailDigest,
    MailReply,
    MessageDigest,
    TeamLoads,
    TicketDigest,
    TicketFacts,
    TicketNote,
    TicketOpening,
    TicketSurroundings,
    TicketTriage,
)

MOST_COMMENTS = 1_000


class EscalationClient(ServiceClient):
    """Calls the escalation service on behalf of an agent or a service of the tenant."""

    async def find_comment(
        self, principal: Principal, ticket_id: UUID, comment_id: UUID
    ) -> CommentRead | None:
        """One comment of a ticket, or of a ticket merged into it; None for one that is not there."""
        found = await self._find(f"/tickets/{ticket_id}/comments/{comment_id}", principal=principal)
        return None if found is None else CommentRead.model_validate(found)

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

    async def find_mail(self, principal: Principal, mail_id: UUID) -> MailDigest | None:
        """A mail that came in; None for one that is not there."""
        found = await self._find(f"/internal/mails/{mail_id}", principal=principal)
        return None if found is None else MailDigest.model_validate(found)

    async def reply_by_mail(
        self, principal: Principal, thread_id: UUID, message_id: UUID, reply: MailReply
    ) -> None:
        """Send a conversation's message to its customer by mail; safe to repeat."""
        await self._put(principal, f"/internal/mails/threads/{thread_id}/replies/{message_id}", reply)

    async def open_incident(self, principal: Principal, ticket_id: UUID, incident: IncidentOpen) -> None:
        """Open the ticket of an incident under the id that was minted with it; safe to repeat."""
        await self._put(principal, f"/internal/tickets/{ticket_id}/incident", incident)

    async def belong(self, principal: Principal, ticket_id: UUID, incident_id: UUID | None) -> None:
        """Say on a ticket which incident it belongs to; safe to repeat."""
        body = IncidentMembership(incident_id=incident_id)
        await self._put(principal, f"/internal/tickets/{ticket_id}/membership", body)

    async def surroundings(self, principal: Principal, ticket_id: UUID) -> TicketSurroundings:
        """A ticket with its packet, comments, files, and the customer's other tickets."""
        path = f"/tickets/{ticket_id}/context"
        return TicketSurroundings.model_validate(await self._call("GET", path, principal=principal))

    async def history(self, principal: Principal, customer_id: str) -> CustomerHistory | None:
        """What a customer's tickets show in sum; None for one without tickets."""
        path = f"/customers/{quote(customer_id, safe='')}/context"
        found = await self._find(path, principal=principal)
        return None if found is None else CustomerHistory.model_validate(found)

    async def note(self, principal: Principal, ticket_id: UUID, note: TicketNote) -> None:
        """Put an internal note on a ticket; safe to repeat."""
        await self._put(principal, f"/internal/tickets/{ticket_id}/notes", note)

    async def merge(self, principal: Principal, ticket_id: UUID, into: UUID) -> None:
        """Close a ticket in favour of another of the same customer, as this agent; safe to repeat."""
        path = f"/tickets/{ticket_id}/merge"
        await self._call("POST", path, principal=principal, json={"into": str(into)})

    async def part(self, principal: Principal, ticket_id: UUID) -> None:
        """Undo the merge of a ticket, as this agent; safe to repeat."""
        await self._call("POST", f"/tickets/{ticket_id}/part", principal=principal)

    async def facts(self, principal: Principal, ticket_id: UUID) -> TicketFacts:
        """A ticket as the caller sees it."""
        return TicketFacts.model_validate(
            await self._call("GET", f"/tickets/{ticket_id}", principal=principal)
        )

    async def of_requester(self, principal: Principal, requester_id: str, *, limit: int) -> list[TicketFacts]:
        """A customer's newest tickets."""
        params = {"requester_id": requester_id, "limit": limit}
        found = await self._call("GET", "/tickets", principal=principal, params=params)
        return [TicketFacts.model_validate(each) for each in found["items"]]

    async def comments(self, principal: Principal, ticket_id: UUID) -> list[CommentRead]:
        """What was said on a ticket, oldest first."""
        path = f"/tickets/{ticket_id}/comments"
        found: list[CommentRead] = []
        params: dict[str, object] = {"limit": 200}
        while True:
            body = await self._call("GET", path, principal=principal, params=params)
            found += [CommentRead.model_validate(each) for each in body["items"]]
            if body["next"] is None or len(found) >= MOST_COMMENTS:
                return found
            params["cursor"] = body["next"]

    async def reply(
        self,
        principal: Principal,
        ticket_id: UUID,
        body: str,
        *,
        source_id: UUID,
        ticket_version: int | None = None,
    ) -> CommentRead:
        """Reply to the customer in the principal's name; the same source again is the same comment.

        Args:
            principal: the agent.
            ticket_id: the ticket.
            body: what the customer reads.
            source_id: what the reply was made of.
            ticket_version: that the agent saw; if the ticket has changed since, nothing is said.
        """
        headers = {} if ticket_version is None else {"If-Match": f'"{ticket_version}"'}
        found = await self._call(
            "POST", f"/tickets/{ticket_id}/comments", principal=principal, headers=headers,
            json={"body": body, "visibility": "public", "source_message_id": str(source_id)},
        )  # fmt: skip
        return CommentRead.model_validate(found)

    async def ticket(self, principal: Principal, ticket_id: UUID) -> TicketDigest:
        """A ticket as the workflow reads it, deleted or not."""
        path = f"/internal/tickets/{ticket_id}"
        return TicketDigest.model_validate(await self._call("GET", path, principal=principal))

    async def find_ticket(self, principal: Principal, ticket_id: UUID) -> TicketDigest | None:
        """Likewise; None for one that is not there, such as one that its tenant's retention erased."""
        found = await self._find(f"/internal/tickets/{ticket_id}", principal=principal)
        return None if found is None else TicketDigest.model_validate(found)

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
