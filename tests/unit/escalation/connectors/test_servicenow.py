"""The ServiceNow connector against an instance that keeps to ServiceNow's documentation."""

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
from tests.unit.escalation.connectors.servicenow_instance import (
    CLIENT_ID,
    CLIENT_SECRET,
    PASSWORD,
    SECRET,
    USER,
    ServiceNowInstance,
)

from caseplane.core.outgoing import TargetPolicy
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.protocol import (
    DeskRefusedError,
    DeskUnavailableError,
    HookRefusedError,
    PollCursor,
    TicketUpdated,
)
from caseplane.escalation.connectors.servicenow import SERVICENOW
from caseplane.escalation.schemas import TicketStatus

OAUTH = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "secret": SECRET}
BASIC = {"username": USER, "password": PASSWORD, "secret": SECRET}
FIELDS = {
    "conversation": "u_external_conversation_id",
    "reason": "u_ai_escalation_reason",
    "confidence": "u_ai_confidence",
}


def make_bench(desk: ServiceNowInstance, credentials: dict[str, Any] = BASIC, **settings: Any) -> Bench:
    network = FaultyNetwork(desk)
    http = DeskHttp(TargetPolicy(), timeout=1.0, transport=network)
    given = SERVICENOW.settings.model_validate({"fields": FIELDS} | settings)
    connector = SERVICENOW.open(
        f"https://{desk.host}", SERVICENOW.credentials.model_validate(credentials), given, http
    )

    def tickets() -> list[AtDesk]:
        return [
            AtDesk(
                sys_id,
                record["u_external_conversation_id"],
                record["short_description"],
                given.status_of(record),
                [
                    (entry["value"], entry["element"] == "comments")
                    for entry in desk.journal(sys_id)
                    if entry["sys_created_on"] != record["sys_created_on"]
                ],
            )
            for sys_id, record in desk.records.items()
        ]

    def spoil() -> None:
        desk.entries[-1]["sys_created_on"] = "yesterday"

    malformed = ({"sys_id": "the last one"}, "sys_id")
    return Bench(connector, network, tickets, desk.act, desk.sign, spoil, malformed, tells_order=False)


@pytest.fixture
def desk() -> ServiceNowInstance:
    return ServiceNowInstance()


@pytest.fixture
async def bench(desk: ServiceNowInstance) -> AsyncIterator[Bench]:
    yield make_bench(desk)
    assert desk.warnings == []


class TestServiceNowConnector(ConnectorContract):
    """The contract, then what is ServiceNow's own."""

    @pytest.mark.parametrize("step", [1])
    @pytest.mark.parametrize("act", ["create", "comment", "update"])
    @pytest.mark.parametrize("fault", ["timeout_after", "reset_after", "503", "429"])
    async def test_given_a_fault_at_the_saving_call_when_tried_again_then_done_once(
        self, bench: Bench, act: str, step: int, fault: str
    ) -> None:
        ticket = make_ticket()
        external_id = None if act == "create" else (await self.create(bench, ticket))[1]
        bench.network.faults.extend([*[None] * step, fault])

        with pytest.raises(DeskUnavailableError):
            await self._run(bench, act, ticket, external_id)
        await self._run(bench, act, ticket, external_id)

        self._check_done_once(bench, act)

    async def test_given_the_same_words_twice_then_both_are_written(self, bench: Bench) -> None:
        ticket, external_id = await self.create(bench)

        for key in ("k1", "k2"):
            await bench.connector.add_comment(external_id, make_comment(ticket, "Hello"), key=key)

        assert bench.tickets()[0].comments == [("Hello", True)] * 2

    async def test_given_many_changes_then_the_last_nine_are_known_and_their_marks_fit(
        self, bench: Bench, desk: ServiceNowInstance
    ) -> None:
        ticket, external_id = await self.create(bench)
        for number in range(12):
            await bench.connector.add_comment(
                external_id, make_comment(ticket, f"{number}"), key=f"k{number}"
            )

        await bench.connector.add_comment(external_id, make_comment(ticket, "3"), key="k3")

        assert len(bench.tickets()[0].comments) == 12
        assert len(desk.records[external_id]["correlation_display"]) <= 100

    async def test_given_a_solution_then_the_mandatory_columns_are_sent_with_it(
        self, desk: ServiceNowInstance
    ) -> None:
        bench = make_bench(desk, close_code="Workaround provided")
        ticket, external_id = await self.create(bench)

        await bench.connector.update_ticket(external_id, make_update(ticket, status="solved"), key="k")

        assert desk.records[external_id]["close_code"] == "Workaround provided"
        assert desk.records[external_id]["close_notes"]

    async def test_given_an_instance_that_wants_more_then_its_policy_is_named(
        self, desk: ServiceNowInstance
    ) -> None:
        bench = make_bench(desk, close_notes="")
        ticket, external_id = await self.create(bench)

        with pytest.raises(DeskRefusedError, match="mandatory: Close notes"):
            await bench.connector.update_ticket(external_id, make_update(ticket, status="solved"), key="k")

    async def test_given_a_handoff_then_reason_and_evidence_are_there_and_hidden_from_the_caller(
        self, bench: Bench, desk: ServiceNowInstance
    ) -> None:
        ticket, external_id = await self.create(bench)

        (note,) = desk.journal(external_id)
        assert ticket.packet is not None
        assert note["element"] == "work_notes"
        assert all(each.uri in note["value"] for each in ticket.packet.evidence)
        assert desk.records[external_id]["u_ai_escalation_reason"] == ticket.ai_escalation_reason

    async def test_given_a_long_description_then_it_is_cut_and_whole_in_a_work_note(
        self, bench: Bench, desk: ServiceNowInstance
    ) -> None:
        whole = "ä" * 5000

        _, external_id = await self.create(bench, make_ticket(description=whole))

        assert desk.records[external_id]["description"].endswith("[…]")
        assert whole in desk.journal(external_id)[0]["value"]

    async def test_given_a_tag_that_is_a_category_then_the_record_has_it(
        self, desk: ServiceNowInstance
    ) -> None:
        categories = {"billing": {"category": "inquiry", "subcategory": "invoice"}}

        _, external_id = await self.create(make_bench(desk, categories=categories))

        record = desk.records[external_id]
        assert (record["category"], record["subcategory"]) == ("inquiry", "invoice")

    @pytest.mark.parametrize(
        ("columns", "status"),
        [
            ({"state": "3", "hold_reason": "1"}, TicketStatus.pending),
            ({"state": "3", "hold_reason": "4"}, TicketStatus.on_hold),
            ({"state": "3", "hold_reason": "5"}, TicketStatus.on_hold),
            ({"state": "8"}, TicketStatus.closed),
            ({"state": "18"}, TicketStatus.open),
        ],
    )
    async def test_given_states_of_an_instance_then_they_are_ours(
        self, desk: ServiceNowInstance, columns: dict[str, str], status: TicketStatus
    ) -> None:
        bench = make_bench(desk, states={"open": {"state": "18"}})
        _, external_id = await self.create(bench)
        done = desk.act(external_id, internal="x")
        desk.records[external_id] |= columns

        updates = await self.read(bench, done)

        assert updates[-1].status is status

    async def test_given_a_closed_record_when_the_customer_writes_then_one_follow_up_takes_all_further_comments(
        self, bench: Bench, desk: ServiceNowInstance
    ) -> None:
        ticket, external_id = await self.create(bench)
        desk.act(external_id, status="solved")
        desk.close(external_id)
        first = make_comment(ticket, "Still broken")

        for _ in range(2):
            await bench.connector.add_comment(external_id, first, key="k1")
        await bench.connector.add_comment(external_id, make_comment(ticket, "Hello?"), key="k2")
        (other,) = set(desk.records) - {external_id}
        updates = await self.read(bench, desk.act(other, public="We look again"))
        await bench.connector.update_ticket(external_id, make_update(ticket, status="pending"), key="k3")

        assert desk.records[other]["parent_incident"] == external_id
        assert [e["value"] for e in desk.journal(other)] == ["Still broken", "Hello?", "We look again"]
        assert spoken(updates) == ["We look again"]
        assert {u.source_ticket_id for u in updates} == {ticket.ticket_id}
        assert desk.records[other]["state"] == "3"

    async def test_given_a_record_that_is_gone_or_hidden_then_refused_and_no_other_is_written_to(
        self, bench: Bench, desk: ServiceNowInstance
    ) -> None:
        ticket, external_id = await self.create(bench)
        done = desk.act(external_id, public="Hello")
        desk.hidden.add(external_id)
        with pytest.raises(DeskRefusedError, match="may not see it"):
            await bench.connector.add_comment(external_id, make_comment(ticket), key="k")
        assert await self.read(bench, done) == []

        desk.hidden.clear()
        desk.records[external_id]["correlation_id"] = "somebody else's"
        with pytest.raises(DeskRefusedError, match="another one"):
            await bench.connector.add_comment(external_id, make_comment(ticket), key="k")
        assert await self.read(bench, done) == []

    async def test_given_rich_text_then_it_is_text_with_its_links(
        self, bench: Bench, desk: ServiceNowInstance
    ) -> None:
        _, external_id = await self.create(bench)
        body = '[code]<p>See <a href="https://x.example/pay">the guide</a>.</p>[/code]'

        updates = await self.read(bench, desk.act(external_id, public=body))

        assert spoken(updates) == ["See the guide (https://x.example/pay)."]

    async def test_given_our_own_comments_then_they_do_not_come_back(
        self, bench: Bench, desk: ServiceNowInstance
    ) -> None:
        ticket, external_id = await self.create(bench)
        await bench.connector.add_comment(external_id, make_comment(ticket, "Ours"), key="k")

        updates = await self.read(bench, desk.act(external_id, public="Theirs"))

        assert spoken(updates) == ["Theirs"]

    async def test_given_records_of_others_and_hidden_ones_then_all_of_ours_come_past_them(
        self, desk: ServiceNowInstance
    ) -> None:
        bench, start = make_bench(desk), PollCursor(datetime.now(UTC) - timedelta(hours=1))
        mine: list[str] = []
        for number in range(115):
            _, external_id = await self.create(bench)
            mine.append(external_id)
            desk.act(external_id, public=f"{number}")
            if number < 105:
                desk.hidden.add(external_id)
            elif number < 110:
                desk.records[external_id]["correlation_id"] = "other:1"

        found, cursor = await self.read_all(bench, start)

        assert spoken(found) == [f"{number}" for number in range(110, 115)]
        assert cursor.last_id == ""

    async def test_given_a_second_change_in_the_second_that_was_read_then_it_comes_with_the_next_read(
        self, bench: Bench, desk: ServiceNowInstance
    ) -> None:
        _, external_id = await self.create(bench)
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
        desk.act(external_id, public="First", at=at)
        first, cursor = await self.read_all(bench, PollCursor(at - timedelta(hours=1)))
        desk.act(external_id, public="Second", at=at)

        second, _ = await self.read_all(bench, cursor)

        known = {update.event_id for update in first}
        assert spoken([update for update in second if update.event_id not in known]) == ["Second"]

    async def test_given_a_webhook_and_a_poll_then_both_tell_the_same(
        self, bench: Bench, desk: ServiceNowInstance
    ) -> None:
        _, external_id = await self.create(bench)
        done = desk.act(external_id, public="Hello", status="pending")

        told = await self.read(bench, done)
        found, _ = await self.read_all(bench, PollCursor(datetime.now(UTC) - timedelta(hours=1)))

        assert list(told) == found
        assert all(isinstance(update, TicketUpdated) for update in found)

    async def test_given_an_access_token_that_was_revoked_then_another_is_asked_for(
        self, desk: ServiceNowInstance
    ) -> None:
        bench = make_bench(desk, OAUTH)
        ticket, external_id = await self.create(bench)
        desk.bearers.clear()

        await bench.connector.add_comment(external_id, make_comment(ticket, "After"), key="k")

        assert bench.tickets()[0].comments == [("After", True)]

    @pytest.mark.parametrize("credentials", [OAUTH | {"client_secret": "old"}, BASIC | {"password": "old"}])
    async def test_given_credentials_that_are_not_valid_then_refused(
        self, desk: ServiceNowInstance, credentials: dict[str, Any]
    ) -> None:
        with pytest.raises(DeskRefusedError, match="401"):
            await self.create(make_bench(desk, credentials))

    async def test_given_an_instance_that_sleeps_then_waiting_is_advised(self, bench: Bench) -> None:
        bench.network.faults.append("malformed")

        with pytest.raises(DeskUnavailableError):
            await self.create(bench)

    async def test_given_no_secret_then_webhooks_are_refused(self, desk: ServiceNowInstance) -> None:
        silent = make_bench(desk, {k: v for k, v in BASIC.items() if k != "secret"})

        with pytest.raises(HookRefusedError):
            silent.connector.verify(*desk.sign({"sys_id": "0" * 32}))

    @pytest.mark.parametrize(
        "given",
        [{}, {"client_id": "a"}, {"username": "a"}, OAUTH | BASIC, BASIC | {"secret": "whsec_c2hvcnQ="}],
    )
    def test_given_credentials_of_the_wrong_form_then_refused(self, given: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"give client_id|must hold at least"):
            SERVICENOW.credentials.model_validate(given)

    @pytest.mark.parametrize(
        "given",
        [
            {"states": {"open": {"hold_reason": "1"}}},
            {"table": "incident^ORactive=true"},
            {"fields": {"reason": "u_x^y"}},
            {"values": {"Caller": "x"}},
        ],
    )
    def test_given_settings_that_no_instance_could_have_then_refused(self, given: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"names no state|String should match"):
            SERVICENOW.settings.model_validate(given)
