"""Several questions in one message: each is an attempt of its own, and one reply says what became of them."""

from collections.abc import Sequence

from caseplane.dialogue import Act, Part, Understanding, split_questions, topic_words
from caseplane.dialogue.asking import subjects
from caseplane.dialogue.follow_ups import wordings
from caseplane.gate import ReasonCode
from caseplane.orchestrator.turns.outcome import Attempt
from caseplane.orchestrator.turns.query import LONGEST
from caseplane.orchestrator.turns.question import Question
from caseplane.orchestrator.turns.sections import picks_by_id

CONTEXT = 400
"""Characters of the background that is searched for with each question."""
_PLAIN = frozenset({Act.question, Act.choice})


def parts_of(understood: Understanding, question: Question) -> Sequence[Part]:
    """The questions of a message; none if it does more than ask."""
    if understood.act not in _PLAIN or picks_by_id(question):
        return ()
    if understood.picks and not understood.questions:
        return ()
    return split_questions("\n".join(understood.questions) or question.text)


def queries_of(part: Part) -> list[str]:
    """What to search for: the question with what it refers back to, first with the background, then without."""
    alone = "\n".join(filter(None, (topic_words(part.topic), part.asks)))[-LONGEST:]
    filled = [wording[-LONGEST:] for wording in wordings(part.asks, part.topic)] if part.topic else []
    queries = [f"{part.context[:CONTEXT]}\n{alone}", alone] if part.context else [alone]
    return list(dict.fromkeys([*queries, *filled[:1]]))


def speaks_of(answer: str, asked: str) -> bool:
    """Whether an answer has a word of what a question is about, so that it may answer two questions at once."""
    return bool(set(subjects(asked)) & set(subjects(answer)))


def left_out(part: Part) -> Attempt:
    """A question beyond the limit, or without an answer of its own: it is handed over."""
    return Attempt(
        question=part.words, query=queries_of(part)[0], handed_over_for=ReasonCode.insufficient_coverage
    )


def without_repeats(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts, of which those that pass with the same words are one."""
    kept: list[Attempt] = []
    for attempt in attempts:
        said = attempt.draft.content if attempt.draft and attempt.passed else None
        same = next((k for k in kept if said and k.passed and k.draft and k.draft.content == said), None)
        if same is None:
            kept.append(attempt)
        else:
            same.question = f"{same.question} {attempt.question}"
    return kept


def outcome_of(attempt: Attempt) -> dict[str, object]:
    """What became of one question, as messages and packets name it."""
    decision = attempt.decision
    reason = attempt.handed_over_for or (decision.reason if decision else ReasonCode.evaluator_error)
    return {
        "question": attempt.question,
        "outcome": "answered" if attempt.passed else "open",
        "confidence": decision.confidence if decision else None,
        "reason": None if attempt.passed else reason,
    }


def confidence_of(attempts: Sequence[Attempt]) -> float | None:
    """Of a reply that answers several questions: that of its least certain answer."""
    return min((a.decision.confidence for a in attempts if a.passed and a.decision), default=None)
