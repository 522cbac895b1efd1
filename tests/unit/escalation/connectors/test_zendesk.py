"""The Zendesk connector against an account that keeps to Zendesk's documentation."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.escalation.connectors.contract import (
    AtDesk,
    Bench,
    ConnectorContract,
    make_comment,
    make_ticket,
    make_update,
    spoken,
)
from tests.unit.escalation.connectors.faults import FaultyNetwork
from tests.unit.escalation.connectors.zendesk_desk import (
    CLIENT_ID,
    CLIENT_SECRET,
    CONFIDENCE,
    CONVERSATION,
    EMAIL,
    ME,
    REASON,
    SIGNING,
    TOKEN,
    ZendeskDesk,
)

from caseplane.core.outgoing import TargetPolicy
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.protocol import (
    DeskRefusedError,
    DeskUnavailableError,
    HookRefusedError,
    PollCursor,
    Unreadable,
)
from caseplane.escalation.connectors.zendesk import ZENDESK
from caseplane.escalation.schemas import TicketStatus

OAUTH = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "secret": SIGNING}
API_TOKEN = {"email": EMAIL, "api_token": TOKEN, "secret": SIGNING}
FIELDS = {"conversation": CONVERSATION, "reason": REASON, "confidence": CONFIDENCE}


def make_bench(desk: ZendeskDesk, credentials: dict[str, Any] = API_TOKEN, **settings: Any) -> Bench:
    network = FaultyNetwork(desk)
    http = DeskHttp(TargetPolicy(), timeout=1.0, transport=network)
    connector = ZENDESK.open(
        f"https://{desk.host}",
        ZENDESK.credentials.model_validate(credentials),
        ZENDESK.settings.model_validate({"fields": FIELDS} | settings),
        http,
    )

    def tickets() -> list[AtDesk]:
        return [
            AtDesk(
                str(number),
                next(f["value"] for f in ticket["custom_fields"] if f["id"] == CONVERSATION),
                ticket["subject"],
                ZENDESK.statuses.read(ticket["status"]),
                [(c["body"], c["public"]) for c in comments_of(desk, number)[1:]],
            )
            for number, ticket in desk.tickets.items()
        ]

    def spoil() -> None:
        desk.audits[1][-1]["created_at"] = "yesterday"

    malformed = ({"ticket_id": "the last one"}, "ticket_id")
    return Bench(connector, network, tickets, desk.act, desk.sign, spoil, malformed)


def comments_of(desk: ZendeskDesk, number: int) -> list[dict[str, Any]]:
    return [e for audit in desk.audits[number] for e in audit["events"] if e["type"] == "Comment"]


@pytest.fixture
def desk() -> ZendeskDesk:
    return ZendeskDesk(page=3)


@pytest.fixture
async def bench(desk: ZendeskDesk) -> AsyncIterator[Bench]:
    yield make_bench(desk)
    assert desk.warnings == []


class TestZendeskConnector(ConnectorContract):
    """The contract, then what is Zendesk's own."""

    @pytest.mark.parametrize("step", range(1, 3))
    @pytest.mark.parametrize("fault", ["timeout_after", "reset_after", "503", "429"])
    async def test_given_a_fault_at_any_call_of_a_creation_when_tried_again_then_created_once(
        self, bench: Bench, step: int, fault: str
    ) -> None:
        ticket = make_ticket()
        bench.network.faults.extend([*[None] * step, fault])

        with pytest.raises(DeskUnavailableError):
            await self._run(bench, "create", ticket, None)
        await self._run(bench, "create", ticket, None)

        self._check_done_once(bench, "create")

    @pytest.mark.parametrize("step", range(1, 3))
    @pytest.mark.parametrize("act", ["comment", "update"])
    @pytest.mark.parametrize("fault", ["timeout_after", "reset_after", "503", "429"])
    async def test_given_a_fault_at_any_call_of_a_change_when_tried_again_then_done_once(
        self, bench: Bench, act: str, step: int, fault: str
    ) -> None:
        ticket, external_id = await self.create(bench)
        bench.network.faults.extend([*[None] * step, fault])

        with pytest.raises(DeskUnavailableError):
            await self._run(bench, act, ticket, external_id)
        await self._run(bench, act, ticket, external_id)

        self._check_done_once(bench, act)

    async def test_given_a_save_that_was_slower_than_our_patience_then_the_next_attempt_does_not_double_it(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, external_id = await self.create(bench)
        comment = make_comment(ticket, "Once only")
        late = ZendeskDesk.__call__

        async def overtaken(request: Any) -> Any:
            if request.method == "PUT":  # the first attempt's save lands just before the second one's
                await late(desk, request)
            return await late(desk, request)

        bench.network.desk = overtaken
        with pytest.raises(DeskUnavailableError, match="409"):
            await bench.connector.add_comment(external_id, comment, key="k")
        bench.network.desk = desk
        await bench.connector.add_comment(external_id, comment, key="k")

        assert bench.tickets()[0].comments == [("Once only", True)]

    async def test_given_a_customers_comment_then_its_author_is_the_requester_and_their_user_has_no_address(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, external_id = await self.create(bench)

        await bench.connector.add_comment(external_id, make_comment(ticket), key="k")

        requester = desk.user_named("caseplane:c-1")
        assert [c["author_id"] for c in comments_of(desk, 1)] == [ME, requester["id"]]
        assert requester["email"] is None

    async def test_given_a_handoff_then_reason_and_evidence_are_at_the_desk_and_hidden_from_the_requester(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, _ = await self.create(bench)

        (first,) = comments_of(desk, 1)
        values = {f["id"]: f["value"] for f in desk.tickets[1]["custom_fields"]}
        assert ticket.packet is not None
        assert not first["public"]
        assert all(each.uri in first["body"] for each in ticket.packet.evidence)
        assert values[REASON] == ticket.ai_escalation_reason
        assert desk.tickets[1]["tags"] == ["billing", "ai_escalated"]

    async def test_given_a_closed_ticket_when_the_customer_writes_then_one_follow_up_takes_all_further_comments(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, external_id = await self.create(bench)
        desk.act(external_id, status="solved")
        desk.close(1)
        first, second = make_comment(ticket, "Still broken"), make_comment(ticket, "Hello?")

        for _ in range(2):
            await bench.connector.add_comment(external_id, first, key="k1")
        await bench.connector.add_comment(external_id, second, key="k2")
        (update,) = await self.read(bench, desk.act("2", public="We look again"))

        assert sorted(desk.tickets) == [1, 2]
        assert desk.tickets[2]["via"]["source"]["from"] == {"ticket_id": 1}
        assert [c["body"] for c in comments_of(desk, 2)] == ["Still broken", "Hello?", "We look again"]
        assert (update.ticket_id, update.source_ticket_id) == ("2", ticket.ticket_id)

    async def test_given_a_closed_ticket_when_its_status_changes_here_then_nothing_is_asked_of_it(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, external_id = await self.create(bench)
        desk.act(external_id, status="solved")
        desk.close(1)

        await bench.connector.update_ticket(external_id, make_update(ticket, status="open"), key="k")
        with pytest.raises(DeskRefusedError, match="no follow-up"):
            await bench.connector.add_comment(external_id, make_comment(ticket, public=False), key="n")

        assert sorted(desk.tickets) == [1]

    async def test_given_a_suspended_requester_then_refused_with_what_to_do(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        await self.create(bench)
        desk.user_named("caseplane:c-1")["suspended"] = True

        with pytest.raises(DeskRefusedError, match="suspended"):
            await self.create(bench)

    async def test_given_a_ticket_that_is_gone_then_refused_and_the_export_says_so(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, external_id = await self.create(bench)
        start = PollCursor(datetime.now(UTC) - timedelta(hours=1))
        done = desk.act(external_id, public="Hello")
        desk.delete(1)

        with pytest.raises(DeskRefusedError, match="deleted, or Zendesk was restored"):
            await bench.connector.add_comment(external_id, make_comment(ticket), key="k")
        found, _ = await self.read_all(bench, start)

        assert [type(each) for each in found] == [Unreadable]
        assert await self.read(bench, done) == []

    async def test_given_an_account_restored_from_a_backup_then_no_other_customers_ticket_is_written_to(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, external_id = await self.create(bench)
        desk.tickets.clear()
        desk.audits.clear()
        await self.create(bench)  # gets the same number

        with pytest.raises(DeskRefusedError, match="another one"):
            await bench.connector.add_comment(external_id, make_comment(ticket), key="k")

        assert bench.tickets()[0].comments == []

    async def test_given_triggers_that_our_own_change_fires_then_nothing_of_it_comes_back(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, external_id = await self.create(bench)
        desk.trigger = {"priority": "urgent"}
        await bench.connector.add_comment(external_id, make_comment(ticket), key="k1")
        await bench.connector.update_ticket(external_id, make_update(ticket, status="pending"), key="k2")
        done = desk.act(external_id, internal="Mine")

        (update,) = await self.read(bench, done)

        assert update.latest_internal_note is not None
        assert update.status is TicketStatus.pending, "the status that our own change left"
        assert "status" not in update.changed_fields

    async def test_given_a_status_that_the_desk_changed_since_then_a_late_attempt_does_not_undo_it(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, external_id = await self.create(bench)
        update = make_update(ticket, status="pending")
        await bench.connector.update_ticket(external_id, update, key="k")
        desk.act(external_id, status="solved")

        await bench.connector.update_ticket(external_id, update, key="k")

        assert bench.tickets()[0].status is TicketStatus.solved

    async def test_given_a_ticket_that_nobody_has_when_solved_here_then_the_connectors_user_gets_it(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, external_id = await self.create(bench)

        await bench.connector.update_ticket(external_id, make_update(ticket, status="solved"), key="k")

        assert desk.tickets[1]["assignee_id"] == ME

    async def test_given_words_of_the_requester_at_the_desk_then_they_are_no_reply_to_them(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        _, external_id = await self.create(bench)
        requester = desk.user_named("caseplane:c-1")["id"]

        (update,) = await self.read(bench, desk.act(external_id, public="Me again", author=requester))

        assert update.latest_public_comment is None
        assert update.latest_internal_note is not None

    async def test_given_a_rich_reply_then_it_is_text_with_its_links_and_the_agents_name(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        _, external_id = await self.create(bench)
        html = '<div class="zd-comment"><p>See <a href="https://x.example/pay">the guide</a>.</p></div>'

        (update,) = await self.read(bench, desk.act(external_id, html=html))

        assert update.latest_public_comment is not None
        assert update.latest_public_comment.body == "See the guide (https://x.example/pay)."
        assert update.latest_public_comment.author == "Robin"

    async def test_given_a_webhook_and_the_export_then_both_tell_the_same(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        _, external_id = await self.create(bench)
        start = PollCursor(datetime.now(UTC) - timedelta(hours=1))
        done = desk.act(external_id, public="Hello", status="pending")

        told = await self.read(bench, done)
        found, _ = await self.read_all(bench, start)

        assert list(told) == found

    async def test_given_tickets_of_others_then_they_are_none_of_ours_and_the_cursor_moves_past_them(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        start = PollCursor(datetime.now(UTC) - timedelta(hours=1))
        for number in range(1, 8):
            await self.create(bench)
            desk.tickets[number]["external_id"] = [None, "other:17", "caseplane:x", 17][number % 4]
        before = len(bench.network.requests)

        found, cursor = await self.read_all(bench, start)

        assert found == []
        assert len(bench.network.requests) == before + 3, "no history of another's ticket is read"
        assert cursor.timestamp > start.timestamp

    async def test_given_the_last_minute_that_the_export_leaves_out_then_it_comes_with_the_next_read(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        _, external_id = await self.create(bench)
        desk.act(external_id, public="First")
        desk.export_until = desk.clock
        nothing, cursor = await self.read_all(bench, PollCursor(datetime.now(UTC) - timedelta(hours=1)))
        desk.export_until += timedelta(seconds=60)

        found, _ = await self.read_all(bench, cursor)

        assert nothing == []
        assert len(found) == 1

    async def test_given_a_second_change_in_the_second_that_was_read_then_it_comes_with_the_next_read(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        _, external_id = await self.create(bench)
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
        desk.act(external_id, public="First", at=at)
        first, cursor = await self.read_all(bench, PollCursor(at - timedelta(hours=1)))
        desk.act(external_id, public="Second", at=at)

        second, _ = await self.read_all(bench, cursor)

        known = {update.event_id for update in first}
        assert spoken([update for update in second if update.event_id not in known]) == ["Second"]

    async def test_given_an_access_token_that_was_revoked_then_another_is_asked_for(
        self, desk: ZendeskDesk
    ) -> None:
        bench = make_bench(desk, OAUTH)
        ticket, external_id = await self.create(bench)
        desk.bearers.clear()

        await bench.connector.add_comment(external_id, make_comment(ticket, "After"), key="k")

        assert bench.tickets()[0].comments == [("After", True)]
        issued = [r for r in bench.network.requests if r.url.path == "/oauth/tokens"]
        assert len(issued) == 2

    @pytest.mark.parametrize(
        "credentials", [OAUTH | {"client_secret": "old"}, API_TOKEN | {"api_token": "x"}]
    )
    async def test_given_credentials_that_are_not_valid_then_refused_and_not_shown(
        self, desk: ZendeskDesk, credentials: dict[str, Any]
    ) -> None:
        bench = make_bench(desk, credentials)

        with pytest.raises(DeskRefusedError, match="401") as caught:
            await self.create(bench)

        assert CLIENT_SECRET not in str(caught.value)

    async def test_given_the_accounts_limit_then_its_delay_is_passed_on(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        desk.calls_left = 1

        with pytest.raises(DeskUnavailableError) as caught:
            await self.create(bench)

        assert caught.value.retry_after == 37

    async def test_given_no_signing_secret_or_another_then_webhooks_are_refused(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        _, external_id = await self.create(bench)
        done = desk.act(external_id, public="Hello")
        silent = make_bench(desk, {k: v for k, v in API_TOKEN.items() if k != "secret"})

        with pytest.raises(HookRefusedError):
            silent.connector.verify(*desk.sign(done))
        with pytest.raises(HookRefusedError):
            bench.connector.verify(*desk.sign(done, secret="another"))

    async def test_given_a_long_text_then_it_fits_and_says_that_it_was_cut(
        self, bench: Bench, desk: ZendeskDesk
    ) -> None:
        ticket, external_id = await self.create(bench, make_ticket(description="ä" * 70_000))

        await bench.connector.add_comment(external_id, make_comment(ticket, "🐚" * 40_000), key="k")

        assert all(len(c["body"].encode()) <= 65_535 for c in comments_of(desk, 1))
        assert all("[…]" in c["body"] for c in comments_of(desk, 1))

    @pytest.mark.parametrize(
        "given", [{}, {"client_id": "a"}, {"email": "a@b.example"}, OAUTH | API_TOKEN, {"secret": "x"}]
    )
    def test_given_credentials_without_exactly_one_way_in_then_refused(self, given: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="client_id and client_secret, or email and api_token"):
            ZENDESK.credentials.model_validate(given)
