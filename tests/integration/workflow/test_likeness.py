"""Tickets about the same thing: found, linked, merged and parted; storms made incidents."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.workflow.conftest import Connect

from caseplane.core.auth import Role
from caseplane.core.ids import new_id
from caseplane.core.runtime import Runtime
from caseplane.workflow.context import Workflow
from caseplane.workflow.duplicates.reading import SeenTicket
from caseplane.workflow.incidents.looking import Seen, look

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OUTAGE = (
    "The web shop is down, nobody can check out",
    "Your shop does not load, checkout is impossible",
    "I cannot check out, the web shop is not reachable",
    "Web shop down? The checkout page never loads",
    "Checkout in the web shop gives an error for all of us, the shop is down",
    "The shop seems to be down, I cannot check out",
    "Nothing loads in your web shop, no checkout possible",
    "Is the web shop down? I cannot finish the checkout",
)
OTHERS = (
    "How do I change my delivery address?",
    "The coffee machine leaks water from the bottom",
    "Please send me a copy of my March invoice",
    "I want to upgrade from monthly to yearly billing",
    "My SIM card is not recognised",
    "The report shows wrong totals",
    "Is the jacket waterproof?",
    "The two-factor codes are not accepted",
)


async def run_jobs(runtime: Runtime) -> None:
    await runtime.jobs.app.run_worker_async(
        queues=["workflow"], wait=False, install_signal_handlers=False, delete_jobs="successful",
        listen_notify=False, concurrency=2,
    )  # fmt: skip


class Desk:
    """New tickets as they come to the workflow, and the routes that an agent uses."""

    def __init__(
        self, workflow: Workflow, tenant_id: UUID, agent: httpx.AsyncClient, tickets: httpx.AsyncClient
    ):
        self.workflow, self.who = workflow, workflow.principal(tenant_id)
        self.agent, self.tickets = agent, tickets

    async def open(self, subject: str, customer: str = "c-1") -> UUID:
        made = await self.tickets.post("/tickets", json={"subject": subject, "requester_id": customer})
        assert made.status_code == 201, made.text
        return UUID(made.json()["ticket_id"])

    async def see(
        self, text: str, customer: str = "c-1", *, ticket_id: UUID | None = None, at: datetime = NOW
    ) -> Seen:
        return await look(self.workflow, self.who, SeenTicket(ticket_id or new_id(), customer, text, at))

    async def links(self, ticket_id: UUID) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.agent.get(f"/workflow/tickets/{ticket_id}/links")).json()
        return found


@pytest.fixture
def desk(workflow: Workflow, connect: Connect, tenant_id: UUID) -> Desk:
    return Desk(workflow, tenant_id, connect(Role.agent), connect(Role.agent, service="escalation"))


class TestFind:
    async def test_given_an_earlier_ticket_when_it_comes_again_then_it_is_a_duplicate_of_the_customers_own(
        self, desk: Desk
    ) -> None:
        mine, other, ticket = new_id(), new_id(), new_id()
        await desk.see("Export to CSV fails with ERR-4012", "c-1", ticket_id=mine)
        await desk.see("The export to CSV fails, ERR-4012", "c-2", ticket_id=other)
        await desk.see("How do I turn off dark mode?", "c-1")

        seen = await desk.see("Exporting to CSV always fails, message ERR-4012", ticket_id=ticket)
        links = await desk.links(ticket)

        assert {(m.ticket_id, m.kind) for m in seen.matches} == {(mine, "duplicate"), (other, "related")}
        assert {(link["other_id"], link["state"]) for link in links} == {
            (str(mine), "suggested"), (str(other), "suggested")
        }  # fmt: skip
        assert all("ERR" not in link["reason"] for link in links)

    async def test_given_the_same_words_about_another_order_when_looked_at_then_it_is_no_duplicate(
        self, desk: Desk
    ) -> None:
        await desk.see("Order ORD-551020 has not shipped yet")

        seen = await desk.see("Order ORD-551002 has not shipped yet")

        assert seen.matches == []

    async def test_given_a_ticket_when_looked_at_twice_then_nothing_doubles(self, desk: Desk) -> None:
        first, second = new_id(), new_id()
        await desk.see("The fridge makes a loud noise", ticket_id=first)
        once = await desk.see("The fridge makes a very loud noise", ticket_id=second)

        again = await desk.see("The fridge makes a very loud noise", ticket_id=second)

        assert again == once
        assert len(await desk.links(second)) == len(await desk.links(first)) == 1

    async def test_given_a_text_when_looked_up_then_nothing_is_stored(self, desk: Desk) -> None:
        known = new_id()
        await desk.see("The lawn mower does not start", ticket_id=known)
        body = {"text": "My lawn mower does not start any more", "customer_id": "c-1"}

        found = [(await desk.agent.post("/workflow/duplicates", json=body)).json() for _ in range(2)]

        assert found[0] == found[1]
        assert [item["ticket_id"] for item in found[0]["items"]] == [str(known)]

    async def test_given_another_tenant_when_it_asks_then_it_finds_nothing(
        self, desk: Desk, connect: Connect, make_tenant: Callable[..., UUID]
    ) -> None:
        ticket = new_id()
        await desk.see("The lawn mower does not start", ticket_id=ticket)
        stranger = connect(Role.agent, tenant=make_tenant())

        found = await stranger.post("/workflow/duplicates", json={"text": "The lawn mower does not start"})
        links = await stranger.get(f"/workflow/tickets/{ticket}/links")

        assert (found.json(), links.json()) == ({"items": []}, [])


class TestDecide:
    async def test_given_a_link_when_merged_and_parted_then_both_tickets_are_as_before(
        self, desk: Desk
    ) -> None:
        first, second = await desk.open("No sound in calls"), await desk.open("There is no sound in calls")
        await desk.see("No sound in calls", ticket_id=first)
        await desk.see("There is no sound in calls", ticket_id=second)
        (link,) = await desk.links(second)
        path = f"/workflow/links/{link['link_id']}"

        merged = [(await desk.agent.post(f"{path}/merge")).json()["state"] for _ in range(2)]
        into = (await desk.tickets.get(f"/tickets/{second}")).json()["merged_into"]
        refused = await desk.agent.post(f"{path}/reject")
        parted = [(await desk.agent.post(f"{path}/part")).json()["state"] for _ in range(2)]
        after = (await desk.tickets.get(f"/tickets/{second}")).json()

        assert (merged, into, refused.status_code) == (["merged", "merged"], str(first), 409)
        assert parted == ["rejected", "rejected"]
        assert (after["merged_into"], after["status"]) == (None, "new")

    async def test_given_a_rejected_pair_when_seen_again_then_it_stays_rejected(self, desk: Desk) -> None:
        first, second = new_id(), new_id()
        await desk.see("No sound in calls", ticket_id=first)
        await desk.see("There is no sound in calls", ticket_id=second)
        (link,) = await desk.links(second)

        rejected = await desk.agent.post(f"/workflow/links/{link['link_id']}/reject")
        await desk.see("No sound in calls", ticket_id=first)

        assert rejected.json()["decided_by"] == "agent-1"
        assert [each["state"] for each in await desk.links(first)] == ["rejected"]

    async def test_given_tickets_of_two_customers_when_merged_then_the_desk_refuses(self, desk: Desk) -> None:
        first = await desk.open("No sound in video calls", "c-1")
        second = await desk.open("There is no sound in video calls", "c-2")
        await desk.see("No sound in video calls", "c-1", ticket_id=first)
        await desk.see("There is no sound in video calls", "c-2", ticket_id=second)
        (link,) = await desk.links(second)

        answer = await desk.agent.post(f"/workflow/links/{link['link_id']}/merge")

        assert (answer.status_code, answer.json()["title"]) == (409, "The tickets cannot be merged")
        assert [each["state"] for each in await desk.links(second)] == ["suggested"]


class TestStorm:
    async def storm(self, desk: Desk) -> tuple[list[UUID | None], list[UUID | None]]:
        inside, outside = [], []
        for i, (down, other) in enumerate(zip(OUTAGE, OTHERS, strict=True)):
            at = NOW + timedelta(seconds=20 * i)
            outside.append((await desk.see(other, f"o-{i}", at=at)).incident_id)
            inside.append((await desk.see(down, f"s-{i}", at=at)).incident_id)
        return inside, outside

    async def test_given_many_customers_when_they_write_about_one_outage_then_it_is_one_incident(
        self, desk: Desk, runtime: Runtime
    ) -> None:
        inside, outside = await self.storm(desk)
        await run_jobs(runtime)
        (incident,) = (await desk.agent.get("/workflow/incidents")).json()["items"]
        tickets = (await desk.agent.get(f"/workflow/incidents/{incident['incident_id']}/tickets")).json()
        stands = (await desk.tickets.get(f"/tickets/{incident['incident_id']}")).json()

        assert set(outside) == {None}
        assert inside[-1] is not None
        assert len(tickets["items"]) == len(OUTAGE)
        assert (stands["kind"], stands["priority"], stands["status"]) == ("incident", "urgent", "new")

    async def test_given_a_resolved_incident_when_its_ticket_is_solved_then_each_ticket_is_told_once(
        self, desk: Desk, runtime: Runtime
    ) -> None:
        tickets = [await desk.open(text, f"s-{i}") for i, text in enumerate(OUTAGE)]
        for i, (ticket, text) in enumerate(zip(tickets, OUTAGE, strict=True)):
            await desk.see(text, f"s-{i}", ticket_id=ticket, at=NOW + timedelta(seconds=i))
        await run_jobs(runtime)
        (incident,) = (await desk.agent.get("/workflow/incidents")).json()["items"]
        path = f"/workflow/incidents/{incident['incident_id']}"
        out = await desk.agent.delete(f"{path}/tickets/{tickets[0]}")

        body = {"without_reply": "no_reply_needed"}
        solved = await desk.tickets.put(f"/tickets/{incident['incident_id']}/resolve", json=body)
        await run_jobs(runtime)
        told = [(await desk.tickets.get(f"/tickets/{ticket}/comments")).json()["items"] for ticket in tickets]

        assert (out.status_code, solved.status_code) == (204, 200), solved.text
        assert (await desk.agent.get(path)).json()["state"] == "resolved"
        assert [len(notes) for notes in told] == [0, *[1] * (len(OUTAGE) - 1)]
        assert {note["visibility"] for notes in told for note in notes} == {"internal"}

    async def test_given_one_customer_when_they_write_again_and_again_then_it_is_no_incident(
        self, desk: Desk
    ) -> None:
        for text in OUTAGE:
            seen = await desk.see(text, "c-1")

            assert seen.incident_id is None

    async def test_given_a_topic_that_is_always_busy_when_it_goes_on_then_it_is_no_incident(
        self, desk: Desk
    ) -> None:
        usual = [NOW + timedelta(minutes=3.4 * i) for i in range(36)]
        busier = [usual[-1] + timedelta(minutes=1.5 * i) for i in range(1, 7)]

        seen = [
            (await desk.see("Where is my parcel?", f"c-{i}", at=at)).incident_id
            for i, at in enumerate([*usual, *busier])
        ]

        assert set(seen) == {None}
