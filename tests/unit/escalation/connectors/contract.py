"""What every connector must do, whatever the desk: a test class to inherit from.

A subclass provides `bench`, a connector with a stateful, strict fake of its vendor's documented API.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.unit.escalation.connectors.faults import MALFORMED, REFUSED, RETRYABLE, FaultyNetwork
from tests.unit.escalation.samples import NOW, make_packet

from caseplane.core.ids import new_id
from caseplane.escalation.connectors.protocol import (
    DeskComment,
    DeskRefusedError,
    DeskTicket,
    DeskUnavailableError,
    DeskUpdate,
    HookMalformedError,
    HookRefusedError,
    PollCursor,
    Receipt,
    TicketConnector,
    TicketUpdated,
    Unreadable,
)
from caseplane.escalation.schemas import TicketStatus

UNSIGNED = (
    "webhook-id", "x-zendesk-webhook-id", "x-zendesk-webhook-invocation-id", "x-zendesk-account-id",
)  # fmt: skip
"""Headers that a webhook may lack and still be genuine."""


@dataclass(frozen=True)
class AtDesk:
    """A ticket at the desk, in our terms."""

    external_id: str
    session_id: str | None
    subject: str
    status: TicketStatus
    comments: list[tuple[str, bool]]
    """Text, and whether the customer may see it; without the ticket's description."""


@dataclass
class Bench:
    """A connector and the desk it is connected to."""

    connector: TicketConnector
    network: FaultyNetwork
    tickets: Callable[[], list[AtDesk]]
    act: Callable[..., Any]
    """`act(external_id, public=…, internal=…, status=…, at=…)`: an action of the desk's staff."""
    hook: Callable[..., tuple[Mapping[str, str], bytes]]
    """`hook(act's result, at=…, secret=…)`: the webhook that reports it."""
    spoil: Callable[[], None]
    """Make the next polled update unreadable."""
    malformed: tuple[dict[str, Any], str] = field(
        default_factory=lambda: ({"updated_at": "yesterday"}, "updated_at")
    )
    """What `act` makes the webhook say so that it is not of the contract, and the field that this breaks."""
    tells_order: bool = True
    """Whether the desk tells in which order the comments of one second were written."""


def spoken(updates: Sequence[TicketUpdated | Unreadable]) -> list[str]:
    """The public comments of some updates."""
    return [
        u.latest_public_comment.body
        for u in updates
        if isinstance(u, TicketUpdated) and u.latest_public_comment
    ]


def make_ticket(**fields: Any) -> DeskTicket:
    packet = make_packet()
    values: dict[str, Any] = {
        "ticket_id": new_id(),
        "number": 1,
        "session_id": packet.session.session_id,
        "subject": packet.subject,
        "description": "What was said so far. Grüße, 日本, 🐚",
        "status": TicketStatus.new,
        "priority": "normal",
        "severity": None,
        "requester_id": "c-1",
        "tags": ["billing"],
        "ai_escalation_reason": packet.reason.code,
        "ai_confidence": packet.reason.confidence,
        "packet": packet,
        "created_at": NOW,
    }
    return DeskTicket(**(values | fields))


def make_comment(ticket: DeskTicket, body: str = "Hello", *, public: bool = True) -> DeskComment:
    return DeskComment(
        ticket_id=ticket.ticket_id,
        comment_id=new_id(),
        session_id=ticket.session_id,
        author_type="customer",
        author="c-1",
        public=public,
        body=body,
        created_at=NOW,
    )


def make_update(ticket: DeskTicket, **changes: Any) -> DeskUpdate:
    return DeskUpdate(
        ticket_id=ticket.ticket_id, session_id=ticket.session_id, changes=changes, updated_at=NOW
    )


class ConnectorContract:
    """Inherit as `class TestZendesk(ConnectorContract)` and provide the fixture `bench`."""

    @staticmethod
    async def create(bench: Bench, ticket: DeskTicket | None = None) -> tuple[DeskTicket, str]:
        ticket = ticket or make_ticket()
        receipt = await bench.connector.create_ticket(ticket, key=f"create:{ticket.ticket_id}")
        assert receipt.external_id
        return ticket, receipt.external_id

    async def _run(self, bench: Bench, act: str, ticket: DeskTicket, external_id: str | None) -> Receipt:
        """Run one of the three calls, with the same key each time."""
        match act:
            case "create":
                return await bench.connector.create_ticket(ticket, key="key-1")
            case "comment":
                comment = self._comments.setdefault(ticket.ticket_id, make_comment(ticket, "Once only"))
                return await bench.connector.add_comment(external_id, comment, key="key-1")
        return await bench.connector.update_ticket(
            external_id, make_update(ticket, status="pending"), key="key-1"
        )

    @pytest.fixture(autouse=True)
    def _fresh(self) -> None:
        self._comments: dict[UUID, DeskComment] = {}

    @staticmethod
    async def read(bench: Bench, done: Any) -> Sequence[TicketUpdated]:
        """The updates of the webhook for an action of the desk's staff."""
        return await bench.connector.read(bench.connector.verify(*bench.hook(done)))

    def _check_done_once(self, bench: Bench, act: str) -> None:
        (found,) = bench.tickets()
        assert found.comments == ([("Once only", True)] if act == "comment" else [])
        assert found.status is (TicketStatus.pending if act == "update" else TicketStatus.new)

    # What arrives

    async def test_given_a_ticket_when_created_then_the_desk_has_it_and_names_it(self, bench: Bench) -> None:
        ticket, external_id = await self.create(bench)

        (found,) = bench.tickets()
        assert found.external_id == external_id
        assert found.session_id == str(ticket.session_id)
        assert ticket.subject in found.subject

    @pytest.mark.parametrize("public", [True, False])
    async def test_given_a_comment_when_added_then_verbatim_and_only_a_public_one_is_public(
        self, bench: Bench, public: bool
    ) -> None:
        ticket, external_id = await self.create(bench)
        body = 'Zeile 1\nline 2 "quoted" <b>&amp;</b> \\ 日本 🐚' + " x" * 5000

        await bench.connector.add_comment(external_id, make_comment(ticket, body, public=public), key="k")

        (found,) = bench.tickets()
        assert found.comments == [(body, public)]

    @pytest.mark.parametrize("status", [s for s in TicketStatus if s is not TicketStatus.new])
    async def test_given_a_status_when_updated_then_the_desk_has_it(
        self, bench: Bench, status: TicketStatus
    ) -> None:
        ticket, external_id = await self.create(bench)

        await bench.connector.update_ticket(external_id, make_update(ticket, status=str(status)), key="k")

        assert bench.tickets()[0].status is status

    # At least once, acted on once

    @pytest.mark.parametrize("act", ["create", "comment", "update"])
    async def test_given_the_same_key_twice_then_done_once_with_the_same_receipt(
        self, bench: Bench, act: str
    ) -> None:
        ticket = make_ticket()
        external_id = None if act == "create" else (await self.create(bench, ticket))[1]

        first = await self._run(bench, act, ticket, external_id)
        second = await self._run(bench, act, ticket, external_id)

        assert first == second
        self._check_done_once(bench, act)

    @pytest.mark.parametrize("act", ["create", "comment", "update"])
    @pytest.mark.parametrize("fault", RETRYABLE)
    async def test_given_a_passing_fault_when_tried_again_then_done_once(
        self, bench: Bench, act: str, fault: str
    ) -> None:
        ticket = make_ticket()
        external_id = None if act == "create" else (await self.create(bench, ticket))[1]
        bench.network.faults.append(fault)

        with pytest.raises(DeskUnavailableError):
            await self._run(bench, act, ticket, external_id)
        await self._run(bench, act, ticket, external_id)

        self._check_done_once(bench, act)

    @pytest.mark.parametrize("fault", MALFORMED)
    async def test_given_an_invalid_answer_when_tried_again_then_created_once(
        self, bench: Bench, fault: str
    ) -> None:
        ticket = make_ticket()
        bench.network.faults.append(fault)

        with pytest.raises(DeskUnavailableError):
            await self._run(bench, "create", ticket, None)
        receipt = await self._run(bench, "create", ticket, None)

        assert receipt.external_id == bench.tickets()[0].external_id
        self._check_done_once(bench, "create")

    async def test_given_a_busy_desk_then_its_retry_delay_is_passed_on(self, bench: Bench) -> None:
        bench.network.faults.append("429")

        with pytest.raises(DeskUnavailableError) as caught:
            await self.create(bench)

        assert caught.value.retry_after == 7

    @pytest.mark.parametrize("fault", REFUSED)
    async def test_given_a_refusal_then_waiting_is_not_advised_and_redirects_are_not_followed(
        self, bench: Bench, fault: str
    ) -> None:
        bench.network.faults.append(fault)

        with pytest.raises(DeskRefusedError, match=fault):
            await self.create(bench)

        assert bench.tickets() == []
        assert {r.url.host for r in bench.network.requests} != {"elsewhere.example"}

    async def test_given_a_failure_then_its_text_has_no_secret_and_no_content(self, bench: Bench) -> None:
        bench.network.faults.append("500")

        with pytest.raises(DeskUnavailableError) as caught:
            await self.create(bench, make_ticket(subject="my password is hunter2"))

        assert "hunter2" not in str(caught.value)
        assert "whsec" not in str(caught.value)

    # What comes back

    async def test_given_a_genuine_webhook_when_verified_then_its_id_is_known_and_nothing_was_sent(
        self, bench: Bench
    ) -> None:
        _, external_id = await self.create(bench)
        headers, body = bench.hook(bench.act(external_id, public="On its way"))
        before = len(bench.network.requests)

        event = bench.connector.verify(headers, body)

        assert event.webhook_id
        assert event == bench.connector.verify(headers, body)
        assert len(bench.network.requests) == before, "it may run inside a transaction"

    async def test_given_an_agents_reply_when_its_webhook_is_read_then_the_update_is_ours(
        self, bench: Bench
    ) -> None:
        ticket, external_id = await self.create(bench)
        done = bench.act(external_id, public="On its way, 🐚", status="solved")

        updates = await self.read(bench, done)

        assert {update.ticket_id for update in updates} == {external_id}
        assert {update.external_conversation_id for update in updates} <= {ticket.session_id, None}
        assert spoken(updates) == ["On its way, 🐚"]
        assert [update for update in updates if update.latest_internal_note] == []
        assert updates[-1].status is TicketStatus.solved

    async def test_given_a_webhook_when_read_twice_then_the_updates_have_the_same_ids(
        self, bench: Bench
    ) -> None:
        _, external_id = await self.create(bench)
        done = bench.act(external_id, public="Hello")

        first, second = await self.read(bench, done), await self.read(bench, done)

        assert [update.event_id for update in first] == [update.event_id for update in second]

    async def test_given_an_internal_note_when_its_webhook_is_read_then_it_is_not_public(
        self, bench: Bench
    ) -> None:
        _, external_id = await self.create(bench)

        updates = await self.read(bench, bench.act(external_id, internal="Careful"))

        assert spoken(updates) == []
        assert [u.latest_internal_note.body for u in updates if u.latest_internal_note] == ["Careful"]

    async def test_given_a_webhook_that_was_tampered_with_then_refused(self, bench: Bench) -> None:
        _, external_id = await self.create(bench)
        headers, body = bench.hook(bench.act(external_id, public="Hello"))

        flipped = bytes([*body[: len(body) // 2], body[len(body) // 2] ^ 1, *body[len(body) // 2 + 1 :]])
        for changed in (flipped, b"", body + b" ", b"\xff\xfe", body[:-1]):
            with pytest.raises(HookRefusedError):
                bench.connector.verify(headers, changed)

    @pytest.mark.parametrize("offset", [timedelta(minutes=-6), timedelta(days=-1), timedelta(minutes=6)])
    async def test_given_a_webhook_of_another_time_then_refused(
        self, bench: Bench, offset: timedelta
    ) -> None:
        _, external_id = await self.create(bench)
        headers, body = bench.hook(bench.act(external_id, public="Hello"), at=datetime.now(UTC) + offset)

        with pytest.raises(HookRefusedError):
            bench.connector.verify(headers, body)

    async def test_given_missing_or_invalid_headers_then_refused(self, bench: Bench) -> None:
        _, external_id = await self.create(bench)
        headers, body = bench.hook(bench.act(external_id, public="Hello"))
        vital = [name for name in headers if name.lower() not in ("content-type", *UNSIGNED)]

        for name in vital:
            without = {k: v for k, v in headers.items() if k != name}
            for broken in (without, without | {name: ""}, without | {name: "ä, ,v1"}, without | {name: "v1"}):
                with pytest.raises(HookRefusedError):
                    bench.connector.verify(broken, body)

    async def test_given_a_genuine_webhook_with_an_invalid_body_then_it_is_malformed(
        self, bench: Bench
    ) -> None:
        _, external_id = await self.create(bench)
        said, broken = bench.malformed
        done = bench.act(external_id, public="Hello", **said)

        with pytest.raises(HookMalformedError, match=broken):
            await self.read(bench, done)

    # Polling

    @staticmethod
    async def read_all(
        bench: Bench, cursor: PollCursor
    ) -> tuple[list[TicketUpdated | Unreadable], PollCursor]:
        found: list[TicketUpdated | Unreadable] = []
        for _ in range(50):
            page = await bench.connector.poll(cursor)
            for update, cursor in page.updates:  # noqa: B007 - the last one stays
                found.append(update)
            cursor = page.cursor or cursor
            if not page.more:
                return found, cursor
        raise AssertionError("polling does not end")

    async def test_given_many_updates_of_one_moment_when_polled_then_each_once_in_order(
        self, bench: Bench
    ) -> None:
        _, external_id = await self.create(bench)
        at = datetime.now(UTC).replace(microsecond=0)
        for i in range(7):
            bench.act(external_id, public=f"Reply {i}", at=at)
        bench.act(external_id, status="solved", at=at + timedelta(seconds=1))

        found, cursor = await self.read_all(bench, PollCursor(at - timedelta(seconds=1)))
        again, _ = await self.read_all(bench, cursor)

        bodies = spoken(found) if bench.tells_order else sorted(spoken(found))
        assert bodies == [f"Reply {i}" for i in range(7)]
        assert isinstance(found[-1], TicketUpdated)
        assert found[-1].status is TicketStatus.solved
        assert {u.event_id for u in again} <= {u.event_id for u in found}, "only what is known may come again"

    async def test_given_a_cursor_when_polled_twice_then_the_same_updates_come(self, bench: Bench) -> None:
        _, external_id = await self.create(bench)
        start = PollCursor(datetime.now(UTC) - timedelta(hours=1))
        bench.act(external_id, public="Hello")

        assert await self.read_all(bench, start) == await self.read_all(bench, start)

    async def test_given_an_update_that_cannot_be_read_then_those_behind_it_still_come(
        self, bench: Bench
    ) -> None:
        _, external_id = await self.create(bench)
        start = PollCursor(datetime.now(UTC) - timedelta(hours=1))
        bench.act(external_id, public="Before")
        bench.act(external_id, public="Broken")
        bench.spoil()
        bench.act(external_id, public="After")

        found, _ = await self.read_all(bench, start)

        assert spoken(found) == ["Before", "After"]
        assert len([u for u in found if isinstance(u, Unreadable)]) == 1

    @pytest.mark.parametrize("fault", ["429", "500", "reset", "timeout", "malformed", "not_an_object"])
    async def test_given_a_passing_fault_when_polled_then_waiting_is_advised(
        self, bench: Bench, fault: str
    ) -> None:
        bench.network.faults.append(fault)

        with pytest.raises(DeskUnavailableError):
            await bench.connector.poll(PollCursor(datetime.now(UTC)))
