"""From a change of a ticket to the desk and back: order, faults, dead letters, echoes."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.escalation.world import SECRET, World
from tests.unit.escalation.connectors.faults import FaultyNetwork
from tests.unit.escalation.connectors.generic_desk import GenericDesk

from caseplane.core.auth import Role
from caseplane.core.jobs import RetryLater
from caseplane.escalation.connectors import generic

HOST = "desk.example.com"


@pytest.fixture
def desk() -> GenericDesk:
    return GenericDesk(page=2)


@pytest.fixture
def network_faults(desk: GenericDesk, world: World) -> FaultyNetwork:
    faulty = FaultyNetwork(desk)
    world.network.desks[HOST] = faulty.handle_async_request
    return faulty


def at_desk(desk: GenericDesk, ticket_id: UUID) -> list[str]:
    return [body for body, _ in desk.records[str(ticket_id)].comments]


class TestMirroring:
    async def test_given_a_conversation_then_the_desk_hears_all_of_it_in_order(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        await world.connect()
        ticket_id, packet = await world.escalate()
        await world.follow_up(ticket_id, packet, "One")
        await world.run()
        await world.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Two"})
        await world.agent.post(
            f"/tickets/{ticket_id}/comments", json={"body": "Three", "visibility": "internal"}
        )
        await world.agent.put(f"/tickets/{ticket_id}/resolve", json={"comment": "Four"})

        await world.run()

        record = desk.records[str(ticket_id)]
        assert record.session_id == str(packet.session.session_id)
        assert record.comments == [("One", True), ("Two", True), ("Three", False), ("Four", True)]
        assert record.status == "solved"
        deliveries = await world.deliveries()
        assert {d["state"] for d in deliveries} == {"delivered"}
        assert deliveries[0]["idempotency_key"] == f"{packet.session.session_id}:{packet.event_id}"
        assert deliveries[0]["external_id"] == record.external_id
        links = (await world.agent.get(f"/tickets/{ticket_id}/context")).json()["links"]
        assert [link["external_id"] for link in links] == [record.external_id]

    @pytest.mark.parametrize(
        "faults",
        [
            ["429", "429", "500"],
            ["timeout_after"],
            ["reset_after", "timeout_after", "cut_short"],
            ["malformed", "not_an_object"],
            ["reset", "503", "timeout"],
        ],
    )
    async def test_given_a_desk_with_faults_then_all_arrives_once_and_in_order(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork, faults: list[str]
    ) -> None:
        await world.connect()
        network_faults.faults.extend(faults)
        ticket_id, packet = await world.escalate()
        for body in ("One", "Two", "Three"):
            await world.follow_up(ticket_id, packet, body)
        network_faults.faults.extend(faults)

        await world.run()

        assert at_desk(desk, ticket_id) == ["One", "Two", "Three"]
        deliveries = await world.deliveries()
        assert {d["state"] for d in deliveries} == {"delivered"}
        assert max(d["attempts"] for d in deliveries) > 1

    async def test_given_personal_data_when_mirrored_then_redacted_unless_the_connector_may_have_it(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        trusted = GenericDesk()
        world.network.desks["trusted.example.com"] = trusted
        await world.connect()
        await world.connect("trusted.example.com", redaction="none")
        ticket_id, packet = await world.escalate(question="Write to jane.doe@acme-corp.de please")
        await world.follow_up(ticket_id, packet, "My mail is jane.doe@acme-corp.de")

        await world.run()

        outside, inside = desk.records[str(ticket_id)], trusted.records[str(ticket_id)]
        assert "jane.doe" not in f"{outside}"
        assert at_desk(desk, ticket_id) == ["My mail is [email]"]
        assert outside.handoff is not None
        assert outside.handoff["customer"]["identifiers"] == {}
        assert at_desk(trusted, ticket_id) == ["My mail is jane.doe@acme-corp.de"]
        assert inside.handoff == packet.model_dump(mode="json")

    async def test_given_a_desk_connected_later_then_it_hears_of_the_ticket_first(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        ticket_id, _ = await world.escalate()
        await world.connect(internal_notes=False)

        await world.agent.post(
            f"/tickets/{ticket_id}/comments", json={"body": "Secret", "visibility": "internal"}
        )
        await world.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Hello"})
        await world.run()

        assert at_desk(desk, ticket_id) == ["Hello"]


class TestDeadLetters:
    async def test_given_a_desk_that_never_answers_then_dead_after_its_attempts_and_redriven_when_it_does(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        await world.connect(max_attempts=3)
        network_faults.faults.extend(["500"] * 3)
        ticket_id, _ = await world.escalate()
        (dead,) = await world.deliveries(state="dead")
        assert (dead["attempts"], dead["last_error"]) == (3, "The desk answered 500 Internal Server Error.")
        assert [a["outcome"] for a in dead["log"]] == ["failed", "failed", "dead"]

        redriven = await world.supervisor.post(f"/deliveries/{dead['delivery_id']}/redrive")
        again = await world.supervisor.post(f"/deliveries/{dead['delivery_id']}/redrive")
        await world.run()

        assert (redriven.json(), again.status_code) == ({"redriven": 1}, 409)
        assert list(desk.records) == [str(ticket_id)]
        (done,) = await world.deliveries()
        assert (done["state"], done["attempts"], done["last_error"]) == ("delivered", 4, None)

    async def test_given_a_refusal_then_dead_at_once_and_the_conversation_goes_on(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        await world.connect()
        ticket_id, packet = await world.escalate()
        network_faults.faults.append("422")
        await world.follow_up(ticket_id, packet, "Refused")
        await world.follow_up(ticket_id, packet, "Taken")

        await world.run()

        assert at_desk(desk, ticket_id) == ["Taken"]
        (dead,) = await world.deliveries(state="dead")
        assert (dead["attempts"], dead["event"]) == (1, "ticket.comment_added")

    async def test_given_a_desk_that_needs_its_own_id_when_creation_died_then_the_rest_waits_for_its_redrive(
        self,
        world: World,
        desk: GenericDesk,
        network_faults: FaultyNetwork,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(generic.GenericConnector, "needs_external_id", True)
        await world.connect()
        network_faults.faults.append("400")
        ticket_id, packet = await world.escalate()
        for body in ("One", "Two"):
            await world.follow_up(ticket_id, packet, body)
        await world.run()
        creation, one, two = await world.deliveries(state="dead")
        assert one["blocked_by"] == two["blocked_by"] == creation["delivery_id"]
        assert one["attempts"] == 0

        redriven = await world.supervisor.post(f"/deliveries/{creation['delivery_id']}/redrive")
        await world.run()

        assert redriven.json() == {"redriven": 3}
        assert at_desk(desk, ticket_id) == ["One", "Two"]

    async def test_given_many_dead_when_all_are_redriven_then_they_arrive_in_order(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await world.connect(max_attempts=1)
        ticket_id, packet = await world.escalate()
        network_faults.faults.extend(["503"] * 4)
        for i in range(4):
            await world.follow_up(ticket_id, packet, f"No. {i}")
        await world.run()
        assert len(await world.deliveries(state="dead", connection_id=connector["connection_id"])) == 4

        redriven = await world.supervisor.post("/deliveries/redrive")
        await world.run()

        assert redriven.json() == {"redriven": 4}
        assert at_desk(desk, ticket_id) == [f"No. {i}" for i in range(4)]

    async def test_given_a_connector_switched_off_then_its_deliveries_die_and_can_be_redriven(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await world.connect(max_attempts=5)
        url = f"/connectors/{connector['connection_id']}"
        network_faults.faults.append("500")
        handed = world.conversation
        assert handed is not None
        await world.agent.post("/tickets", json={"subject": "S", "requester_id": "c-1"})
        await world.admin.patch(url, json={"enabled": False}, headers={"If-Match": '"1"'})
        await world.run()
        assert [d["state"] for d in await world.deliveries()] == ["dead"]

        await world.admin.patch(url, json={"enabled": True}, headers={"If-Match": '"2"'})
        await world.supervisor.post("/deliveries/redrive")
        network_faults.faults.clear()
        await world.run()

        assert len(desk.records) == 1

    async def test_given_callers_then_supervisors_only_see_deliveries_and_only_their_tenants(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork, make_tenant: Any
    ) -> None:
        await world.connect()
        await world.escalate()
        foreign = world.client(Role.admin, tenant=make_tenant())
        (mine,) = await world.deliveries()

        assert (await world.agent.get("/deliveries")).status_code == 403
        assert (await foreign.get("/deliveries")).json()["items"] == []
        assert (await foreign.get(f"/deliveries/{mine['delivery_id']}")).status_code == 404
        assert (await foreign.post(f"/deliveries/{mine['delivery_id']}/redrive")).status_code == 404


class TestWaiting:
    async def test_given_a_desk_that_asks_to_wait_then_not_tried_sooner(
        self, world: World, network_faults: FaultyNetwork
    ) -> None:
        await world.connect()
        network_faults.faults.append("429")
        await world.agent.post("/tickets", json={"subject": "S", "requester_id": "c-1"})
        (delivery,) = await world.deliveries()

        with pytest.raises(RetryLater) as caught:
            await world.escalation.deliverer.attempt(world.tenant_id, UUID(delivery["delivery_id"]))

        assert caught.value.delay is not None
        assert caught.value.delay >= timedelta(seconds=7)

    def test_given_failures_then_the_delay_doubles_up_to_its_cap_with_jitter(self, world: World) -> None:
        delay = world.escalation.deliverer.delay
        for failures, ceiling in ((1, 1), (2, 2), (5, 16), (40, 600)):
            drawn = [delay(failures, None).total_seconds() for _ in range(50)]
            assert ceiling / 2 <= min(drawn) < max(drawn) <= ceiling
        assert delay(1, 1e9) == timedelta(hours=1)


class TestBothWays:
    async def send(
        self, world: World, connector: dict[str, Any], desk: GenericDesk, update: Any, **more: Any
    ) -> httpx.Response:
        headers, body = desk.sign(update, **more)
        path = connector["hook_path"].removeprefix("/api/v1")
        return await world.public.post(path, content=body, headers=headers)

    async def test_given_a_reply_and_a_solution_at_the_desk_then_the_customer_hears_and_no_echo_comes_back(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await world.connect()
        ticket_id, packet = await world.escalate()
        external_id = desk.records[str(ticket_id)].external_id
        before = len(network_faults.requests)

        done = desk.act(external_id, public="Pay by card.", internal="Careful!", status="solved")
        answer = await self.send(world, connector, desk, done)

        assert answer.json() == {"outcome": "applied", "ticket_id": str(ticket_id)}
        told = await world.told(packet.session.session_id)
        assert [t["job"] for t in told] == ["message", "status"]
        assert told[1] == {
            "job": "status",
            "session_id": str(packet.session.session_id),
            "status": "solved",
            "actor": f"desk:{connector['connection_id']}",
        }
        seen = (await world.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [(c["body"], c["visibility"], c["author"]) for c in seen] == [
            ("Pay by card.", "public", "Kim"),
            ("Careful!", "internal", "Kim"),
        ]
        hers = (await world.customer.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [c["body"] for c in hers] == ["Pay by card."]
        assert len(network_faults.requests) == before, "the desk was told what it said itself"

    async def test_given_two_desks_then_what_one_says_reaches_the_other(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        other = GenericDesk()
        world.network.desks["other.example.com"] = other
        connector = await world.connect()
        await world.connect("other.example.com")
        ticket_id, _ = await world.escalate()

        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello", status="pending")
        await self.send(world, connector, desk, done)
        await world.run()

        assert (at_desk(other, ticket_id), other.records[str(ticket_id)].status) == (["Hello"], "pending")

    async def test_given_the_same_webhook_again_then_200_and_nothing_happens(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await world.connect()
        ticket_id, _ = await world.escalate()
        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello")

        await self.send(world, connector, desk, done)
        repeated = await self.send(world, connector, desk, done)
        other_id = await self.send(world, connector, desk, done, webhook_id="msg-other")
        other_event = await self.send(
            world, connector, desk, done | {"event_id": "evt-other"}, webhook_id=f"msg-{done['event_id']}"
        )

        assert [a.json()["outcome"] for a in (repeated, other_id, other_event)] == ["duplicate"] * 3
        seen = (await world.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert len(seen) == 1

    @pytest.mark.parametrize("keeps_our_id", [True, False])
    async def test_given_our_own_comment_reported_back_before_its_answer_then_it_is_no_new_one(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork, keeps_our_id: bool
    ) -> None:
        connector = await world.connect(max_attempts=1)
        ticket_id, packet = await world.escalate()
        network_faults.faults.append("timeout_after")
        made = await world.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Hello"})
        await world.run()
        echo = desk.act(desk.records[str(ticket_id)].external_id, public="Hello")
        if keeps_our_id:
            echo["latest_public_comment"]["source_comment_id"] = made.json()["comment_id"]

        answer = await self.send(world, connector, desk, echo)

        assert answer.json()["outcome"] == "ignored"
        assert [t["job"] for t in await world.told(packet.session.session_id)] == ["message", "status"]

    async def test_given_an_older_update_after_a_newer_then_its_status_is_not_followed(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await world.connect()
        ticket_id, _ = await world.escalate()
        external_id = desk.records[str(ticket_id)].external_id
        older = desk.act(external_id, status="pending")
        newer = desk.act(external_id, status="solved")

        await self.send(world, connector, desk, newer)
        await self.send(world, connector, desk, older)

        assert (await world.agent.get(f"/tickets/{ticket_id}")).json()["status"] == "solved"

    async def test_given_webhooks_that_prove_nothing_then_refused_and_nothing_changes(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await world.connect()
        ticket_id, _ = await world.escalate()
        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello")
        path = connector["hook_path"].removeprefix("/api/v1")
        headers, body = desk.sign(done)
        old, _ = desk.sign(done, at=desk.clock - timedelta(hours=1))
        wrong, _ = desk.sign(done, secret="whsec_" + "QUJD" * 10)
        nonsense = {"event_id": "x"}
        signed_nonsense = desk.sign(nonsense)

        async def post(path: str, headers: dict[str, str], body: bytes) -> int:
            answer = await world.public.post(path, content=body, headers=headers)
            assert answer.headers["content-type"] == "application/problem+json"
            return answer.status_code

        assert await post(path, {}, body) == 401
        assert await post(path, old, body) == 401
        assert await post(path, wrong, body) == 401
        assert await post(path, headers, body.replace(b"Hello", b"Hallo")) == 401
        assert await post(path, signed_nonsense[0], signed_nonsense[1]) == 422
        assert await post(path[:-1], headers, body) == 404
        assert await post("/hooks/generic/nonsense", headers, body) == 404
        assert await post(path.replace("generic", "zendesk"), headers, body) == 404
        assert await post(path, headers, b"x" * (1 << 20 | 1)) == 413
        foreign = desk.sign(done | {"ticket_id": "D-999", "external_conversation_id": None})
        assert await post(path, foreign[0], foreign[1]) == 422
        assert (await world.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"] == []

    async def test_given_a_desk_that_is_polled_then_all_comes_once_and_the_unreadable_is_set_aside(
        self, world: World, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await world.connect(poll_url=f"https://{HOST}/updates")
        connection_id = UUID(connector["connection_id"])
        ticket_id, packet = await world.escalate()
        external_id = desk.records[str(ticket_id)].external_id
        for i in range(5):
            desk.act(external_id, public=f"Reply {i}")
        desk.updates[2]["updated_at"] = desk.updates[1]["updated_at"]
        desk.act(external_id, public="Broken")
        desk.updates[-1]["status"] = "asleep"
        desk.act("D-1", status="solved", ticket_id="D-77", external_conversation_id=None)
        desk.act(external_id, status="solved")
        network_faults.faults.append("500")

        poll = world.escalation.poller.poll
        await poll(world.tenant_id, connection_id)
        failed = (await world.admin.get(f"/connectors/{connection_id}")).json()
        for _ in range(2):
            await poll(world.tenant_id, connection_id)
        await self.send(world, connector, desk, desk.updates[0])  # the webhook comes late

        assert failed["poll_error"] == "The desk answered 500 Internal Server Error."
        seen = (await world.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [c["body"] for c in seen] == [f"Reply {i}" for i in range(5)]
        told = await world.told(packet.session.session_id)
        assert [t["job"] for t in told] == ["message"] * 5 + ["status"]
        events = await world.admin.get(f"/connectors/{connection_id}/events", params={"outcome": "dead"})
        assert [(e["event_id"], e["via"]) for e in events.json()["items"]] == [
            ("evt-000007", "poll"),
            ("evt-000006", "poll"),
        ]
        assert (await world.admin.get(f"/connectors/{connection_id}")).json()["poll_error"] is None
        waiting = await world.scalar(
            "SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = 'connector.poll'"
            " AND args->>'tenant_id' = :tenant AND status = 'todo'"
        )
        assert waiting == 1

    async def test_given_polled_updates_that_no_table_could_hold_then_set_aside_once_each(
        self, world: World, desk: GenericDesk
    ) -> None:
        hostile = [
            {"event_id": "nul\x00", "updated_at": "2100-01-01T00:00:00Z"},
            "no object",
            {"event_id": "lone", "updated_at": "2100-01-01T00:00:00Z", "status": "\ud800"},
        ]

        async def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, text=json.dumps({"updates": hostile, "more": False}))

        world.network.desks[HOST] = answer
        connector = await world.connect(poll_url=f"https://{HOST}/updates")
        connection_id = UUID(connector["connection_id"])

        for _ in range(2):
            await world.escalation.poller.poll(world.tenant_id, connection_id)

        events = (await world.admin.get(f"/connectors/{connection_id}/events")).json()["items"]
        assert [e["outcome"] for e in events] == ["dead"] * 3
        assert (await world.admin.get(f"/connectors/{connection_id}")).json()["poll_error"] is None

    async def test_given_a_page_that_leads_nowhere_then_polling_stops_and_says_so(self, world: World) -> None:
        async def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"updates": ["nonsense"], "more": True})

        world.network.desks[HOST] = answer
        connector = await world.connect(poll_url=f"https://{HOST}/updates")

        await world.escalation.poller.poll(world.tenant_id, UUID(connector["connection_id"]))

        shown = (await world.admin.get(f"/connectors/{connector['connection_id']}")).json()
        assert "cannot be read" in shown["poll_error"]


class TestConnectors:
    async def test_given_a_connector_then_its_secret_is_sealed_and_never_shown(self, world: World) -> None:
        made = await world.connect()

        shown = (await world.admin.get(f"/connectors/{made['connection_id']}")).text
        listed = (await world.admin.get("/connectors")).text
        (row,) = await world.rows("SELECT secret FROM ticketing.connections")

        assert SECRET not in shown + listed
        assert SECRET.removeprefix("whsec_").encode() not in bytes(row["secret"])

    @pytest.mark.parametrize(
        ("url", "hint"),
        [
            ("http://desk.example.com/", "https://"),
            ("ftp://desk.example.com/", "https://"),
            ("https://127.0.0.1/", "public"),
            ("https://169.254.169.254/latest/meta-data", "public"),
            ("https://[::1]/", "public"),
            ("https://[::ffff:10.0.0.1]/", "public"),
            ("https://10.1.2.3/", "public"),
            ("https://localhost/", "public"),
            ("https://metadata.google.internal/", "public"),
            ("https://user:pw@desk.example.com/", "password"),
            ("https:///nowhere", "https://"),
            ("https://desk.example.com:99999/", "read"),
        ],
    )
    async def test_given_an_address_that_is_not_called_then_refused_with_the_reason(
        self, world: World, url: str, hint: str
    ) -> None:
        body = {"kind": "generic", "name": "X", "url": url, "secret": SECRET}

        answer = await world.admin.post("/connectors", json=body)

        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/target-refused")
        assert hint in answer.json()["detail"]

    @pytest.mark.parametrize("secret", ["", "short", "whsec_!!!", "whsec_QUJD"])
    async def test_given_a_weak_secret_then_refused(self, world: World, secret: str) -> None:
        body = {"kind": "generic", "name": "X", "url": f"https://{HOST}/", "secret": secret}

        answer = await world.admin.post("/connectors", json=body)

        assert answer.status_code == 422
        assert "secret" in answer.json()["detail"]

    async def test_given_a_connector_when_changed_and_removed_then_versions_and_names_are_kept_in_order(
        self, world: World
    ) -> None:
        made = await world.connect()
        url = f"/connectors/{made['connection_id']}"
        body = {"kind": "generic", "name": made["name"], "url": f"https://{HOST}/", "secret": SECRET}

        taken = await world.admin.post("/connectors", json=body)
        renamed = await world.admin.patch(url, json={"name": "Desk"}, headers={"If-Match": '"1"'})
        stale = await world.admin.patch(url, json={"name": "Other"}, headers={"If-Match": '"1"'})
        blind = await world.admin.patch(url, json={"name": "Other"})
        null = await world.admin.patch(url, json={"name": None}, headers={"If-Match": '"2"'})
        removed = await world.admin.delete(url)
        gone = await world.admin.get(url)
        hook = await world.public.post(made["hook_path"].removeprefix("/api/v1"))
        by_agent = await world.supervisor.get("/connectors")

        answers = (taken, renamed, stale, blind, null, removed, gone, hook, by_agent)
        assert [a.status_code for a in answers] == [409, 200, 412, 428, 422, 204, 404, 404, 403]
        (row,) = await world.rows("SELECT secret FROM ticketing.connections")
        assert row["secret"] is None
