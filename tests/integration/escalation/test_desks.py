"""Updates of desks, by webhook and when polled, and the connectors that take them."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from standardwebhooks import Webhook
from tests.integration.escalation.harness import HOST, SECRET, Harness, at_desk
from tests.unit.escalation.connectors.faults import FaultyNetwork
from tests.unit.escalation.connectors.generic_desk import GenericDesk

from caseplane.escalation.connectors.generic.connector import GenericConnector
from caseplane.escalation.connectors.protocol import DeskUnavailableError, HookEvent, TicketUpdated
from caseplane.escalation.inbound.polling import poll


class TestBothWays:
    async def send(
        self, harness: Harness, connector: dict[str, Any], desk: GenericDesk, update: Any, **more: Any
    ) -> httpx.Response:
        headers, body = desk.sign(update, **more)
        path = connector["hook_path"].removeprefix("/api/v1")
        return await harness.public.post(path, content=body, headers=headers)

    async def test_given_a_reply_and_a_solution_at_the_desk_then_the_customer_gets_both_and_no_echo_comes_back(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        ticket_id, packet = await harness.escalate()
        external_id = desk.records[str(ticket_id)].external_id
        before = len(network_faults.requests)

        done = desk.act(external_id, public="Pay by card.", internal="Careful!", status="solved")
        answer = await self.send(harness, connector, desk, done)

        assert answer.json() == {"outcome": "applied", "ticket_id": str(ticket_id)}
        received = await harness.received_by(packet.session.session_id)
        assert [t["job"] for t in received] == ["message", "status"]
        assert received[1] == {
            "job": "status",
            "session_id": str(packet.session.session_id),
            "status": "solved",
            "actor": f"desk:{connector['connection_id']}",
        }
        seen = (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [(c["body"], c["visibility"], c["author"]) for c in seen] == [
            ("Pay by card.", "public", "Kim"),
            ("Careful!", "internal", "Kim"),
        ]
        hers = (await harness.customer.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [c["body"] for c in hers] == ["Pay by card."]
        assert len(network_faults.requests) == before, "the desk got back its own update"

    async def test_given_an_html_reply_at_the_desk_then_the_customer_reads_text_with_the_links(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        html = (
            "<div><p>Hello,</p><ul><li>open <b>Billing</b></li><li>press <i>Pay</i></li></ul>"
            '<p>See <a href="https://x.example/pay">the guide</a> &amp; write again.</p></div>'
        )

        done = desk.act(desk.records[str(ticket_id)].external_id, public=html)
        await self.send(harness, connector, desk, done)

        seen = (await harness.customer.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [c["body"] for c in seen] == [
            "Hello,\n\n- open Billing\n- press Pay\n\nSee the guide (https://x.example/pay) & write again."
        ]

    async def test_given_a_reply_that_is_edited_at_the_desk_then_a_new_version_replaces_it_once(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        ticket_id, packet = await harness.escalate()
        external_id = desk.records[str(ticket_id)].external_id
        first = desk.act(external_id, public="Pay by crad.")
        await self.send(harness, connector, desk, first)
        comment = first["latest_public_comment"]

        for n, body in enumerate(["Pay by card.", "Pay by card.", "Pay by card or in cash."]):
            edited = first | {"event_id": f"evt-edit-{n}", "latest_public_comment": comment | {"body": body}}
            await self.send(harness, connector, desk, edited)

        seen = (await harness.customer.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        ids = [c["comment_id"] for c in seen]
        assert [(c["body"], c["replaces"]) for c in seen] == [
            ("Pay by crad.", None),
            ("Pay by card.", ids[0]),
            ("Pay by card or in cash.", ids[1]),
        ]
        assert len(await harness.received_by(packet.session.session_id)) == 3

    async def test_given_our_own_reply_when_the_desk_reports_it_in_other_form_then_it_is_no_edit(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        made = await harness.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Pay by card."})
        await harness.run()
        reported = desk.act(desk.records[str(ticket_id)].external_id, public="x")
        ours = reported["latest_public_comment"] | {"source_comment_id": made.json()["comment_id"]}

        for n, body in enumerate(["Pay by card.", "<p>Pay by card.</p>\n-- Acme"]):
            update = reported | {"event_id": f"evt-{n}", "latest_public_comment": ours | {"body": body}}
            await self.send(harness, connector, desk, update)

        seen = (await harness.customer.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [c["body"] for c in seen] == ["Pay by card."]

    async def test_given_two_desks_then_updates_of_one_reach_the_other(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        other = GenericDesk()
        harness.network.desks["other.example.com"] = other
        connector = await harness.connect()
        await harness.connect("other.example.com")
        ticket_id, _ = await harness.escalate()

        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello", status="pending")
        await self.send(harness, connector, desk, done)
        await harness.run()

        assert (at_desk(other, ticket_id), other.records[str(ticket_id)].status) == (["Hello"], "pending")

    async def test_given_the_same_webhook_again_then_200_and_nothing_happens(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello")

        await self.send(harness, connector, desk, done)
        repeated = await self.send(harness, connector, desk, done)
        other_id = await self.send(harness, connector, desk, done, webhook_id="msg-other")
        other_event = await self.send(
            harness, connector, desk, done | {"event_id": "evt-other"}, webhook_id=f"msg-{done['event_id']}"
        )

        assert [a.json()["outcome"] for a in (repeated, other_id, other_event)] == ["duplicate"] * 3
        seen = (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert len(seen) == 1

    async def test_given_the_same_webhook_many_times_at_once_then_it_is_applied_once(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello", status="pending")

        answers = await asyncio.gather(*(self.send(harness, connector, desk, done) for _ in range(6)))

        assert sorted(a.json()["outcome"] for a in answers) == ["applied"] + ["duplicate"] * 5
        seen = (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert len(seen) == 1

    async def test_given_a_webhook_that_is_still_read_when_it_comes_again_then_it_is_applied_once(
        self,
        harness: Harness,
        desk: GenericDesk,
        network_faults: FaultyNetwork,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello")
        read, meanwhile = GenericConnector.read, list[str]()

        async def slow(self: GenericConnector, event: HookEvent) -> Sequence[TicketUpdated]:
            if not meanwhile:
                meanwhile.append("")
                meanwhile[0] = (await again()).json()["outcome"]
            return await read(self, event)

        async def again() -> httpx.Response:
            return await self.send(harness, connector, desk, done)

        monkeypatch.setattr(GenericConnector, "read", slow)
        first = await again()

        assert (meanwhile, first.json()["outcome"]) == (["applied"], "duplicate")
        seen = (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert len(seen) == 1

    async def test_given_a_webhook_of_several_updates_then_all_are_applied_or_none(
        self,
        harness: Harness,
        desk: GenericDesk,
        network_faults: FaultyNetwork,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        external_id = desk.records[str(ticket_id)].external_id
        done = [desk.act(external_id, public=f"Reply {i}") for i in range(3)]
        lost = done[-1] | {"event_id": "evt-lost", "ticket_id": "D-999", "external_conversation_id": None}
        several: list[list[dict[str, Any]]] = [[*done, lost], done]

        async def read(self: GenericConnector, event: HookEvent) -> Sequence[TicketUpdated]:
            return [TicketUpdated.model_validate(each) for each in several[0]]

        monkeypatch.setattr(GenericConnector, "read", read)
        refused = await self.send(harness, connector, desk, done[0])
        nothing = (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        several.pop(0)
        applied = await self.send(harness, connector, desk, done[0])
        repeated = await self.send(harness, connector, desk, done[0])

        assert (refused.status_code, nothing) == (422, [])
        assert [a.json()["outcome"] for a in (applied, repeated)] == ["applied", "duplicate"]
        seen = (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [c["body"] for c in seen] == ["Reply 0", "Reply 1", "Reply 2"]

    async def test_given_a_desk_that_cannot_be_asked_what_changed_then_503_and_applied_when_sent_again(
        self,
        harness: Harness,
        desk: GenericDesk,
        network_faults: FaultyNetwork,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello")

        async def fail(self: GenericConnector, event: HookEvent) -> Sequence[TicketUpdated]:
            raise DeskUnavailableError("The desk answered 500.")

        with monkeypatch.context() as patched:
            patched.setattr(GenericConnector, "read", fail)
            failed = await self.send(harness, connector, desk, done)
        again = await self.send(harness, connector, desk, done)

        assert failed.status_code == 503
        assert again.json()["outcome"] == "applied"

    @pytest.mark.parametrize("keeps_our_id", [True, False])
    async def test_given_our_own_comment_reported_back_before_its_answer_then_it_is_no_new_one(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork, keeps_our_id: bool
    ) -> None:
        connector = await harness.connect(max_attempts=1)
        ticket_id, packet = await harness.escalate()
        network_faults.faults.append("timeout_after")
        made = await harness.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Hello"})
        await harness.run()
        echo = desk.act(desk.records[str(ticket_id)].external_id, public="Hello")
        if keeps_our_id:
            echo["latest_public_comment"]["source_comment_id"] = made.json()["comment_id"]

        answer = await self.send(harness, connector, desk, echo)

        assert answer.json()["outcome"] == "ignored"
        assert [t["job"] for t in await harness.received_by(packet.session.session_id)] == [
            "message",
            "status",
        ]

    async def test_given_an_older_update_after_a_newer_then_its_status_is_not_followed(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        external_id = desk.records[str(ticket_id)].external_id
        older = desk.act(external_id, status="pending")
        newer = desk.act(external_id, status="solved")

        await self.send(harness, connector, desk, newer)
        await self.send(harness, connector, desk, older)

        assert (await harness.agent.get(f"/tickets/{ticket_id}")).json()["status"] == "solved"

    async def test_given_unverifiable_webhooks_then_refused_and_nothing_changes(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello")
        path = connector["hook_path"].removeprefix("/api/v1")
        headers, body = desk.sign(done)
        old, _ = desk.sign(done, at=desk.clock - timedelta(hours=1))
        wrong, _ = desk.sign(done, secret="whsec_" + "QUJD" * 10)
        nonsense = {"event_id": "x"}
        signed_nonsense = desk.sign(nonsense)

        async def post(path: str, headers: dict[str, str], body: bytes) -> int:
            answer = await harness.public.post(path, content=body, headers=headers)
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
        assert (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"] == []

    async def test_given_a_desk_that_is_polled_then_all_arrives_once_and_the_unreadable_is_set_aside(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect(poll_url=f"https://{HOST}/updates")
        connection_id = UUID(connector["connection_id"])
        ticket_id, packet = await harness.escalate()
        external_id = desk.records[str(ticket_id)].external_id
        for i in range(5):
            desk.act(external_id, public=f"Reply {i}")
        desk.updates[2]["updated_at"] = desk.updates[1]["updated_at"]
        desk.act(external_id, public="Broken")
        desk.updates[-1]["status"] = "asleep"
        desk.act("D-1", status="solved", ticket_id="D-77", external_conversation_id=None)
        desk.act(external_id, status="solved")
        network_faults.faults.append("500")

        await poll(harness.escalation, harness.service, connection_id)
        failed = (await harness.admin.get(f"/connectors/{connection_id}")).json()
        for _ in range(2):
            await poll(harness.escalation, harness.service, connection_id)
        await self.send(harness, connector, desk, desk.updates[0])  # the webhook comes late

        assert failed["poll_error"] == "The desk answered 500 Internal Server Error."
        seen = (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [c["body"] for c in seen] == [f"Reply {i}" for i in range(5)]
        received = await harness.received_by(packet.session.session_id)
        assert [t["job"] for t in received] == ["message"] * 5 + ["status"]
        events = await harness.admin.get(f"/connectors/{connection_id}/events", params={"outcome": "dead"})
        assert [(e["event_id"], e["via"]) for e in events.json()["items"]] == [
            ("evt-000007", "poll"),
            ("evt-000006", "poll"),
        ]
        assert (await harness.admin.get(f"/connectors/{connection_id}")).json()["poll_error"] is None
        waiting = await harness.scalar(
            "SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = 'connector.poll'"
            " AND args->>'tenant_id' = :tenant AND status = 'todo'"
        )
        assert waiting == 1

    async def test_given_polled_updates_that_no_table_could_store_then_set_aside_once_each(
        self, harness: Harness, desk: GenericDesk
    ) -> None:
        hostile = [
            {"event_id": "nul\x00", "updated_at": "2100-01-01T00:00:00Z"},
            "no object",
            {"event_id": "lone", "updated_at": "2100-01-01T00:00:00Z", "status": "\ud800"},
        ]

        async def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, text=json.dumps({"updates": hostile, "more": False}))

        harness.network.desks[HOST] = answer
        connector = await harness.connect(poll_url=f"https://{HOST}/updates")
        connection_id = UUID(connector["connection_id"])

        for _ in range(2):
            await poll(harness.escalation, harness.service, connection_id)

        events = (await harness.admin.get(f"/connectors/{connection_id}/events")).json()["items"]
        assert [e["outcome"] for e in events] == ["dead"] * 3
        assert (await harness.admin.get(f"/connectors/{connection_id}")).json()["poll_error"] is None

    async def test_given_a_page_without_a_cursor_then_polling_stops_and_says_so(
        self, harness: Harness
    ) -> None:
        async def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"updates": ["nonsense"], "more": True})

        harness.network.desks[HOST] = answer
        connector = await harness.connect(poll_url=f"https://{HOST}/updates")

        await poll(harness.escalation, harness.service, UUID(connector["connection_id"]))

        shown = (await harness.admin.get(f"/connectors/{connector['connection_id']}")).json()
        assert "cannot be read" in shown["poll_error"]


class TestConnectors:
    async def test_given_a_connector_then_its_secret_is_sealed_and_never_shown(
        self, harness: Harness
    ) -> None:
        made = await harness.connect()

        shown = (await harness.admin.get(f"/connectors/{made['connection_id']}")).text
        listed = (await harness.admin.get("/connectors")).text
        (row,) = await harness.rows("SELECT secret FROM ticketing.connections")

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
        self, harness: Harness, url: str, hint: str
    ) -> None:
        body = {"kind": "generic", "name": "X", "url": url, "secret": SECRET}

        answer = await harness.admin.post("/connectors", json=body)

        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/target-refused")
        assert hint in answer.json()["detail"]

    @pytest.mark.parametrize("secret", ["", "short", "whsec_!!!", "whsec_QUJD"])
    async def test_given_a_weak_secret_then_refused(self, harness: Harness, secret: str) -> None:
        body = {"kind": "generic", "name": "X", "url": f"https://{HOST}/", "secret": secret}

        answer = await harness.admin.post("/connectors", json=body)

        made = await harness.connect()
        url = f"/connectors/{made['connection_id']}"
        changed = await harness.admin.patch(url, json={"secret": secret}, headers={"If-Match": '"1"'})

        assert [a.status_code for a in (answer, changed)] == [422, 422]
        assert "secret" in answer.json()["detail"]
        assert "secret" in changed.json()["detail"]

    async def test_given_another_secret_when_changed_then_webhooks_are_signed_with_that_one(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        made = await harness.connect()
        ticket_id, _ = await harness.escalate()
        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello")
        other = "whsec_" + "QUJD" * 10
        await harness.admin.patch(
            f"/connectors/{made['connection_id']}", json={"secret": other}, headers={"If-Match": '"1"'}
        )

        answers = []
        for secret in (SECRET, other):
            headers, body = desk.sign(done, secret=secret)
            path = made["hook_path"].removeprefix("/api/v1")
            answers.append(await harness.public.post(path, content=body, headers=headers))

        assert [a.status_code for a in answers] == [401, 200]

    async def test_given_a_connector_when_changed_and_removed_then_versions_and_names_are_kept_in_order(
        self, harness: Harness
    ) -> None:
        made = await harness.connect()
        url = f"/connectors/{made['connection_id']}"
        body = {"kind": "generic", "name": made["name"], "url": f"https://{HOST}/", "secret": SECRET}

        taken = await harness.admin.post("/connectors", json=body)
        renamed = await harness.admin.patch(url, json={"name": "Desk"}, headers={"If-Match": '"1"'})
        stale = await harness.admin.patch(url, json={"name": "Other"}, headers={"If-Match": '"1"'})
        blind = await harness.admin.patch(url, json={"name": "Other"})
        nonsense = await harness.admin.patch(url, json={"name": "Other"}, headers={"If-Match": "x"})
        null = await harness.admin.patch(url, json={"name": None}, headers={"If-Match": '"2"'})
        removed = await harness.admin.delete(url)
        gone = await harness.admin.get(url)
        hook = await harness.public.post(made["hook_path"].removeprefix("/api/v1"))
        by_agent = await harness.supervisor.get("/connectors")

        answers = (taken, renamed, stale, blind, nonsense, null, removed, gone, hook, by_agent)
        assert [a.status_code for a in answers] == [409, 200, 412, 428, 400, 422, 204, 404, 404, 403]
        (row,) = await harness.rows("SELECT secret FROM ticketing.connections")
        assert row["secret"] is None


class TestSecrets:
    async def test_given_a_rotated_secret_when_the_desk_uses_either_then_both_hold_until_the_overlap_ends(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        made = await harness.connect()
        url, hook = f"/connectors/{made['connection_id']}/secrets", made["hook_path"].removeprefix("/api/v1")
        ticket_id, _ = await harness.escalate()
        done = desk.act(desk.records[str(ticket_id)].external_id, public="Hello")

        async def statuses(*secrets: str) -> list[int]:
            posted = []
            for secret in secrets:
                headers, body = desk.sign(done, secret=secret)
                posted.append((await harness.public.post(hook, content=body, headers=headers)).status_code)
            return posted

        answer = await harness.admin.post(url, json={"overlap": "PT1H"})
        new = answer.json()["secret"]
        meanwhile = await statuses(SECRET, new, "whsec_" + "QUJD" * 10)
        listed = (await harness.admin.get(url)).json()
        await harness.rows(
            "UPDATE ticketing.connections SET former_secrets = jsonb_set(former_secrets, '{0,expires_at}',"
            " to_jsonb('2020-01-01T00:00:00Z'::text)) RETURNING id"
        )
        later = await statuses(SECRET, new)

        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        assert meanwhile == [200, 200, 401]
        assert [each["present"] for each in listed] == [True, False]
        assert new not in str(listed)
        assert later == [401, 200]
        assert [each["present"] for each in (await harness.admin.get(url)).json()] == [True]

    async def test_given_an_overlap_when_a_ticket_is_delivered_then_a_receiver_of_either_secret_accepts_it(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        made = await harness.connect()
        rotated = await harness.admin.post(f"/connectors/{made['connection_id']}/secrets", json={})
        first, _ = await harness.escalate()
        desk.webhook = Webhook(rotated.json()["secret"])
        second, _ = await harness.escalate()

        assert {str(first), str(second)} <= desk.records.keys()

    async def test_given_a_former_secret_when_revoked_then_it_ends_at_once_and_the_present_one_cannot_be(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        made = await harness.connect()
        url = f"/connectors/{made['connection_id']}/secrets"
        ticket_id, _ = await harness.escalate()
        await harness.admin.post(url, json={})
        present, former = (each["fingerprint"] for each in (await harness.admin.get(url)).json())

        answers = [await harness.admin.delete(f"{url}/{each}") for each in (former, former, present, "nope")]
        headers, body = desk.sign(
            desk.act(desk.records[str(ticket_id)].external_id, public="Hello"), secret=SECRET
        )
        hook = await harness.public.post(
            made["hook_path"].removeprefix("/api/v1"), content=body, headers=headers
        )

        assert [a.status_code for a in answers] == [204, 404, 409, 422]
        assert hook.status_code == 401

    async def test_given_wrong_wishes_when_rotated_then_refused_with_the_reason(
        self, harness: Harness
    ) -> None:
        made = await harness.connect()
        url = f"/connectors/{made['connection_id']}/secrets"

        same = await harness.admin.post(url, json={"secret": SECRET})
        weak = await harness.admin.post(url, json={"secret": "whsec_QUJD"})
        forever = await harness.admin.post(url, json={"overlap": "P900D"})
        by_agent = await harness.supervisor.post(url, json={})

        assert [a.status_code for a in (same, weak, forever, by_agent)] == [422, 422, 422, 403]
        assert "present one already" in same.json()["detail"]
        assert "24 bytes" in weak.json()["detail"]

    async def test_given_an_overlap_when_the_secret_is_changed_at_once_then_every_former_one_ends(
        self, harness: Harness
    ) -> None:
        made = await harness.connect()
        url = f"/connectors/{made['connection_id']}"
        await harness.admin.post(f"{url}/secrets", json={})
        await harness.admin.patch(url, json={"secret": "whsec_" + "QUJD" * 10}, headers={"If-Match": "*"})

        assert len((await harness.admin.get(f"{url}/secrets")).json()) == 1


class TestCheck:
    async def check(self, harness: Harness, connector: dict[str, Any]) -> tuple[str, str]:
        answer = await harness.admin.post(f"/connectors/{connector['connection_id']}/check")
        assert answer.status_code == 200, answer.text
        return answer.json()["status"], str(answer.json()["detail"])

    async def test_given_a_polled_desk_when_checked_then_asked_and_nothing_is_applied(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect(poll_url=f"https://{HOST}/updates")
        ticket_id, _ = await harness.escalate()
        desk.act(desk.records[str(ticket_id)].external_id, public="Not yet")

        right = await self.check(harness, connector)
        network_faults.faults.append("503")
        wrong = await self.check(harness, connector)

        assert right == ("ok", "None")
        assert wrong[0] == "failed"
        assert "503" in wrong[1]
        seen = await harness.agent.get(f"/tickets/{ticket_id}/comments")
        assert seen.json()["items"] == []

    async def test_given_a_desk_that_cannot_be_asked_then_it_says_so_and_only_admins_may(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()

        assert (await self.check(harness, connector))[0] == "not_asked"
        assert network_faults.requests == []
        refused = await harness.agent.post(f"/connectors/{connector['connection_id']}/check")
        assert refused.status_code == 403
