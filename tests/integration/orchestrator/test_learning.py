"""What resolved conversations teach, on a real database."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.integration.orchestrator.conftest import FakeRetrieval, Talk

from caseplane.core.auth import Principal
from caseplane.core.ids import new_id
from caseplane.orchestrator.cases.learning import learn
from caseplane.orchestrator.cases.models import CaseSummary
from caseplane.orchestrator.cases.repository import Cases
from caseplane.orchestrator.conversations import lifecycle
from caseplane.orchestrator.conversations.jobs import LearnArgs
from caseplane.orchestrator.conversations.messages import add_agent_message

Queued = Callable[..., list[dict[str, Any]]]
FLAG = "How do I reset the flag?"
ANSWER = "Run `flags reset NAME` as an admin, then restart the worker."


class Solved:
    """Conversations that an agent solves."""

    def __init__(self, talk: Talk, agent: Principal, queued: Queued) -> None:
        self.talk, self.agent, self.queued = talk, agent, queued

    async def say(self, *words: str) -> None:
        for text in words:
            async with self.talk.o.work(self.talk.service) as work:
                await add_agent_message(
                    work, self.talk.session.id, content=text, source_id=str(new_id()), author="grace"
                )

    async def close(self) -> CaseSummary:
        """Solve it, and learn from it as a worker would, twice."""
        async with self.talk.o.work(self.agent) as work:
            await lifecycle.resolve(work, self.talk.session.id, "")
        args = LearnArgs.model_validate(self.queued("session.learn")[-1]["args"])
        for _ in range(2):
            await learn(self.talk.o, self.talk.service, args)
        async with self.talk.o.work(self.talk.service) as work:
            found = await work.repo(Cases).latest(self.talk.session.id)
        assert found is not None
        return found

    async def another(self) -> "Solved":
        return Solved(await Talk(self.talk.o, self.talk.who).begin(), self.agent, self.queued)


@pytest.fixture
def solved(talk: Talk, agent: Principal, queued: Queued) -> Solved:
    return Solved(talk, agent, queued)


async def test_given_a_failed_question_and_an_agents_answer_when_solved_then_they_are_found_by_others(
    solved: Solved, retrieval: FakeRetrieval
) -> None:
    await solved.talk.ask("hello")
    await solved.talk.ask(FLAG)
    await solved.say(ANSWER)

    case = await solved.close()

    (indexed,) = retrieval.cases[-1:]
    assert (indexed.title, indexed.question, indexed.resolution) == (FLAG, FLAG, ANSWER)
    assert (case.teaches, case.why_not) == ("yes", None)


async def test_given_only_a_wish_for_a_person_when_solved_with_what_was_done_then_nothing_is_taught(
    solved: Solved, retrieval: FakeRetrieval
) -> None:
    await solved.talk.ask("I want to talk to a human")
    await solved.say("Fixed by resetting the flag.")

    case = await solved.close()

    assert retrieval.cases == []
    assert (case.teaches, case.why_not) == ("no", "no_question")


async def test_given_an_answer_about_the_customers_money_when_solved_then_it_is_a_draft_for_agents(
    solved: Solved, retrieval: FakeRetrieval
) -> None:
    await solved.talk.ask("How do I get my money back?")
    await solved.say("I have refunded you 20 €.")

    case = await solved.close()

    assert retrieval.cases == []
    assert case.person_bound
    assert case.resolution == "I have refunded you 20 €."


async def test_given_the_same_question_and_answer_twice_when_solved_then_they_are_found_as_one(
    solved: Solved, retrieval: FakeRetrieval
) -> None:
    await solved.talk.ask(FLAG)
    await solved.say(f"{ANSWER} See https://x.example/one")
    first = await solved.close()
    other = await solved.another()
    await other.talk.ask("how can I reset flags?")
    await other.say(f"Hello, {ANSWER} See https://x.example/two")

    second = await other.close()

    assert (second.alike_of, second.indexed_as) == (first.id, first.id)
    assert {case.case_id for case in retrieval.cases} == {first.id}
    newest = retrieval.cases[-1]
    assert newest.cases == 2
    assert {each["uri"] for each in newest.references} == {"https://x.example/one", "https://x.example/two"}


async def test_given_a_taught_answer_when_the_customer_turns_it_away_later_then_it_is_forgotten(
    solved: Solved, retrieval: FakeRetrieval
) -> None:
    await solved.talk.ask(FLAG)
    await solved.say("Press the red button on the machine's back.")
    await solved.close()
    await solved.talk.say("That did not work.")
    await solved.say(ANSWER)

    await solved.close()

    assert {case.resolution for case in retrieval.cases} == {ANSWER}


async def test_given_a_greeting_and_a_solved_question_when_handed_over_then_the_failed_one_is_the_subject(
    talk: Talk, retrieval: FakeRetrieval
) -> None:
    await talk.ask("hi")
    await talk.ask("Why is **my invoice** from March higher than in February?")

    assert (await talk.now()).subject == "Why is my invoice from March higher than in February?"
