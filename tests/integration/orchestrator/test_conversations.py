import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from caseplane.core.auth import Principal, Role
from caseplane.core.errors import InvalidInputError, NotFoundError, PayloadTooLargeError
from caseplane.core.ids import new_id
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations import feedback, handover, lifecycle, messages, sessions
from caseplane.orchestrator.conversations.lifecycle import NothingSaidError
from caseplane.orchestrator.conversations.models import Event, Message, Session
from caseplane.orchestrator.conversations.repository import Messages, Sessions
from caseplane.orchestrator.conversations.schemas import FeedbackCreate, MessageCreate, SessionCreate

Queued = Callable[..., list[dict[str, Any]]]


async def begin(o: Orchestrator, who: Principal) -> Session:
    async with o.work(who) as work:
        return await sessions.create_session(work, SessionCreate())


async def say(o: Orchestrator, who: Principal, session: Session, text: str, **more: Any) -> Any:
    async with o.work(who) as work:
        return await messages.post_message(work, session.id, MessageCreate(content=text, **more))


async def ask_for_person(o: Orchestrator, who: Principal, session: Session) -> Event:
    async with o.work(who) as work:
        return await handover.hand_off(work, session.id, "")


async def solve(o: Orchestrator, session: Session) -> None:
    async with o.work(o.principal(session.tenant_id)) as work:
        await lifecycle.follow_ticket(work, session.id, status="solved", actor="grace")


async def confirm(o: Orchestrator, who: Principal, session: Session) -> None:
    async with o.work(who) as work:
        await lifecycle.resolve(work, session.id, "")


async def read(o: Orchestrator, session: Session) -> Session:
    async with o.work(o.principal(session.tenant_id)) as work:
        return await work.repo(Sessions).get(session.id)


async def transcript(o: Orchestrator, session: Session) -> list[Message]:
    async with o.work(o.principal(session.tenant_id)) as work:
        return await work.repo(Messages).of(session.id)


class TestCreateSession:
    async def test_given_a_bound_customer_when_another_is_named_then_refused(
        self, orchestrator: Orchestrator, customer: Principal
    ) -> None:
        with pytest.raises(InvalidInputError, match="differs"):
            async with orchestrator.work(customer) as work:
                await sessions.create_session(work, SessionCreate(customer_id="eve"))

    async def test_given_a_channel_key_when_no_customer_is_named_then_the_error_asks_for_one(
        self, orchestrator: Orchestrator, tenant_id: UUID
    ) -> None:
        channel = Principal(tenant_id=tenant_id, subject="shop", roles=frozenset({Role.customer}))

        with pytest.raises(InvalidInputError, match="customer_id"):
            await begin(orchestrator, channel)

    async def test_given_a_bound_customer_when_they_claim_groups_then_only_the_token_counts(
        self, orchestrator: Orchestrator, customer: Principal
    ) -> None:
        body = SessionCreate(entitlements=["board"])

        async with orchestrator.work(customer) as work:
            session = await sessions.create_session(work, body)

        assert session.entitlements == []


class TestPostMessage:
    async def test_given_a_message_when_posted_then_stored_verbatim_and_redacted_with_one_turn_asked_for(
        self, orchestrator: Orchestrator, customer: Principal, queued: Queued
    ) -> None:
        session = await begin(orchestrator, customer)

        await say(orchestrator, customer, session, "I am ada@example.com\tand it fails \U0001f622")

        stored = (await transcript(orchestrator, session))[0]
        assert stored.content == "I am ada@example.com\tand it fails \U0001f622"
        assert "ada@example.com" not in stored.content_redacted
        assert [job["task_name"] for job in queued()] == ["session.turn"]

    async def test_given_the_same_client_id_when_sent_twice_at_once_then_one_message(
        self, orchestrator: Orchestrator, customer: Principal
    ) -> None:
        session = await begin(orchestrator, customer)

        both = await asyncio.gather(
            *(say(orchestrator, customer, session, "Hello there", client_message_id="m-1") for _ in range(5))
        )

        assert len({message.id for _, message in both}) == 1
        assert len(await transcript(orchestrator, session)) == 1

    async def test_given_a_burst_when_posted_then_turns_wait_in_line_for_one_another(
        self, orchestrator: Orchestrator, customer: Principal, queued: Queued
    ) -> None:
        session = await begin(orchestrator, customer)

        await asyncio.gather(*(say(orchestrator, customer, session, f"part {n}") for n in range(8)))

        assert {job["lock"] for job in queued("session.turn")} == {str(session.id)}
        assert [m.seq for m in await transcript(orchestrator, session)] == list(range(1, 9))

    async def test_given_a_message_over_the_limit_when_posted_then_refused_with_the_limit(
        self, orchestrator: Orchestrator, customer: Principal
    ) -> None:
        session = await begin(orchestrator, customer)

        with pytest.raises(PayloadTooLargeError, match="20,000") as refused:
            await say(orchestrator, customer, session, "x" * 1_000_000)

        assert refused.value.members["limit"] == 20_000
        assert await transcript(orchestrator, session) == []

    @pytest.mark.parametrize("text", ["", " \n\t ", "\u200b", "\x00hello", "\ud800"])
    def test_given_blank_or_invalid_text_when_parsed_then_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="content"):
            MessageCreate(content=text)

    async def test_given_another_customers_session_when_written_to_then_it_does_not_exist(
        self, orchestrator: Orchestrator, customer: Principal
    ) -> None:
        session = await begin(orchestrator, customer)
        eve = customer.model_copy(update={"customer_id": "eve"})

        with pytest.raises(NotFoundError):
            await say(orchestrator, eve, session, "Let me in")

    async def test_given_another_tenants_agent_when_they_look_then_it_does_not_exist(
        self, orchestrator: Orchestrator, customer: Principal, make_tenant: Callable[..., UUID]
    ) -> None:
        session = await begin(orchestrator, customer)
        other = Principal(tenant_id=make_tenant(), subject="mallory", roles=frozenset({Role.admin}))

        with pytest.raises(NotFoundError):
            await ask_for_person(orchestrator, other, session)


class TestHandOff:
    async def test_given_an_open_session_when_a_person_is_asked_for_then_event_state_and_job_come_together(
        self, orchestrator: Orchestrator, customer: Principal, queued: Queued
    ) -> None:
        session = await begin(orchestrator, customer)
        await say(orchestrator, customer, session, "It burns")

        async with orchestrator.work(customer) as work:
            event = await handover.hand_off(work, session.id, "please hurry")

        now = await read(orchestrator, session)
        assert (now.status, now.escalation_reason) == ("escalated", "customer_request")
        (job,) = queued("ticket.create")
        assert job["lock"] == str(session.id)
        assert job["args"]["event_id"] == str(event.id)
        assert job["args"]["ticket_id"] == str(now.ticket_id) == event.payload["ticket_id"]

    async def test_given_an_escalated_session_when_asked_again_then_nothing_more_happens(
        self, orchestrator: Orchestrator, customer: Principal, queued: Queued
    ) -> None:
        session = await begin(orchestrator, customer)
        await say(orchestrator, customer, session, "It burns")

        first, second = [await ask_for_person(orchestrator, customer, session) for _ in range(2)]

        assert first.id == second.id
        assert len(queued("ticket.create")) == 1

    async def test_given_a_person_has_the_case_when_the_customer_writes_then_it_is_mirrored_not_answered(
        self, orchestrator: Orchestrator, customer: Principal, queued: Queued
    ) -> None:
        session = await begin(orchestrator, customer)
        await ask_for_person(orchestrator, customer, session)

        _, message = await say(orchestrator, customer, session, "One more thing")

        assert queued("session.turn") == []
        assert queued("ticket.comment")[0]["args"]["message_id"] == str(message.id)

    async def test_given_an_escalated_session_when_handed_back_then_the_assistant_may_answer_again(
        self, orchestrator: Orchestrator, customer: Principal, agent: Principal, queued: Queued
    ) -> None:
        session = await begin(orchestrator, customer)
        await ask_for_person(orchestrator, customer, session)

        async with orchestrator.work(agent) as work:
            await lifecycle.hand_back(work, session.id)
        await say(orchestrator, customer, session, "And how do I log in?")

        assert (await read(orchestrator, session)).status == "open"
        assert len(queued("session.turn")) == 1


class TestResolve:
    async def test_given_a_customer_who_waits_when_an_agent_resolves_without_a_word_then_refused(
        self, orchestrator: Orchestrator, customer: Principal, agent: Principal
    ) -> None:
        session = await begin(orchestrator, customer)
        await ask_for_person(orchestrator, customer, session)

        with pytest.raises(NothingSaidError, match="note"):
            await confirm(orchestrator, agent, session)
        async with orchestrator.work(agent) as work:
            await lifecycle.resolve(work, session.id, "Told on the phone.")

        assert (await read(orchestrator, session)).resolution == "agent"

    async def test_given_a_customer_who_waits_when_they_say_that_it_is_solved_then_no_word_is_needed(
        self, orchestrator: Orchestrator, customer: Principal
    ) -> None:
        session = await begin(orchestrator, customer)
        await ask_for_person(orchestrator, customer, session)

        await confirm(orchestrator, customer, session)

        assert (await read(orchestrator, session)).resolution == "confirmed"

    async def test_given_a_solved_ticket_when_reported_twice_then_one_resolution_and_one_lesson(
        self, orchestrator: Orchestrator, customer: Principal, queued: Queued
    ) -> None:
        session = await begin(orchestrator, customer)
        await ask_for_person(orchestrator, customer, session)

        for _ in range(2):
            await solve(orchestrator, session)

        now = await read(orchestrator, session)
        assert (now.status, now.resolution) == ("resolved", "agent")
        assert now.resolved_at is not None
        assert len(queued("session.learn")) == 1

    async def test_given_a_solved_case_when_the_customer_writes_in_time_then_it_goes_back_to_the_person(
        self, orchestrator: Orchestrator, customer: Principal, queued: Queued
    ) -> None:
        session = await begin(orchestrator, customer)
        await ask_for_person(orchestrator, customer, session)
        await solve(orchestrator, session)

        same, _ = await say(orchestrator, customer, session, "It happened again today")

        assert same.id == session.id
        assert (same.status, same.recontacts) == ("escalated", 1)
        assert len(queued("ticket.comment")) == 1

    async def test_given_a_solved_case_when_the_customer_says_thanks_then_it_stays_solved_and_a_reply_is_due(
        self, orchestrator: Orchestrator, customer: Principal, queued: Queued
    ) -> None:
        session = await begin(orchestrator, customer)
        await confirm(orchestrator, customer, session)

        same, _ = await say(orchestrator, customer, session, "Thank you!")

        assert (same.status, same.recontacts) == ("resolved", 0)
        assert len(queued("session.turn")) == 1

    async def test_given_a_case_solved_long_ago_when_the_customer_writes_then_a_linked_session_begins(
        self, orchestrator: Orchestrator, customer: Principal
    ) -> None:
        past = replace(
            orchestrator, settings=orchestrator.settings.model_copy(update={"reopen_window": timedelta(0)})
        )
        session = await begin(orchestrator, customer)
        await confirm(orchestrator, customer, session)

        fresh, message = await say(past, customer, session, "A new problem with exports")

        assert fresh.id != session.id
        assert fresh.previous_session_id == session.id
        assert message.session_id == fresh.id
        assert (await read(orchestrator, session)).status == "resolved"


class TestAgentMessage:
    async def test_given_a_comment_when_mirrored_twice_then_one_message(
        self, orchestrator: Orchestrator, customer: Principal
    ) -> None:
        session = await begin(orchestrator, customer)
        await ask_for_person(orchestrator, customer, session)
        comment = str(new_id())

        for _ in range(2):
            async with orchestrator.work(orchestrator.principal(session.tenant_id)) as work:
                await messages.add_agent_message(
                    work, session.id, content="Try again now.", source_id=comment, author="grace"
                )

        said = [m for m in await transcript(orchestrator, session) if m.role == "agent"]
        assert [m.content for m in said] == ["Try again now."]


class TestFeedback:
    async def test_given_empty_feedback_when_given_then_the_missing_field_is_named(
        self, orchestrator: Orchestrator, customer: Principal
    ) -> None:
        session = await begin(orchestrator, customer)

        with pytest.raises(InvalidInputError, match="rating"):
            async with orchestrator.work(customer) as work:
                await feedback.give_feedback(work, session.id, FeedbackCreate())

    async def test_given_a_message_of_another_session_when_rated_then_not_found(
        self, orchestrator: Orchestrator, customer: Principal
    ) -> None:
        mine, other = await begin(orchestrator, customer), await begin(orchestrator, customer)
        _, message = await say(orchestrator, customer, other, "Hello again")
        body = FeedbackCreate(message_id=message.id, rating=1)

        with pytest.raises(NotFoundError):
            async with orchestrator.work(customer) as work:
                await feedback.give_feedback(work, mine.id, body)
