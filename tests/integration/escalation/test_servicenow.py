"""A case through ServiceNow: over the routes, the outbox and the jobs, with the instance at the other end."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.escalation.harness import Harness
from tests.unit.escalation.connectors.faults import FaultyNetwork
from tests.unit.escalation.connectors.servicenow_instance import ServiceNowInstance
from tests.unit.escalation.connectors.test_servicenow import BASIC, FIELDS

from caseplane.escalation.inbound.polling import poll


@pytest.fixture
def desk() -> ServiceNowInstance:
    return ServiceNowInstance()


@pytest.fixture
def network_faults(desk: ServiceNowInstance, harness: Harness) -> FaultyNetwork:
    faulty = FaultyNetwork(desk)
    harness.network.desks[desk.host] = faulty.handle_async_request
    return faulty


async def connect(harness: Harness, desk: ServiceNowInstance) -> dict[str, Any]:
    body = {"kind": "servicenow", "name": "SN", "url": f"https://{desk.host}", "settings": {"fields": FIELDS}}
    answer = await harness.admin.post("/connectors", json=body | BASIC)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def send(
    harness: Harness, connector: dict[str, Any], desk: ServiceNowInstance, done: Any
) -> httpx.Response:
    headers, body = desk.sign(done)
    return await harness.public.post(
        connector["hook_path"].removeprefix("/api/v1"), content=body, headers=headers
    )


async def seen(harness: Harness, ticket_id: UUID) -> list[tuple[str, str]]:
    answer = await harness.agent.get(f"/tickets/{ticket_id}/comments")
    return [(c["body"], c["visibility"]) for c in answer.json()["items"]]


class TestCase:
    async def test_given_a_handover_when_answered_and_resolved_at_servicenow_then_the_customer_has_the_answer(
        self, harness: Harness, desk: ServiceNowInstance, network_faults: FaultyNetwork
    ) -> None:
        connector = await connect(harness, desk)
        ticket_id, packet = await harness.escalate()
        (sys_id,) = desk.records
        await harness.follow_up(ticket_id, "I also tried shells")
        await harness.run()

        await send(harness, connector, desk, desk.act(sys_id, internal="Check the till"))
        done = desk.act(sys_id, public="Pay by card.", status="solved")
        replied = await send(harness, connector, desk, done)
        again = await send(harness, connector, desk, done)

        assert [a.json()["outcome"] for a in (replied, again)] == ["applied", "duplicate"]
        assert await seen(harness, ticket_id) == [
            ("I also tried shells", "public"), ("Check the till", "internal"), ("Pay by card.", "public"),
        ]  # fmt: skip
        received = await harness.received_by(packet.session.session_id)
        assert [(r["job"], r.get("status")) for r in received] == [("message", None), ("status", "solved")]
        assert (await harness.agent.get(f"/tickets/{ticket_id}")).json()["status"] == "solved"
        assert desk.warnings == []

    async def test_given_no_webhooks_when_polled_then_the_same_and_repeated_reads_change_nothing(
        self, harness: Harness, desk: ServiceNowInstance, network_faults: FaultyNetwork
    ) -> None:
        connector = await connect(harness, desk)
        ticket_id, packet = await harness.escalate()
        (sys_id,) = desk.records
        for number in range(5):
            desk.act(sys_id, public=f"Reply {number}")
        desk.act(sys_id, status="solved")
        network_faults.faults.append("500")

        for _ in range(3):
            await poll(harness.escalation, harness.service, UUID(connector["connection_id"]))

        assert await seen(harness, ticket_id) == [(f"Reply {i}", "public") for i in range(5)]
        received = await harness.received_by(packet.session.session_id)
        assert [r["job"] for r in received] == ["message"] * 5 + ["status"]

    async def test_given_a_status_of_ours_on_its_way_then_the_desks_older_one_does_not_undo_it(
        self, harness: Harness, desk: ServiceNowInstance, network_faults: FaultyNetwork
    ) -> None:
        connector = await connect(harness, desk)
        ticket_id, _ = await harness.escalate()
        (sys_id,) = desk.records
        await harness.agent.patch(
            f"/tickets/{ticket_id}", json={"status": "pending"}, headers={"If-Match": "*"}
        )

        await send(harness, connector, desk, desk.act(sys_id, internal="Before it arrives"))
        between = (await harness.agent.get(f"/tickets/{ticket_id}")).json()["status"]
        await harness.run()
        await send(harness, connector, desk, desk.act(sys_id, status="on_hold"))

        assert between == "pending"
        assert (await harness.agent.get(f"/tickets/{ticket_id}")).json()["status"] == "on_hold"

    async def test_given_a_closed_record_then_the_case_goes_on_in_its_follow_up_both_ways(
        self, harness: Harness, desk: ServiceNowInstance, network_faults: FaultyNetwork
    ) -> None:
        connector = await connect(harness, desk)
        ticket_id, _ = await harness.escalate()
        (sys_id,) = desk.records
        desk.act(sys_id, status="solved")
        desk.close(sys_id)
        await harness.follow_up(ticket_id, "Still broken")
        await harness.run()
        (other,) = set(desk.records) - {sys_id}

        await send(harness, connector, desk, desk.act(other, public="We look again", status="pending"))

        assert (await seen(harness, ticket_id))[-1] == ("We look again", "public")
        assert (await harness.agent.get(f"/tickets/{ticket_id}")).json()["status"] == "pending"
