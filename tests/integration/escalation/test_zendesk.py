"""A case through Zendesk: over the routes, the outbox and the jobs, with the account at the other end."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.escalation.harness import Harness
from tests.unit.escalation.connectors.faults import FaultyNetwork
from tests.unit.escalation.connectors.test_zendesk import API_TOKEN, FIELDS, OAUTH, comments_of
from tests.unit.escalation.connectors.zendesk_desk import SIGNING, ZendeskDesk

from caseplane.escalation.inbound.polling import poll


@pytest.fixture
def desk() -> ZendeskDesk:
    return ZendeskDesk(page=2)


@pytest.fixture
def network_faults(desk: ZendeskDesk, harness: Harness) -> FaultyNetwork:
    faulty = FaultyNetwork(desk)
    harness.network.desks[desk.host] = faulty.handle_async_request
    return faulty


async def connect(harness: Harness, desk: ZendeskDesk, **more: Any) -> dict[str, Any]:
    body = {
        "kind": "zendesk",
        "name": "Zendesk",
        "url": f"https://{desk.host}",
        "settings": {"fields": FIELDS},
    }
    answer = await harness.admin.post("/connectors", json=body | API_TOKEN | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def send(harness: Harness, connector: dict[str, Any], desk: ZendeskDesk, done: Any) -> httpx.Response:
    headers, body = desk.sign(done)
    return await harness.public.post(
        connector["hook_path"].removeprefix("/api/v1"), content=body, headers=headers
    )


async def seen(harness: Harness, ticket_id: UUID) -> list[tuple[str, str]]:
    answer = await harness.agent.get(f"/tickets/{ticket_id}/comments")
    return [(c["body"], c["visibility"]) for c in answer.json()["items"]]


class TestCase:
    async def test_given_a_handover_when_answered_and_solved_at_zendesk_then_the_customer_has_the_answer(
        self, harness: Harness, desk: ZendeskDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await connect(harness, desk)
        ticket_id, packet = await harness.escalate()
        await harness.follow_up(ticket_id, "I also tried shells")
        await harness.run()

        noted = await send(harness, connector, desk, desk.act("1", internal="Check the till"))
        replied = await send(harness, connector, desk, desk.act("1", public="Pay by card.", status="solved"))
        again = await send(harness, connector, desk, {"ticket_id": "1"})

        assert [a.json()["outcome"] for a in (noted, replied, again)] == ["applied", "applied", "duplicate"]
        assert await seen(harness, ticket_id) == [
            ("I also tried shells", "public"), ("Check the till", "internal"), ("Pay by card.", "public"),
        ]  # fmt: skip
        received = await harness.received_by(packet.session.session_id)
        assert [(r["job"], r.get("status")) for r in received] == [("message", None), ("status", "solved")]
        assert (await harness.agent.get(f"/tickets/{ticket_id}")).json()["status"] == "solved"
        assert [c["body"] for c in comments_of(desk, 1)[1:]] == [
            "I also tried shells", "Check the till", "Pay by card.",
        ]  # fmt: skip
        assert desk.warnings == []

    async def test_given_no_webhooks_when_polled_then_the_same_and_repeated_reads_change_nothing(
        self, harness: Harness, desk: ZendeskDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await connect(harness, desk)
        ticket_id, packet = await harness.escalate()
        for number in range(5):
            desk.act("1", public=f"Reply {number}")
        desk.act("1", status="solved")
        network_faults.faults.append("500")

        for _ in range(4):
            await poll(harness.escalation, harness.service, UUID(connector["connection_id"]))

        assert await seen(harness, ticket_id) == [(f"Reply {i}", "public") for i in range(5)]
        received = await harness.received_by(packet.session.session_id)
        assert [r["job"] for r in received] == ["message"] * 5 + ["status"]
        shown = (await harness.admin.get(f"/connectors/{connector['connection_id']}")).json()
        assert shown["poll_error"] is None

    async def test_given_a_closed_ticket_then_the_case_goes_on_in_its_follow_up_both_ways(
        self, harness: Harness, desk: ZendeskDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await connect(harness, desk)
        ticket_id, _ = await harness.escalate()
        desk.act("1", status="solved")
        desk.close(1)
        await harness.follow_up(ticket_id, "Still broken")
        await harness.run()

        answer = await send(harness, connector, desk, desk.act("2", public="We look again", status="pending"))

        assert answer.json() == {"outcome": "applied", "ticket_id": str(ticket_id)}
        assert (await seen(harness, ticket_id))[-1] == ("We look again", "public")
        assert (await harness.agent.get(f"/tickets/{ticket_id}")).json()["status"] == "pending"

    async def test_given_a_reply_in_the_console_whose_answer_is_lost_then_it_is_at_zendesk_once(
        self, harness: Harness, desk: ZendeskDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await connect(harness, desk)
        ticket_id, _ = await harness.escalate()
        network_faults.faults.extend([None, None, "timeout_after"])

        await harness.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Pay by card."})
        echoed = await send(harness, connector, desk, {"ticket_id": "1"})
        await harness.run()

        assert echoed.json()["outcome"] == "ignored"
        assert [c["body"] for c in comments_of(desk, 1)[1:]] == ["Pay by card."]
        assert await seen(harness, ticket_id) == [("Pay by card.", "public")]

    async def test_given_an_id_that_zendesk_gave_anew_then_it_is_set_aside_and_nobodys_reply(
        self, harness: Harness, desk: ZendeskDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await connect(harness, desk)
        ticket_id, _ = await harness.escalate()
        desk.tickets[1]["external_id"] = f"caseplane:{UUID(int=7)}"
        desk.act("1", public="Not yours")

        await poll(harness.escalation, harness.service, UUID(connector["connection_id"]))

        assert await seen(harness, ticket_id) == []
        dead = await harness.admin.get(f"/connectors/{connector['connection_id']}/events?outcome=dead")
        assert [e["via"] for e in dead.json()["items"]] == ["poll"]


class TestConnection:
    async def test_given_a_connection_then_nothing_secret_is_shown_and_one_way_in_replaces_the_other(
        self, harness: Harness, desk: ZendeskDesk, network_faults: FaultyNetwork
    ) -> None:
        made = await connect(harness, desk)
        path, secrets = f"/connectors/{made['connection_id']}", [API_TOKEN["api_token"], SIGNING]

        client = {k: v for k, v in OAUTH.items() if k != "secret"}
        changed = await harness.admin.patch(path, json=client, headers={"If-Match": '"1"'})
        await harness.escalate()

        assert changed.status_code == 200, changed.text
        assert not any(secret in str(made) + changed.text for secret in secrets)
        assert len(desk.tickets) == 1
        assert desk.bearers

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (API_TOKEN | OAUTH, "email and api_token"),
            ({"secret": SIGNING}, "email and api_token"),
            (API_TOKEN | {"settings": {"fields": {"conversation": -1}}}, "conversation"),
            (API_TOKEN | {"settings": {"poll_url": "https://x.example"}}, "poll_url"),
            (API_TOKEN | {"settings": {"statuses": {"asleep": 3}}}, "statuses"),
        ],
    )
    async def test_given_a_body_that_makes_no_sense_then_refused_with_the_field(
        self, harness: Harness, body: dict[str, Any], said: str
    ) -> None:
        base = {"kind": "zendesk", "name": "Z", "url": "https://acme.zendesk.com"}

        answer = await harness.admin.post("/connectors", json=base | body)

        assert answer.status_code == 422
        assert said in answer.text

    async def test_given_a_secret_that_zendesk_makes_then_rotation_wants_it_and_both_hold_meanwhile(
        self, harness: Harness, desk: ZendeskDesk, network_faults: FaultyNetwork
    ) -> None:
        made = await connect(harness, desk)
        await harness.escalate()
        path = f"/connectors/{made['connection_id']}/secrets"

        refused = await harness.admin.post(path, json={})
        rotated = await harness.admin.post(path, json={"secret": "the next one"})
        former = await send(harness, made, desk, desk.act("1", public="Signed with the former"))

        assert refused.status_code == 422
        assert rotated.status_code == 201
        assert former.json()["outcome"] == "applied"
