"""Tickets over HTTP and by the jobs of a conversation, on a real database."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.integration.escalation.harness import Harness
from tests.unit.escalation.samples import make_packet

from caseplane.core.auth import Role
from caseplane.core.errors import RemoteProblemError
from caseplane.core.ids import new_id
from caseplane.escalation.schemas import TicketStatus
from caseplane.escalation.tickets.commenting import comment_on
from caseplane.escalation.tickets.schemas import CommentCreate


async def make_ticket(harness: Harness, **fields: Any) -> dict[str, Any]:
    body = {"subject": "Wrong address", "requester_id": "c-1", **fields}
    answer = await harness.agent.post("/tickets", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


EXPLAINED = {"resolution_summary": "Explained."}


class TestOrder:
    async def test_given_a_transaction_that_waited_when_it_comments_then_it_comes_after_earlier_comments(
        self, harness: Harness
    ) -> None:
        ticket_id = UUID((await make_ticket(harness))["ticket_id"])
        escalation = harness.escalation

        async with escalation.work(harness.service) as waiting:
            async with escalation.work(harness.service) as quick:
                await comment_on(quick, ticket_id, CommentCreate(body="First", visibility="internal"))
            await comment_on(waiting, ticket_id, CommentCreate(body="Second", visibility="internal"))

        listed = (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [each["body"] for each in listed] == ["First", "Second"]


class TestHandoff:
    async def test_given_an_escalation_when_taken_over_then_the_ticket_has_the_complete_packet(
        self, harness: Harness
    ) -> None:
        ticket_id, packet = await harness.escalate(question="Can I pay with shells?")

        seen = (await harness.agent.get(f"/tickets/{ticket_id}/context")).json()

        assert seen["ticket"]["ticket_id"] == str(ticket_id)
        assert seen["ticket"]["status"] == "new"
        assert seen["ticket"]["ai_escalation_reason"] == "no_evidence"
        assert seen["ticket"]["ai_confidence"] == 0.12
        assert seen["ticket"]["external_conversation_id"] == str(packet.session.session_id)
        assert "Can I pay with shells?" in seen["ticket"]["description"]
        assert seen["packet"] == packet.model_dump(mode="json")

    async def test_given_the_same_packet_again_and_at_once_then_there_is_one_ticket_with_one_number(
        self, harness: Harness
    ) -> None:
        ticket_id, packet = new_id(), make_packet()

        take_over = harness.orchestrator.take_over
        await asyncio.gather(*(take_over(harness.service, ticket_id, packet) for _ in range(6)))
        await take_over(harness.service, ticket_id, packet)

        listed = (await harness.agent.get("/tickets")).json()["items"]
        assert [t["ticket_id"] for t in listed] == [str(ticket_id)]
        assert (listed[0]["number"], listed[0]["version"]) == (1, 1)

    async def test_given_a_message_and_a_summary_again_and_at_once_then_each_is_put_on_the_ticket_once(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate()
        message, case = await harness.follow_up(ticket_id, "Hello?"), await harness.conclude(ticket_id)
        before = (await harness.agent.get(f"/tickets/{ticket_id}")).json()
        late = message.model_copy(update={"message_id": new_id()})

        client, who = harness.orchestrator, harness.service
        await asyncio.gather(
            *(client.follow_up(who, ticket_id, late) for _ in range(6)),
            *(client.follow_up(who, ticket_id, message) for _ in range(6)),
            *(client.keep_summary(who, ticket_id, case) for _ in range(6)),
        )

        comments = (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [c["source_message_id"] for c in comments] == [str(message.message_id), str(late.message_id)]
        after = (await harness.agent.get(f"/tickets/{ticket_id}")).json()
        assert after["version"] == before["version"] + 1

    async def test_given_callers_that_are_no_service_when_they_hand_over_then_forbidden(
        self, harness: Harness
    ) -> None:
        answer = await harness.agent.put(
            f"/internal/tickets/{new_id()}", json=make_packet().model_dump(mode="json")
        )

        assert answer.status_code == 403

    async def test_given_no_ticket_when_a_message_comes_then_404_and_the_job_is_tried_again(
        self, harness: Harness
    ) -> None:
        with pytest.raises(RemoteProblemError, match="There is no ticket"):
            await harness.follow_up(new_id(), "Hello?")

    async def test_given_the_conversation_comes_back_then_the_ticket_is_opened_with_the_new_packet(
        self, harness: Harness
    ) -> None:
        ticket_id, packet = await harness.escalate()
        await harness.agent.put(f"/tickets/{ticket_id}/resolve", json=EXPLAINED)
        again = make_packet(session_id=packet.session.session_id, code="low_confidence")

        await harness.orchestrator.take_over(harness.service, ticket_id, again)

        seen = (await harness.agent.get(f"/tickets/{ticket_id}/context")).json()
        assert (seen["ticket"]["status"], seen["ticket"]["ai_escalation_reason"]) == (
            "open",
            "low_confidence",
        )
        assert seen["packet"]["event_id"] == str(again.event_id)

    async def test_given_a_follow_up_when_mirrored_twice_then_one_comment_and_the_solved_ticket_reopens(
        self, harness: Harness
    ) -> None:
        ticket_id, packet = await harness.escalate()
        await harness.agent.put(f"/tickets/{ticket_id}/resolve", json=EXPLAINED)
        message = await harness.follow_up(ticket_id, "It still does not work.")

        await harness.orchestrator.follow_up(harness.service, ticket_id, message)

        comments = (await harness.agent.get(f"/tickets/{ticket_id}/comments")).json()["items"]
        assert [(c["author_type"], c["body"]) for c in comments] == [("customer", "It still does not work.")]
        assert (await harness.agent.get(f"/tickets/{ticket_id}")).json()["status"] == "open"
        received = await harness.received_by(packet.session.session_id)
        assert [(t["status"], t["actor"]) for t in received] == [
            ("solved", "agent-1"),
            ("open", "customer"),
        ]

    async def test_given_a_deleted_ticket_when_the_customer_writes_again_then_it_is_back(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate()
        await harness.agent.put(f"/tickets/{ticket_id}/resolve", json=EXPLAINED)
        await harness.supervisor.delete(f"/tickets/{ticket_id}")

        await harness.follow_up(ticket_id, "Is anybody there?")

        (listed,) = (await harness.agent.get("/tickets")).json()["items"]
        assert (listed["ticket_id"], listed["status"]) == (str(ticket_id), "open")

    async def test_given_a_case_summary_when_kept_then_tags_and_references_are_joined(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate()
        await harness.agent.put(
            f"/tickets/{ticket_id}/resolve", json={"resolution_summary": "Customer pays by card."}
        )

        await harness.conclude(ticket_id)

        ticket = (await harness.agent.get(f"/tickets/{ticket_id}")).json()
        assert ticket["resolution_summary"] == "Customer pays by card."
        assert ticket["tags"] == ["billing", "payment"]
        assert ticket["resolution_references"] == [{"title": "Payment", "uri": "kb://billing/payment"}]


class TestReplies:
    async def test_given_an_agents_comments_then_the_conversation_gets_the_public_one_only(
        self, harness: Harness
    ) -> None:
        ticket_id, packet = await harness.escalate()

        await harness.agent.post(
            f"/tickets/{ticket_id}/comments", json={"body": "A note", "visibility": "internal"}
        )
        public = await harness.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Hello"})

        received = await harness.received_by(packet.session.session_id)
        assert [t["job"] for t in received] == ["message", "status"]
        assert received[0]["comment_id"] == public.json()["comment_id"]
        assert received[1]["status"] == "open"

    async def test_given_a_repeated_source_message_then_it_is_the_same_comment(
        self, harness: Harness
    ) -> None:
        ticket = await make_ticket(harness)
        body = {"body": "Hello", "source_message_id": str(new_id())}

        first = await harness.agent.post(f"/tickets/{ticket['ticket_id']}/comments", json=body)
        second = await harness.agent.post(f"/tickets/{ticket['ticket_id']}/comments", json=body)

        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()

    async def test_given_resolve_with_a_last_comment_when_repeated_then_sent_once_and_before_the_end(
        self, harness: Harness
    ) -> None:
        ticket_id, packet = await harness.escalate()
        body = {"resolution_summary": "Done.", "comment": "Goodbye!"}

        first = await harness.agent.put(f"/tickets/{ticket_id}/resolve", json=body)
        second = await harness.agent.put(f"/tickets/{ticket_id}/resolve", json=body)

        assert first.json() == second.json()
        assert [t["job"] for t in await harness.received_by(packet.session.session_id)] == [
            "message",
            "status",
        ]


class TestVisibility:
    async def test_given_a_customer_then_they_see_their_ticket_and_public_comments_only(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate(customer_id="c-1")
        secret = await harness.agent.post(
            f"/tickets/{ticket_id}/comments", json={"body": "Careful!", "visibility": "internal"}
        )
        await harness.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Hello"})

        ticket = await harness.customer.get(f"/tickets/{ticket_id}")
        comments = await harness.customer.get(f"/tickets/{ticket_id}/comments")
        hidden = await harness.customer.get(f"/tickets/{ticket_id}/comments/{secret.json()['comment_id']}")
        context = await harness.customer.get(f"/tickets/{ticket_id}/context")

        assert set(ticket.json()) == {
            "view", "ticket_id", "number", "external_conversation_id", "subject", "status", "created_at",
            "updated_at", "solved_at",
        }  # fmt: skip
        assert [c["body"] for c in comments.json()["items"]] == ["Hello"]
        assert (hidden.status_code, context.status_code) == (404, 403)

    async def test_given_another_customer_or_tenant_then_the_ticket_does_not_exist(
        self, harness: Harness, make_tenant: Any
    ) -> None:
        ticket_id, _ = await harness.escalate(customer_id="c-1")
        foreign = harness.client(Role.admin, tenant=make_tenant())

        for client in (harness.stranger, foreign):
            assert (await client.get(f"/tickets/{ticket_id}")).status_code == 404
            assert (await client.get(f"/tickets/{ticket_id}/comments")).status_code == 404
            assert (await client.get("/tickets")).json()["items"] == []
        assert (await foreign.put(f"/tickets/{ticket_id}/resolve", json={})).status_code == 404

    async def test_given_a_customer_when_listing_another_ones_tickets_then_they_get_their_own(
        self, harness: Harness
    ) -> None:
        mine, _ = await harness.escalate(customer_id="c-1")
        await harness.escalate(customer_id="c-2")

        listed = await harness.customer.get("/tickets", params={"requester_id": "c-2"})

        assert [t["ticket_id"] for t in listed.json()["items"]] == [str(mine)]


class TestChanges:
    async def test_given_the_version_that_was_read_when_patched_then_changed_and_the_etag_moves(
        self, harness: Harness
    ) -> None:
        ticket = await make_ticket(harness)
        url = f"/tickets/{ticket['ticket_id']}"
        tag = (await harness.agent.get(url)).headers["etag"]

        changed = await harness.agent.patch(
            url, json={"priority": "high", "tags": ["a", "a", "b"]}, headers={"If-Match": tag}
        )
        stale = await harness.agent.patch(url, json={"priority": "low"}, headers={"If-Match": tag})

        assert (changed.json()["priority"], changed.json()["tags"]) == ("high", ["a", "b"])
        assert changed.headers["etag"] == '"2"'
        assert (stale.status_code, stale.json()["version"]) == (412, 2)

    async def test_given_no_or_a_invalid_if_match_when_patched_then_refused_with_what_to_send(
        self, harness: Harness
    ) -> None:
        ticket = await make_ticket(harness)
        url = f"/tickets/{ticket['ticket_id']}"

        missing = await harness.agent.patch(url, json={"priority": "low"})
        senseless = await harness.agent.patch(url, json={"priority": "low"}, headers={"If-Match": "x"})
        empty = await harness.agent.patch(url, json={}, headers={"If-Match": '"1"'})

        assert [a.status_code for a in (missing, senseless, empty)] == [428, 400, 422]

    async def test_given_an_agent_then_they_take_tickets_but_assign_none_to_others(
        self, harness: Harness
    ) -> None:
        ticket = await make_ticket(harness)
        url = f"/tickets/{ticket['ticket_id']}"

        other = await harness.agent.patch(url, json={"assigned_to": "agent-2"}, headers={"If-Match": "1"})
        mine = await harness.agent.patch(url, json={"assigned_to": "agent-1"}, headers={"If-Match": "1"})
        moved = await harness.supervisor.patch(
            url, json={"assigned_to": "agent-2"}, headers={"If-Match": "2"}
        )
        back = await harness.agent.patch(url, json={"assigned_to": "agent-1"}, headers={"If-Match": "3"})

        assert [a.status_code for a in (other, mine, moved, back)] == [403, 200, 200, 403]

    async def test_given_a_closed_ticket_when_changed_then_it_must_be_reopened_first(
        self, harness: Harness
    ) -> None:
        ticket = await make_ticket(harness)
        url = f"/tickets/{ticket['ticket_id']}"
        await harness.agent.put(f"{url}/resolve", json={"status": "closed"})

        changed = await harness.agent.patch(url, json={"priority": "low"}, headers={"If-Match": "2"})
        comment = await harness.agent.post(f"{url}/comments", json={"body": "One more thing"})
        opened = await harness.agent.patch(url, json={"status": "open"}, headers={"If-Match": "2"})

        assert [a.status_code for a in (changed, comment, opened)] == [409, 409, 200]
        assert opened.json()["solved_at"] is None

    async def test_given_a_ticket_that_is_done_when_deleted_then_gone_for_everyone(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate()
        url = f"/tickets/{ticket_id}"

        early = await harness.supervisor.delete(url)
        await harness.agent.put(f"{url}/resolve", json=EXPLAINED)
        by_agent = await harness.agent.delete(url)
        done = await harness.supervisor.delete(url)

        assert [a.status_code for a in (early, by_agent, done)] == [409, 403, 204]
        assert (await harness.agent.get(url)).status_code == 404
        assert (await harness.agent.get("/tickets")).json()["items"] == []

    async def test_given_many_created_at_once_then_numbers_are_one_after_another(
        self, harness: Harness
    ) -> None:
        made = await asyncio.gather(*(make_ticket(harness, subject=f"No. {i}") for i in range(12)))

        assert sorted(t["number"] for t in made) == list(range(1, 13))


class TestListing:
    async def test_given_filters_then_only_what_fits_is_listed(self, harness: Harness) -> None:
        one = await make_ticket(harness, tags=["billing"], priority="high")
        two = await make_ticket(harness, requester_id="c-2", team="ops")
        await make_ticket(harness)
        await harness.agent.put(f"/tickets/{two['ticket_id']}/resolve", json={})

        async def ids(**params: Any) -> list[str]:
            answer = await harness.agent.get("/tickets", params=params)
            return [t["ticket_id"] for t in answer.json()["items"]]

        assert await ids(tag="billing") == [one["ticket_id"]]
        assert await ids(priority="high") == [one["ticket_id"]]
        assert await ids(requester_id="c-2") == [two["ticket_id"]]
        assert await ids(team="ops") == [two["ticket_id"]]
        assert await ids(status=["solved", "closed"]) == [two["ticket_id"]]
        assert len(await ids(status=["new", "solved"])) == 3
        assert await ids(session_id=str(uuid4())) == []

    async def test_given_words_or_a_wish_for_the_oldest_then_tickets_are_found_and_paged_so(
        self, harness: Harness
    ) -> None:
        wrong = await make_ticket(harness, subject="100% wrong_address")
        other = await make_ticket(harness, subject="A parcel", requester_id="Ada@example.com")
        last = await make_ticket(harness, subject="Nothing else")
        given = {"assigned_to": "agent-7"}
        moved = await harness.supervisor.patch(
            f"/tickets/{wrong['ticket_id']}", json=given, headers={"If-Match": "*"}
        )
        assert moved.status_code == 200, moved.text

        async def ids(**params: Any) -> list[str]:
            answer = await harness.agent.get("/tickets", params={"order": "oldest", **params})
            return [t["ticket_id"] for t in answer.json()["items"]]

        first = (await harness.agent.get("/tickets", params={"order": "oldest", "limit": 2})).json()
        assert [t["ticket_id"] for t in first["items"]] == [wrong["ticket_id"], other["ticket_id"]]
        assert await ids(cursor=first["next"]) == [last["ticket_id"]]
        assert await ids(words="WRONG_") == await ids(words="100%") == [wrong["ticket_id"]]
        assert await ids(words="ada@") == [other["ticket_id"]]
        assert await ids(words="%parcel") == []
        assert await ids(assigned="true") == [wrong["ticket_id"]]
        assert await ids(assigned="false") == [other["ticket_id"], last["ticket_id"]]

    async def test_given_pages_while_tickets_change_and_come_then_none_is_missed_or_repeated(
        self, harness: Harness
    ) -> None:
        made = [await make_ticket(harness) for _ in range(7)]

        seen: list[str] = []
        cursor: str | None = None
        while True:
            params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await harness.agent.get("/tickets", params=params)).json()
            seen += [t["ticket_id"] for t in page["items"]]
            await harness.agent.put(f"/tickets/{made[0]['ticket_id']}/resolve", json={})
            await make_ticket(harness)
            cursor = page["next"]
            if cursor is None:
                break

        assert seen == [t["ticket_id"] for t in reversed(made)]

    async def test_given_invalid_input_then_a_precise_problem(self, harness: Harness) -> None:
        ticket = await make_ticket(harness)
        url = f"/tickets/{ticket['ticket_id']}/comments"

        answers = [
            await harness.agent.get("/tickets", params={"cursor": "nonsense"}),
            await harness.agent.get("/tickets", params={"status": "asleep"}),
            await harness.agent.get("/tickets/not-an-id"),
            await harness.agent.get("/tickets", params={"tag": "a\x00"}),
            await harness.agent.get("/customers/a%00/context"),
            await harness.agent.post(url, json={"body": ""}),
            await harness.agent.post(url, json={"body": "a\x00b"}),
            await harness.agent.post(url, json={"body": "x" * 100_001}),
            await harness.agent.post(
                url, content=b'{"body": "\\ud800"}', headers={"Content-Type": "application/json"}
            ),
            await harness.agent.post(url, json={"body": "x", "visibility": "secret"}),
            await harness.agent.post(url, json={"body": "x", "mood": "bad"}),
        ]

        assert [a.status_code for a in answers] == [422] * len(answers)
        assert all(a.headers["content-type"] == "application/problem+json" for a in answers)
        assert all(a.json()["detail"] for a in answers)


class TestWordsToTheCustomer:
    async def test_given_nobody_replied_when_solved_then_refused_with_what_to_send(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate()
        url = f"/tickets/{ticket_id}"

        resolved = await harness.agent.put(f"{url}/resolve", json={})
        patched = await harness.agent.patch(url, json={"status": "solved"}, headers={"If-Match": "1"})

        assert [a.status_code for a in (resolved, patched)] == [409, 409]
        assert resolved.json()["type"].endswith("nothing-said")
        assert "`comment`" in resolved.json()["detail"]
        assert "spam" in resolved.json()["detail"]
        assert (await harness.agent.get(url)).json()["status"] == "new"

    async def test_given_a_reply_with_the_status_when_patched_then_the_customer_reads_it_and_it_is_solved(
        self, harness: Harness
    ) -> None:
        ticket_id, packet = await harness.escalate()
        url = f"/tickets/{ticket_id}"

        solved = await harness.agent.patch(
            url, json={"status": "solved", "comment": "Pay by card."}, headers={"If-Match": "1"}
        )

        received = await harness.received_by(packet.session.session_id)
        said = (await harness.customer.get(f"{url}/comments")).json()["items"]
        assert solved.json()["status"] == "solved"
        assert [each["job"] for each in received] == ["message", "status"]
        assert [comment["body"] for comment in said] == ["Pay by card."]

    async def test_given_a_stale_version_when_patched_with_a_reply_then_neither_happens(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate()
        url = f"/tickets/{ticket_id}"

        stale = await harness.agent.patch(
            url, json={"status": "solved", "comment": "Pay by card."}, headers={"If-Match": "7"}
        )

        assert stale.status_code == 412
        assert (await harness.customer.get(f"{url}/comments")).json()["items"] == []

    async def test_given_a_stated_reason_when_closed_then_done_without_a_word_and_noted_for_agents(
        self, harness: Harness
    ) -> None:
        ticket_id, packet = await harness.escalate()
        url = f"/tickets/{ticket_id}"

        closed = await harness.agent.put(f"{url}/resolve", json={"status": "closed", "without_reply": "spam"})

        noted = (await harness.agent.get(f"{url}/comments")).json()["items"]
        assert closed.json()["status"] == "closed"
        assert [(c["visibility"], c["body"]) for c in noted] == [("internal", "Done without a reply: spam.")]
        assert [r["job"] for r in await harness.received_by(packet.session.session_id)] == ["status"]

    async def test_given_a_public_reply_before_when_solved_without_more_then_accepted(
        self, harness: Harness
    ) -> None:
        ticket_id, _ = await harness.escalate()
        await harness.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Pay by card."})

        solved = await harness.agent.put(f"/tickets/{ticket_id}/resolve", json={})

        assert solved.json()["status"] == "solved"


class TestMerging:
    async def test_given_two_tickets_of_a_customer_when_merged_then_one_serves_both_conversations(
        self, harness: Harness
    ) -> None:
        first, one = await harness.escalate(question="Where is my order?")
        second, two = await harness.escalate(question="Where is it??")
        await harness.agent.post(
            f"/tickets/{first}/comments", json={"body": "A note", "visibility": "internal"}
        )

        merged = await harness.agent.post(f"/tickets/{first}/merge", json={"into": str(second)})
        await harness.agent.post(f"/tickets/{second}/comments", json={"body": "On its way."})
        await harness.follow_up(first, "Thanks!")
        await harness.run()

        assert merged.json()["ticket_id"] == str(second)
        gone = (await harness.agent.get(f"/tickets/{first}")).json()
        assert (gone["status"], gone["merged_into"]) == ("closed", str(second))
        for packet in (one, two):
            received = await harness.received_by(packet.session.session_id)
            assert [t["job"] for t in received] == ["message", "status"]
            assert received[-1]["status"] == "open"
        said = (await harness.agent.get(f"/tickets/{second}/comments")).json()["items"]
        assert [c["body"] for c in said if c["author_type"] != "system"] == [
            "A note", "On its way.", "Thanks!",
        ]  # fmt: skip

    async def test_given_tickets_that_cannot_be_one_when_merged_then_refused(self, harness: Harness) -> None:
        mine = await make_ticket(harness, requester_id="c-1")
        theirs = await make_ticket(harness, requester_id="c-2")

        async def merge(a: dict[str, Any], into: str) -> int:
            answer = await harness.agent.post(f"/tickets/{a['ticket_id']}/merge", json={"into": into})
            return answer.status_code

        assert await merge(mine, theirs["ticket_id"]) == 409
        assert await merge(mine, mine["ticket_id"]) == 409
        assert await merge(mine, str(new_id())) == 404

    async def test_given_a_merge_when_undone_then_each_ticket_has_its_own_again(
        self, harness: Harness
    ) -> None:
        first, packet = await harness.escalate()
        second = (await make_ticket(harness, requester_id=packet.customer.customer_id, tags=["kept"]))[
            "ticket_id"
        ]
        await harness.agent.post(
            f"/tickets/{first}/comments", json={"body": "Mine", "visibility": "internal"}
        )
        inner = await make_ticket(harness, requester_id=packet.customer.customer_id, tags=["inner", "kept"])
        await harness.agent.post(f"/tickets/{inner['ticket_id']}/merge", json={"into": str(first)})
        before = (await harness.agent.get(f"/tickets/{first}")).json()
        await harness.agent.post(f"/tickets/{first}/merge", json={"into": second})

        parted = [await harness.agent.post(f"/tickets/{first}/part") for _ in range(2)]
        after, other, moved = [
            (await harness.agent.get(f"/tickets/{ticket}")).json()
            for ticket in (first, second, inner["ticket_id"])
        ]
        notes = (await harness.agent.get(f"/tickets/{first}/comments")).json()["items"]

        assert [answer.status_code for answer in parted] == [200, 200]
        same = ("status", "tags", "merged_into", "solved_at", "subject")
        assert {k: after[k] for k in same} == {k: before[k] for k in same}
        assert (other["tags"], moved["merged_into"]) == (["kept"], str(first))
        assert "Mine" in [note["body"] for note in notes]

    async def test_given_a_chain_of_merges_then_the_last_one_serves_all(self, harness: Harness) -> None:
        a, one = await harness.escalate()
        b, two = await harness.escalate()
        c, three = await harness.escalate()

        await harness.agent.post(f"/tickets/{a}/merge", json={"into": str(b)})
        await harness.agent.post(f"/tickets/{b}/merge", json={"into": str(c)})
        await harness.agent.put(f"/tickets/{c}/resolve", json=EXPLAINED)

        for packet in (one, two, three):
            received = await harness.received_by(packet.session.session_id)
            assert [t.get("status") for t in received] == ["solved"]


class TestCustomerContext:
    async def test_given_a_customers_tickets_then_their_history_is_summarised(self, harness: Harness) -> None:
        ticket_id, _ = await harness.escalate(customer_id="c-1")
        await make_ticket(harness, requester_id="c-1", tags=["billing", "address"])
        await harness.agent.put(f"/tickets/{ticket_id}/resolve", json={"comment": "Done"})

        seen = (await harness.agent.get("/customers/c-1/context")).json()
        unknown = await harness.agent.get("/customers/c-9/context")

        assert seen["tickets_by_status"] == {TicketStatus.new: 1, TicketStatus.solved: 1}
        assert seen["escalations_by_reason"] == {"no_evidence": 1}
        assert seen["frequent_tags"] == {"billing": 2, "address": 1}
        assert [c["body"] for c in seen["recent_comments"]] == ["Done"]
        assert len(seen["recent_tickets"]) == 2
        assert unknown.status_code == 404
