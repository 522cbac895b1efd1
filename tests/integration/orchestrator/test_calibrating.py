"""Calibration from stored conversations: the label of each outcome, and the fit over many of them."""

import random
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.integration.orchestrator.conftest import ROTATE, FakeRetrieval, Talk

from caseplane.core.auth import Principal, Role
from caseplane.gate import SHIPPED_POLICY, GatePolicy, GateSignals
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations import feedback, lifecycle, messages
from caseplane.orchestrator.conversations.history import record, say
from caseplane.orchestrator.conversations.repository import Ratings, Sessions
from caseplane.orchestrator.conversations.schemas import FeedbackCreate, MessageRole
from caseplane.orchestrator.conversations.states import Trigger
from caseplane.orchestrator.policies import versions
from caseplane.orchestrator.policies.calibration import TooFewLabelsError, calibrate_policy
from caseplane.orchestrator.policies.repository import GatePolicies
from caseplane.orchestrator.policies.schemas import CalibrateCreate, GatePolicyCreate

QUESTION = "How do I rotate an API key?"
# One label is enough to be accepted: these tests check the sources, not the budget.
ANY = CalibrateCreate(wrong=0.99, certainty=0.5)


@pytest.fixture
def admin(tenant_id: UUID) -> Principal:
    return Principal(tenant_id=tenant_id, subject="root", roles=frozenset({Role.admin}))


@pytest.fixture(autouse=True)
def known(retrieval: FakeRetrieval) -> None:
    retrieval.add("Rotating API keys", ROTATE)


async def rate(talk: Talk, body: FeedbackCreate) -> None:
    async with talk.o.work(talk.who) as work:
        await feedback.give_feedback(work, talk.session.id, body)


async def labels(talk: Talk, admin: Principal, *, count_silence: bool = False) -> tuple[dict[str, int], int]:
    """The sources of the labels, and the number of wrong ones."""
    body = ANY.model_copy(update={"count_silence": count_silence})
    try:
        found = await calibrate_policy(talk.o, admin, body)
    except TooFewLabelsError as refused:
        return {}, int(refused.members["labels"])
    return {name: n for name, n in found.sources.items() if n}, found.wrong_labels


class TestLabels:
    async def test_given_an_answer_without_a_judgement_then_there_is_no_label(
        self, talk: Talk, admin: Principal
    ) -> None:
        await talk.ask(QUESTION)

        assert await labels(talk, admin) == ({}, 0)

    async def test_given_feedback_on_the_answer_then_it_counts_before_the_confirmation(
        self, talk: Talk, admin: Principal
    ) -> None:
        answer = await talk.ask(QUESTION)
        await rate(talk, FeedbackCreate(message_id=answer.id, helpful=False))
        await talk.resolve()

        assert await labels(talk, admin) == ({"feedback": 1}, 1)

    async def test_given_a_rating_of_the_case_then_it_is_the_last_answers(
        self, talk: Talk, admin: Principal
    ) -> None:
        await talk.ask(QUESTION)
        await rate(talk, FeedbackCreate(rating=5))

        assert await labels(talk, admin) == ({"feedback": 1}, 0)

    async def test_given_a_confirmed_answer_then_right_and_wrong_once_the_customer_is_back(
        self, talk: Talk, admin: Principal
    ) -> None:
        await talk.ask(QUESTION)
        await talk.ask("Thanks, that solved it!")
        before = await labels(talk, admin)
        await talk.say("It does not work after all")

        assert before == ({"confirmed": 1}, 0)
        assert await labels(talk, admin) == ({"reopened": 1}, 1)

    async def test_given_a_customer_who_wants_a_person_after_the_answer_then_it_was_wrong(
        self, talk: Talk, admin: Principal
    ) -> None:
        await talk.ask(QUESTION)
        await talk.ask("I want to talk to a human please")

        assert await labels(talk, admin) == ({"person_wanted": 1}, 1)

    async def test_given_a_customer_handed_over_because_it_did_not_help_then_it_was_wrong(
        self, talk: Talk, admin: Principal
    ) -> None:
        await talk.ask(QUESTION)
        for _ in range(3):
            await talk.ask("That did not help.")

        assert (await talk.events("escalation"))[0].payload["reason"] == "unhelpful_answer"
        found, wrong = await labels(talk, admin)
        assert found["person_wanted"] == wrong >= 1

    async def test_given_silence_after_the_answer_then_it_counts_only_if_asked_for(
        self, talk: Talk, admin: Principal
    ) -> None:
        await talk.ask(QUESTION)
        async with talk.o.work(talk.service) as work:
            session = await work.repo(Sessions).get(talk.session.id, lock=True)
            await lifecycle.finish(work, session, Trigger.goes_quiet, by="inactivity")

        assert await labels(talk, admin) == ({}, 0)
        assert await labels(talk, admin, count_silence=True) == ({"assumed": 1}, 0)

    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            ("Create a new key, deploy it, and revoke the old key.", ({"agent": 1}, 0)),
            ("Your invoice includes the yearly licence fee for twelve seats.", ({"agent": 1}, 1)),
            ("Please create the invoice under your licence key.", ({}, 0)),
        ],
    )
    async def test_given_a_draft_kept_back_when_an_agent_solves_it_then_their_reply_is_the_label(
        self, talk: Talk, admin: Principal, agent: Principal, reply: str, expected: tuple[dict[str, int], int]
    ) -> None:
        strict = SHIPPED_POLICY.default.model_copy(update={"min_confidence": 0.999})
        await in_force(talk.o, admin, SHIPPED_POLICY.model_copy(update={"default": strict, "actions": {}}))
        await talk.ask(QUESTION)
        async with talk.o.work(talk.service) as work:
            await messages.add_agent_message(
                work, talk.session.id, content=reply, source_id="c1", author="grace"
            )
        await talk.resolve(agent)

        assert await labels(talk, admin) == expected


async def in_force(o: Orchestrator, admin: Principal, policy: GatePolicy) -> None:
    async with o.work(admin) as work:
        row = await versions.propose(work, GatePolicyCreate(policy=policy.model_dump(mode="json")))
        await versions.activate(work, row.id)


async def remember(o: Orchestrator, tenant_id: UUID, count: int, *, seed: int = 1) -> None:
    """Store conversations whose answers are wrong more often at lower confidence."""
    source = random.Random(seed)
    async with o.work(o.principal(tenant_id)) as begun:
        for number in range(count):
            work = replace(begun, now=begun.now - timedelta(minutes=count - number))
            session = await work.repo(Sessions).begin(
                work.now, channel="api", customer_id=f"customer-{number}"
            )
            confidence = source.random()
            signals = GateSignals(
                retrieval_top_score=0.8,
                chunks_above_min_relevance=3,
                coverage={"answer": True},
                conflict_detected=False,
                citations_complete=True,
                llm_error=False,
                evaluator_verdict="pass",
                evidence_withheld=False,
                unsafe_input=False,
                customer_request=False,
                confidence=confidence,
            )
            record(work, session, "evaluation", {"signals": signals.model_dump(mode="json")})
            answer = await say(work, session, MessageRole.assistant, "It is so.")
            record(work, session, "turn", {"outcome": "answered", "message_id": str(answer.id)})
            wrong = source.random() < (1 - confidence) ** 4
            await work.tx.flush()
            row = work.repo(Ratings).add(
                id=answer.id, session_id=session.id, message_id=answer.id, helpful=not wrong
            )
            record(work, session, "feedback", {"feedback_id": str(row.id)})


class TestCalibratePolicy:
    async def test_given_too_few_outcomes_when_fitted_then_refused_with_how_many_there_are(
        self, orchestrator: Orchestrator, admin: Principal
    ) -> None:
        await remember(orchestrator, admin.tenant, 12)

        with pytest.raises(TooFewLabelsError, match=r"12 answers .* at least 59 .* 5\.0% wrong") as refused:
            await calibrate_policy(orchestrator, admin, CalibrateCreate())

        assert refused.value.members["sources"]["feedback"] == 12

    async def test_given_many_outcomes_when_fitted_then_the_budget_holds_and_nothing_is_stored(
        self, orchestrator: Orchestrator, admin: Principal
    ) -> None:
        await remember(orchestrator, admin.tenant, 600)

        found = await calibrate_policy(orchestrator, admin, CalibrateCreate())

        threshold = found.classes["default"].threshold
        assert found.labels == 600
        assert threshold is not None
        assert found.policy["default"]["min_confidence"] == threshold
        assert found.policy["budget"] == {"wrong": 0.05, "base": "answered", "certainty": 0.95}
        assert found.cross_validated.asked == 600
        assert found.cross_validated.answered > 100
        assert found.cross_validated.wrong_answer_rate is not None
        assert found.cross_validated.wrong_answer_rate <= 0.05
        assert found.fitted.answered >= found.cross_validated.answered
        assert found.stored is None
        async with orchestrator.work(admin) as work:
            assert await work.repo(GatePolicies).versions() == []

    async def test_given_a_fit_that_is_applied_then_a_new_version_that_is_not_active(
        self, orchestrator: Orchestrator, admin: Principal
    ) -> None:
        await remember(orchestrator, admin.tenant, 150)

        found = await calibrate_policy(
            orchestrator, admin, CalibrateCreate(wrong=0.3, apply=True, note="first fit")
        )

        assert found.stored is not None
        assert (found.stored.version, found.stored.active, found.stored.note) == (1, False, "first fit")
        assert found.stored.policy == found.policy

    async def test_given_another_tenants_conversations_when_fitted_then_they_do_not_count(
        self, orchestrator: Orchestrator, admin: Principal, make_tenant: type
    ) -> None:
        await remember(orchestrator, make_tenant(), 100)

        with pytest.raises(TooFewLabelsError, match=r"^0 answers"):
            await calibrate_policy(orchestrator, admin, CalibrateCreate())
