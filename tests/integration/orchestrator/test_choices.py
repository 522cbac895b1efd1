from collections.abc import Callable
from typing import Any

import pytest
from tests.integration.orchestrator.conftest import FakeRetrieval, Talk

from caseplane.core.errors import InvalidInputError
from caseplane.orchestrator.conversations import replies
from caseplane.orchestrator.conversations.schemas import MessageRead, ReplyRead
from caseplane.orchestrator.conversations.streaming import render

Queued = Callable[..., list[dict[str, Any]]]

WEBHOOK = "Keys of a webhook endpoint sign its deliveries. Copy the key from the page of the endpoint."
API = "Keys of the API authenticate requests. Create one under Settings and send it as a bearer token."
ROTATION = "Old keys keep working for a day after their rotation. Then they are refused."


@pytest.fixture
async def asked(talk: Talk, retrieval: FakeRetrieval) -> Talk:
    """A conversation in which the assistant has asked which keys are meant."""
    retrieval.add("Keys of the webhook endpoint", WEBHOOK, vector=0.45)
    retrieval.add("Keys of the API", API, vector=0.44)
    retrieval.add("Rotation of keys", ROTATION, vector=0.43)
    question = await talk.ask("keys")
    assert question.meta["kind"] == "clarification", question.content
    return talk


class TestOffered:
    async def test_given_a_vague_question_when_asked_back_then_the_choices_are_numbered_and_data(
        self, asked: Talk
    ) -> None:
        said = (await asked.messages())[-1]

        read = MessageRead.model_validate(said)
        reply = ReplyRead.model_validate(said)

        assert [choice.label for choice in read.choices] == [
            "Keys of the webhook endpoint",
            "Keys of the API",
            "Rotation of keys",
        ]
        assert reply.choices == read.choices
        assert len({choice.id for choice in read.choices}) == 3
        assert all(f"{n}. {choice.label}" in said.content for n, choice in enumerate(read.choices, 1))

    async def test_given_a_clarification_when_streamed_then_its_event_has_the_choices(
        self, asked: Talk
    ) -> None:
        said = (await asked.messages())[-1]
        event = next(e for e in await asked.events("message") if e.payload["message_id"] == str(said.id))

        shown = render(event, {str(said.id): said}, public=True)

        assert '"choices": [{"id": ' in shown
        assert "heading" not in shown

    async def test_given_a_question_in_german_when_asked_back_then_in_german(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        retrieval.add("Schlüssel der API", "Schlüssel der API weisen Anfragen aus.", vector=0.45)
        retrieval.add("Schlüssel des Webhooks", "Mit diesem Schlüssel wird signiert.", vector=0.44)

        said = await talk.ask("Bitte, ich brauche Schlüssel")

        assert said.meta["kind"] == "clarification"
        assert said.content.startswith("Worum geht es")


class TestPicked:
    @pytest.mark.parametrize(
        "reply",
        [
            "2",
            "#2",
            "2.",
            "the second one",
            "second",
            "Keys of the API",
            "the api",
            "die zweite",
            "la segunda",
        ],
    )
    async def test_given_a_reply_by_number_place_or_name_when_sent_then_answered_from_that_section(
        self, asked: Talk, retrieval: FakeRetrieval, reply: str
    ) -> None:
        said = await asked.ask(reply)

        assert said.content == API
        assert {cited["title"] for cited in said.citations} == {"Keys of the API"}
        assert [section.heading for section in retrieval.read] == ["Keys of the API"]
        assert (await asked.now()).status == "open"

    async def test_given_a_section_when_read_then_only_with_the_customers_entitlements(
        self, asked: Talk, retrieval: FakeRetrieval
    ) -> None:
        await asked.ask("1")

        assert retrieval.principals[-1].customer_id == "ada"
        assert retrieval.principals[-1].entitlements == frozenset()

    async def test_given_the_id_of_a_choice_when_sent_then_the_words_do_not_matter(self, asked: Talk) -> None:
        offered = (await asked.messages())[-1].choices

        said = await asked.ask("That one, please", choice_id=offered[2]["id"])

        assert said.content == ROTATION

    async def test_given_an_earlier_question_when_its_choice_is_sent_later_then_it_still_counts(
        self, asked: Talk
    ) -> None:
        offered = (await asked.messages())[-1].choices
        await asked.ask("1")

        said = await asked.ask("And this", choice_id=offered[1]["id"])

        assert said.content == API

    async def test_given_an_id_that_was_not_offered_when_sent_then_it_is_refused(self, asked: Talk) -> None:
        with pytest.raises(InvalidInputError):
            await asked.say("This one", choice_id="made-up")

    async def test_given_several_when_sent_then_each_is_answered_under_its_name(self, asked: Talk) -> None:
        said = await asked.ask("the first two")

        assert said.content == f"“Keys of the webhook endpoint”\n\n{WEBHOOK}\n\n“Keys of the API”\n\n{API}"
        assert [each["outcome"] for each in said.questions] == ["answered", "answered"]

    async def test_given_a_question_beside_the_pick_when_sent_then_both_are_answered(
        self, asked: Talk, retrieval: FakeRetrieval
    ) -> None:
        cost = "A seat costs 12 euros a month for every member of the workspace."
        retrieval.add("What does a seat cost?", cost, only_for="seat")

        said = await asked.ask("The second one. And what does a seat cost?")

        assert API in said.content
        assert cost in said.content

    async def test_given_a_section_that_is_gone_when_picked_then_it_is_searched_for(
        self, asked: Talk, retrieval: FakeRetrieval
    ) -> None:
        gone = retrieval.hits.pop(1)
        retrieval.add(gone.title, API, vector=0.9)

        said = await asked.ask("2")

        assert said.meta["kind"] in ("answer", "handoff")
        assert retrieval.asked[-1].query == "keys"

    @pytest.mark.parametrize("reply", ["none of them", "neither", "something else", "keine davon", "aucune"])
    async def test_given_none_of_them_when_sent_then_a_person_and_never_the_same_question(
        self, asked: Talk, queued: Queued, reply: str
    ) -> None:
        before = (await asked.messages())[-1].content

        said = await asked.ask(reply)

        assert said.content != before
        assert said.meta["kind"] == "handoff"
        assert len(queued("ticket.create")) == 1

    async def test_given_none_of_them_with_a_question_when_sent_then_that_question_is_searched_for(
        self, asked: Talk, retrieval: FakeRetrieval
    ) -> None:
        text = "To invite a guest, open Members and choose Invite a guest."
        retrieval.hits.clear()
        retrieval.add("Inviting guests", text)

        said = await asked.ask("None of these. How do I invite a guest?")

        assert said.content == text
        assert retrieval.asked[-1].query == "How do I invite a guest?"

    @pytest.mark.parametrize("reply", ["4", "yes", "ok"])
    async def test_given_a_reply_that_picks_nothing_when_sent_then_the_choices_are_offered_in_other_words(
        self, asked: Talk, reply: str
    ) -> None:
        before = (await asked.messages())[-1]

        again = await asked.ask(reply)
        then = await asked.ask("the last one")

        assert again.content != before.content
        assert again.choices == before.choices
        assert then.content == ROTATION


class TestSameQuestion:
    async def test_given_a_solved_case_with_the_same_question_when_asked_then_answered_instead_of_asking_back(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        retrieval.add("Flags of the importer", "Flags steer the importer.", vector=0.5)
        retrieval.add(
            "Why does the importer stop at row 12?", "Raise the limit called max_rows.", vector=0.42
        )

        said = await talk.ask("Why does the importer stop at row 12?")

        assert said.content == "Raise the limit called max_rows."


class TestSnapshot:
    async def test_given_a_session_read_before_the_turn_when_replied_then_status_and_escalation_are_of_one_moment(
        self, talk: Talk
    ) -> None:
        message = await talk.say("What is the capital of France?")
        before = await talk.now()
        await talk.turn()

        async with talk.o.work(talk.who) as work:
            reply, done = await replies.message_reply(work, before, message)

        assert before.status == "open"
        assert done
        assert reply.escalation is not None
        assert reply.status == "escalated"
