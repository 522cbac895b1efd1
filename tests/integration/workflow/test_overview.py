"""The customer's whole picture beside a ticket, and the way from a ticket to its incident and back."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from tests.integration.workflow.conftest import Connect
from tests.integration.workflow.test_likeness import NOW, OUTAGE, Desk, desk, run_jobs

from caseplane.core.auth import Role
from caseplane.core.runtime import Runtime

__all__ = ["desk"]
MISSING = "The parcel ORD-104233 did not arrive"


@pytest.fixture
def agent(connect: Connect) -> httpx.AsyncClient:
    return connect(Role.agent)


class TestContext:
    async def test_given_a_known_customer_when_a_ticket_is_read_with_its_context_then_all_of_it_is_beside_it(
        self, desk: Desk, agent: httpx.AsyncClient
    ) -> None:
        await agent.put("/customers/c-1", json={"name": "Kim Lee", "tier": "gold"})
        order = {"status": "shipped", "placed_at": "2026-03-01T10:00:00Z"}
        await agent.put("/customers/c-1/orders/ORD-104233", json=order)
        await agent.put("/customers/c-1/entitlements/warranty", json={})
        earlier, ticket = await desk.open(MISSING), await desk.open(MISSING)
        await desk.see(MISSING, ticket_id=earlier)
        await desk.see(MISSING, ticket_id=ticket)

        found = (await agent.get(f"/tickets/{ticket}/context")).json()

        assert found["ticket"]["ticket_id"] == str(ticket)
        customer = found["customer"]
        assert customer["profile"]["name"] == "Kim Lee"
        assert [each["order_number"] for each in customer["orders"]] == ["ORD-104233"]
        assert [each["name"] for each in customer["entitlements"]] == ["warranty"]
        assert [each["ticket_id"] for each in customer["tickets"]] == [str(ticket), str(earlier)]
        assert [(each["other_id"], each["kind"]) for each in found["similar"]] == [
            (str(earlier), "duplicate")
        ]
        assert found["incident"] is None
        assert {"packet", "comments", "attachments", "links", "other_tickets"} <= found.keys()

    async def test_given_a_rejected_pair_when_the_context_is_read_then_it_is_left_out(
        self, desk: Desk, agent: httpx.AsyncClient
    ) -> None:
        earlier, ticket = await desk.open(MISSING), await desk.open(MISSING)
        await desk.see(MISSING, ticket_id=earlier)
        await desk.see(MISSING, ticket_id=ticket)
        (link,) = await desk.links(ticket)
        await agent.post(f"/workflow/links/{link['link_id']}/reject")

        found = (await agent.get(f"/tickets/{ticket}/context")).json()

        assert found["similar"] == []

    async def test_given_customers_when_their_context_is_read_then_it_has_what_their_tickets_show(
        self, desk: Desk, agent: httpx.AsyncClient
    ) -> None:
        await desk.open(MISSING, "a b&c")
        await agent.put("/customers/silent", json={"name": "Kim Lee"})

        known = (await agent.get("/customers/a%20b%26c/context")).json()
        silent = (await agent.get("/customers/silent/context")).json()
        unknown = await agent.get("/customers/nobody/context")

        assert known["history"]["tickets_by_status"] == {"new": 1}
        assert len(known["tickets"]) == 1
        assert (silent["profile"]["name"], silent["history"]) == ("Kim Lee", None)
        assert (unknown.status_code, unknown.json()["profile"]) == (200, None)

    async def test_given_another_tenant_or_a_customer_when_they_ask_then_they_see_nothing(
        self, desk: Desk, connect: Connect, make_tenant: Callable[..., UUID]
    ) -> None:
        ticket = await desk.open(MISSING)
        stranger = connect(Role.agent, tenant=make_tenant())
        customer = connect(Role.customer, customer_id="c-1")

        answers = [
            (await client.get(f"/tickets/{ticket}/context")).status_code for client in (stranger, customer)
        ]

        assert answers == [404, 403]
        assert (await stranger.get("/customers/c-1/context")).json()["history"] is None


class TestIncident:
    async def test_given_a_storm_when_it_is_seen_then_each_ticket_names_its_incident_and_is_found_by_it(
        self, desk: Desk, agent: httpx.AsyncClient, runtime: Runtime
    ) -> None:
        tickets = [await desk.open(text, f"s-{i}") for i, text in enumerate(OUTAGE)]
        for i, (ticket, text) in enumerate(zip(tickets, OUTAGE, strict=True)):
            await desk.see(text, f"s-{i}", ticket_id=ticket, at=NOW + timedelta(seconds=i))
        await run_jobs(runtime)
        (incident,) = (await agent.get("/workflow/incidents")).json()["items"]
        incident_id = incident["incident_id"]

        await agent.delete(f"/workflow/incidents/{incident_id}/tickets/{tickets[0]}")
        out = await desk.open("Is the shop down for somebody else too?", "late")
        await agent.put(f"/workflow/incidents/{incident_id}/tickets/{out}")
        await run_jobs(runtime)

        listed = (await desk.tickets.get("/tickets", params={"incident_id": incident_id})).json()["items"]
        assert {each["ticket_id"] for each in listed} == {str(each) for each in (*tickets[1:], out)}
        assert {each["incident_id"] for each in listed} == {incident_id}
        contexts = [
            (await agent.get(f"/tickets/{each}/context")).json()["incident"]
            for each in (tickets[0], tickets[1], incident_id)
        ]
        assert [each and each["incident_id"] for each in contexts] == [None, incident_id, incident_id]
