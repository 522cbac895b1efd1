"""Short messages, small talk and what a tenant may change of it, with a fake index."""

import itertools
import json
import random
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from tests.integration.orchestrator.conftest import ROTATE, FakeRetrieval, Talk

from caseplane.core.auth import Principal
from caseplane.orchestrator.conversations import lifecycle, messages
from caseplane.orchestrator.conversations.models import Message
from caseplane.orchestrator.handoffs import packets

Configure = Callable[..., None]
ASK = "How do I rotate an API key?"


@pytest.fixture
def configure(postgres_url: str, talk: Talk) -> Configure:
    """Sets the tenant's section `conversation`."""

    def write(**settings: Any) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                "UPDATE platform.tenants SET settings = %s WHERE id = %s",
                (json.dumps({"conversation": settings}), talk.who.tenant),
            )

    return write


async def outcome(talk: Talk) -> str:
    turns = await talk.events("turn")
    return str(turns[-1].payload["outcome"])


async def hand_back(talk: Talk, agent: Principal) -> None:
    async with talk.o.work(agent) as work:
        await lifecycle.hand_back(work, talk.session.id)


class TestSmallTalk:
    async def test_given_a_greeting_when_sent_then_greeted_without_a_search_or_a_ticket(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        said = await talk.ask("hi")

        assert said.content.startswith("Hello")
        assert retrieval.asked == []
        assert (await talk.now()).status == "open"

    async def test_given_an_answer_when_acknowledged_then_it_stays_answered(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        retrieval.add("Rotating API keys", ROTATE)
        answer = await talk.ask(ASK)

        said = await talk.ask("ok")

        assert said.content != answer.content
        assert (await talk.now()).answered

    async def test_given_a_clarifying_question_when_acknowledged_then_asked_again_and_no_ticket(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        retrieval.add("Keys of the webhook endpoint", "Webhook keys sign deliveries.", vector=0.61)
        retrieval.add("Keys of the API", "API keys authenticate requests.", vector=0.60)
        first = await talk.ask("keys")
        assert first.meta["kind"] == "clarification"

        second = await talk.ask("ok")
        third = await talk.ask("ok")

        assert len({first.content, second.content, third.content}) == 3
        assert (await talk.now()).status == "open"

    async def test_given_two_failures_when_sent_then_the_person_gets_what_was_tried(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        retrieval.add("Rotating API keys", ROTATE)
        await talk.ask(ASK)

        await talk.ask("That did not work")
        (event,) = await talk.events("escalation")
        (packet_search,) = [e for e in await talk.events("retrieval") if e.seq < event.seq][-1:]
        packet = packets.build_packet(await talk.now(), await talk.messages(), event, packet_search)

        assert packet.reason.code == "unhelpful_answer"
        (attempt,) = packet.attempts
        assert (attempt.question, attempt.outcome) == (ASK, "did_not_help")
        assert "revoke the old key" in attempt.answer

    async def test_given_a_failure_when_another_section_answers_then_it_is_given_once_without_the_first(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        retrieval.add("Rotating API keys", "To rotate an API key, create a new key and revoke the old key.")
        retrieval.add(
            "Rotating by command", "To rotate an API key, run the command `keys rotate`.", vector=0.7
        )
        first = await talk.ask(ASK)
        shown = {c["chunk_id"] for c in first.citations}

        second = await talk.ask("I already tried that")

        assert not shown & {c["chunk_id"] for c in second.citations}
        assert second.citations or second.meta["kind"] == "handoff"


class TestPerson:
    async def test_given_a_person_has_the_case_when_a_question_comes_then_acknowledged_once(
        self, talk: Talk
    ) -> None:
        await talk.ask_for_person()

        await talk.say("How do I export my data?")
        first = await outcome(talk)
        await talk.say("How do I import my data?")

        assert (first, await outcome(talk)) == ("acknowledged", "mirrored")

    async def test_given_a_customer_who_waits_when_they_ask_who_writes_then_they_are_told(
        self, talk: Talk
    ) -> None:
        await talk.say("My invoice is wrong")
        await talk.ask_for_person()

        await talk.say("Are you a robot?")

        assert (await talk.messages())[-1].meta["notice"] == "about_assistant"

    async def test_given_thanks_of_several_languages_when_said_then_replied_in_that_of_the_conversation(
        self, talk: Talk
    ) -> None:
        await talk.ask("Bonjour")

        said = await talk.ask("merci")

        assert "Écrivez" in said.content or "plaisir" in said.content

    async def test_given_the_tenants_wish_when_a_person_has_the_case_then_new_questions_are_answered_beside_them(
        self, talk: Talk, retrieval: FakeRetrieval, configure: Configure
    ) -> None:
        configure(answer_beside_person=True, assistant_name="Robin")
        retrieval.add("Rotating API keys", ROTATE)
        await talk.ask_for_person()

        said = await talk.ask(ASK)

        assert said.content.startswith("Robin answers automatically")
        assert "revoke the old key" in said.content
        assert (await talk.now()).status == "escalated"

    async def test_given_a_question_asked_beside_when_handed_back_then_the_assistant_answers_it(
        self, talk: Talk, retrieval: FakeRetrieval, agent: Principal
    ) -> None:
        retrieval.add("Rotating API keys", ROTATE)
        await talk.say("My invoice is wrong")
        await talk.ask_for_person()
        await talk.say(ASK)

        await hand_back(talk, agent)
        await talk.turn()

        assert "revoke the old key" in (await talk.messages())[-1].content

    async def test_given_nothing_open_when_handed_back_then_the_customer_hears_it(
        self, talk: Talk, agent: Principal
    ) -> None:
        await talk.ask_for_person()

        await hand_back(talk, agent)

        assert (await talk.messages())[-1].meta["notice"] == "handed_back"

    async def test_given_a_case_that_an_agent_solved_when_another_matter_comes_then_a_linked_session_answers(
        self, talk: Talk, retrieval: FakeRetrieval, agent: Principal
    ) -> None:
        retrieval.add("Rotating API keys", ROTATE)
        await talk.say("My invoice is wrong")
        await talk.ask_for_person()
        await talk.resolve(agent, "The invoice was corrected.")

        message = await talk.say(ASK)

        assert message.session_id != talk.session.id
        talk.session.id = message.session_id
        now = await talk.now()
        assert (now.status, now.ticket_id) == ("open", None)
        assert now.previous_session_id is not None


class TestTenantsTexts:
    async def test_given_own_words_when_greeted_then_they_are_said_in_the_language_that_they_have(
        self, talk: Talk, configure: Configure
    ) -> None:
        configure(
            assistant_name="Robin",
            texts={"greeting": {"en": "Welcome to Acme! I am {assistant}.", "de": "Willkommen bei Acme!"}},
        )

        said = await talk.ask("hallo")
        again = await talk.ask("hi")

        assert said.content == "Willkommen bei Acme!"
        assert again.content != said.content

    async def test_given_a_greeting_first_when_a_question_comes_first_then_it_is_before_the_answer(
        self, talk: Talk, retrieval: FakeRetrieval, configure: Configure
    ) -> None:
        configure(greet="first_reply")
        retrieval.add("Rotating API keys", ROTATE)

        first = await talk.ask(ASK)
        second = await talk.ask("How do I revoke an old key?")

        assert first.content.startswith("Hello!")
        assert not second.content.startswith("Hello")


SAYINGS = [
    "hi", "thanks", "ok", "👍", "?", "are you sure?", "that did not work", "same error", "bye", "are you a bot?",
    "no", "yes", "quick question", "That solved it, thank you!", "hallo", "merci", "🤷 ¿qué?", ".", "asdf",
    ASK, "and how do I revoke one?", "How do I delete an old key?", "I want to talk to a human",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
async def test_given_any_sequence_when_talked_then_never_silent_never_the_same_twice_and_one_ticket(
    talk: Talk, retrieval: FakeRetrieval, agent: Principal, seed: int
) -> None:
    retrieval.add("Rotating API keys", ROTATE)
    retrieval.add("Deleting keys", "To delete an old key, open Keys and press Delete.", vector=0.5)
    choose = random.Random(seed)
    tickets = set()

    for _ in range(14):
        message = await talk.say(choose.choice(SAYINGS))
        talk.session.id = message.session_id
        owned = (await talk.now()).status == "escalated"
        await talk.turn()
        said = await talk.messages()
        assert owned or any(m.seq > message.seq for m in said if m.role != "customer"), message.content
        _never_twice(said)
        tickets |= {(await talk.now()).ticket_id} - {None}
        if owned and choose.random() < 0.3:
            await (hand_back(talk, agent) if choose.random() < 0.5 else solve(talk))

    sessions = {m.session_id for m in said}
    assert len(tickets) <= 1 + len(sessions)


async def solve(talk: Talk) -> None:
    async with talk.o.work(talk.service) as work:
        await messages.add_agent_message(
            work, talk.session.id, content="Done.", source_id=str(random.random()), author="grace"
        )
    async with talk.o.work(talk.service) as work:
        await lifecycle.follow_ticket(work, talk.session.id, status="solved", actor="grace")


def _never_twice(said: list[Message]) -> None:
    """The assistant never says the same twice in a row."""
    ours = [m.content for m in said if m.role in ("assistant", "system")]
    assert all(one != other for one, other in itertools.pairwise(ours)), ours[-2:]
