from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.integration.orchestrator.conftest import FakeRetrieval, Talk

from caseplane.orchestrator.conversations import replies
from caseplane.orchestrator.handoffs import packets

Queued = Callable[..., list[dict[str, Any]]]

DELETE = "To delete a workspace, open Settings and choose Delete workspace."
EXPORT = "To export a workspace, open Settings and choose Export workspace."
BOTH = "How do I delete a workspace? And how do I export a workspace?"


def know(retrieval: FakeRetrieval, *, export: bool = True) -> None:
    retrieval.add("Deleting a workspace", DELETE, only_for="delete a workspace")
    if export:
        retrieval.add("Exporting a workspace", EXPORT, only_for="export a workspace")


class TestAnswered:
    async def test_given_two_questions_when_sent_then_each_is_searched_for_and_answered_under_its_words(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        know(retrieval)

        said = await talk.ask(BOTH)

        assert [each.query for each in retrieval.asked] == [
            "How do I delete a workspace?",
            "How do I export a workspace?",
        ]
        assert said.content == (
            f"“How do I delete a workspace?”\n\n{DELETE}\n\n“How do I export a workspace?”\n\n{EXPORT}"
        )
        assert [cited["title"] for cited in said.citations] == [
            "Deleting a workspace",
            "Exporting a workspace",
        ]

    async def test_given_several_answers_when_read_then_the_confidence_is_that_of_the_least_certain(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        know(retrieval)

        said = await talk.ask(BOTH)

        confidences = [each["confidence"] for each in said.questions]
        assert said.confidence == min(confidences)
        assert len(await talk.events("evaluation")) == 2

    async def test_given_a_part_that_only_the_other_answer_would_fit_when_sent_then_it_is_left_open_and_named(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        retrieval.add("Deleting a workspace", DELETE)

        await talk.ask("How do I delete a workspace? And can I rename it?")

        said = next(m for m in reversed(await talk.messages()) if m.meta.get("kind") == "answer")
        assert DELETE in said.content
        assert [each["outcome"] for each in said.questions] == ["answered", "open"]
        assert "rename it" in said.content

    async def test_given_background_when_sent_then_it_is_one_question(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        know(retrieval)

        said = await talk.ask("I am an owner. The workspace is empty. How do I delete a workspace?")

        assert len(retrieval.asked) == 1
        assert said.content == DELETE
        assert said.questions == []

    async def test_given_background_and_two_questions_when_sent_then_each_is_searched_for_with_it(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        know(retrieval)

        said = await talk.ask(f"I use the Pro plan on Windows. {BOTH}")

        searched = [each.query for each in retrieval.asked]
        assert "I use the Pro plan on Windows.\nHow do I delete a workspace?" in searched
        assert "I use the Pro plan on Windows.\nHow do I export a workspace?" in searched
        assert DELETE in said.content
        assert EXPORT in said.content

    async def test_given_a_question_that_refers_back_when_sent_then_it_has_the_topic_of_the_first(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        know(retrieval)

        await talk.ask("How do I delete a workspace? And how do I undo that?")

        assert "workspace\nHow do I undo that?" in [each.query for each in retrieval.asked]

    async def test_given_the_same_question_twice_when_sent_then_it_is_answered_once(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        know(retrieval)

        said = await talk.ask("How do I delete a workspace? How do I delete a workspace?")

        assert said.content == DELETE

    async def test_given_two_questions_with_one_answer_when_sent_then_it_is_said_once(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        retrieval.add("Deleting a workspace", DELETE)

        said = await talk.ask("How do I delete a workspace? Where do I delete a workspace?")

        assert said.content.count(DELETE) == 1


class TestOpen:
    async def test_given_an_open_question_when_sent_then_it_is_named_and_handed_over_with_one_ticket(
        self, talk: Talk, retrieval: FakeRetrieval, queued: Queued
    ) -> None:
        know(retrieval, export=False)

        await talk.ask(BOTH)

        answer, notice = (await talk.messages())[-2:]
        assert answer.content.startswith(f"“How do I delete a workspace?”\n\n{DELETE}")
        assert answer.content.endswith("- How do I export a workspace?")
        assert notice.content.startswith("I have passed what is still open")
        assert (await talk.now()).status == "escalated"
        assert len(queued("ticket.create")) == 1

    async def test_given_an_open_question_when_replied_then_answer_and_escalation_come_together(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        know(retrieval, export=False)
        message = await talk.say(BOTH)
        await talk.turn()

        async with talk.o.work(talk.who) as work:
            reply, done = await replies.message_reply(work, await talk.now(), message)

        assert done
        assert reply.reply is not None
        assert reply.escalation is not None
        assert reply.status == "escalated"
        assert [each.outcome for each in reply.reply.questions] == ["answered", "open"]

    async def test_given_an_open_question_when_the_packet_is_built_then_it_lists_each_with_its_outcome(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        know(retrieval, export=False)
        await talk.ask(BOTH)
        (event,) = await talk.events("escalation")

        async with talk.o.work(talk.service) as work:
            search = await packets.search_of(work, event)
        packet = packets.build_packet(await talk.now(), await talk.messages(), event, search)

        assert [(q.question, q.outcome, q.reason) for q in packet.questions] == [
            ("How do I delete a workspace?", "answered", None),
            ("How do I export a workspace?", "open", "no_evidence"),
        ]
        assert [each.query for each in packet.reason.searched] == ["How do I export a workspace?"]

    async def test_given_only_open_questions_when_sent_then_one_ticket_has_them_all(
        self, talk: Talk, queued: Queued
    ) -> None:
        said = await talk.ask(BOTH)

        (event,) = await talk.events("escalation")
        assert said.meta["kind"] == "handoff"
        assert [each["outcome"] for each in event.payload["questions"]] == ["open", "open"]
        assert len(queued("ticket.create")) == 1

    async def test_given_more_questions_than_the_limit_when_sent_then_the_rest_is_named_and_not_searched_for(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        know(retrieval)
        talk.o = replace(talk.o, settings=talk.o.settings.model_copy(update={"questions_per_message": 1}))

        await talk.ask(BOTH)

        answer = (await talk.messages())[-2]
        assert len(retrieval.asked) == 1
        assert answer.content.endswith("- How do I export a workspace?")

    async def test_given_a_wish_for_a_person_beside_questions_when_sent_then_nothing_is_searched_for(
        self, talk: Talk, retrieval: FakeRetrieval
    ) -> None:
        know(retrieval)

        await talk.ask(f"{BOTH} I want to talk to a human.")

        assert retrieval.asked == []
        assert (await talk.now()).escalation_reason == "customer_request"
