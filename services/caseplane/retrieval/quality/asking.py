"""Asks a knowledge base what its own headings ask, and the same about things that it does not know."""

import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from caseplane.answering import Evidence, ExtractiveAnswerer
from caseplane.core.auth import Principal
from caseplane.gate.calibrate import LabelledDecision, calibrate
from caseplane.gate.policy import ErrorBudget
from caseplane.gate.shipped import SHIPPED_POLICY
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.quality.repository import StoredChunk
from caseplane.retrieval.quality.schemas import OwnQuestion, OwnQuestions, SuggestedThreshold
from caseplane.retrieval.schemas import SearchRequest
from caseplane.retrieval.search.searching import search

_EVIDENCE = 8
_SHOWN = 20
_SEPARATOR = " > "
_WORD = re.compile(r"[^\W\d_]{4,}")
_INVENTED = "zorblat quindle frembix vastrune plombert krellwick dronapse mirfolt"
METHOD = (
    "Headings of the knowledge base are asked as questions; an answer is right if it quotes the section below its"
    " heading. The same headings with their longest word replaced by an invented one have no answer, so each of their"
    " answers is wrong. Verbatim answers; questions of customers differ, so check the threshold with `caseplane eval`."
)


@dataclass(frozen=True)
class Heading:
    """A section that can be asked for."""

    question: str
    heading: str
    document_id: UUID
    path: str


@dataclass(frozen=True)
class Reply:
    """What a question was answered with."""

    asked: Heading
    confidence: float
    own: bool
    cited: str | None


def headings(chunks: Sequence[StoredChunk], paths: Mapping[UUID, str]) -> list[Heading]:
    """The headings that say enough to be asked: of at least two words, each once."""
    found: dict[str, Heading] = {}
    for chunk in chunks:
        question = chunk.heading.rsplit(_SEPARATOR, 1)[-1]
        if len(_WORD.findall(question)) >= 2:
            found.setdefault(
                question.casefold(),
                Heading(question, chunk.heading, chunk.document_id, paths[chunk.document_id]),
            )
    return list(found.values())


def about_something_else(question: str, number: int) -> str:
    """The question with its longest word replaced by one that exists nowhere."""
    words = _INVENTED.split()
    longest = max(_WORD.findall(question), key=len)
    other = words[number % len(words)]
    return question.replace(longest, other.capitalize() if longest[0].isupper() else other, 1)


async def ask(
    context: Retrieval, principal: Principal, base_id: UUID, found: Sequence[Heading]
) -> tuple[OwnQuestions, SuggestedThreshold]:
    """Ask a sample of headings within the time that the settings allow."""
    settings = context.settings
    sample = list(found)
    random.Random(base_id.int).shuffle(sample)  # noqa: S311 - the same sample each time, not a secret
    deadline = time.monotonic() + settings.quality_time.total_seconds()
    answerer = ExtractiveAnswerer(context.embedders.default, context.reader)
    own: list[Reply] = []
    other: list[Reply] = []
    for number, heading in enumerate(sample[: settings.quality_questions]):
        if time.monotonic() > deadline:
            break
        own.append(await _reply(context, principal, base_id, answerer, heading, heading.question))
        invented = about_something_else(heading.question, number)
        other.append(await _reply(context, principal, base_id, answerer, heading, invented))
    return _questions(own, len(found) - len(own)), _threshold(own, other)


async def _reply(
    context: Retrieval,
    principal: Principal,
    base_id: UUID,
    answerer: ExtractiveAnswerer,
    heading: Heading,
    question: str,
) -> Reply:
    request = SearchRequest(query=question, knowledge_base_ids=[base_id], limit=_EVIDENCE)
    hits = (await search(context, principal, request)).results
    draft = await answerer.answer(question, [hit.as_evidence(Evidence) for hit in hits])
    if not draft.citations:
        return Reply(heading, 0.0, own=False, cited=None)
    sections = {hit.chunk_id: (hit.document_id, hit.heading) for hit in hits}
    cited = [sections[citation.chunk_id] for citation in draft.citations]
    own = (heading.document_id, heading.heading) in cited
    return Reply(heading, draft.confidence or 0.0, own=own, cited=cited[0][1])


def _questions(replies: Sequence[Reply], not_asked: int) -> OwnQuestions:
    enough = SHIPPED_POLICY.default.min_confidence or 0.0
    answered = [r for r in replies if r.cited is not None and r.confidence >= enough]
    elsewhere = [r for r in answered if not r.own]
    unanswered = [r for r in replies if r not in answered]
    return OwnQuestions(
        asked=len(replies),
        answered=len(answered),
        own_section=len(answered) - len(elsewhere),
        other_section=[_shown(r) for r in elsewhere[:_SHOWN]],
        unanswered=[_shown(r) for r in unanswered[:_SHOWN]],
        not_asked=not_asked,
    )


def _shown(reply: Reply) -> OwnQuestion:
    return OwnQuestion(
        question=reply.asked.question,
        path=reply.asked.path,
        confidence=round(reply.confidence, 3),
        cited=reply.cited,
    )


def _threshold(own: Sequence[Reply], other: Sequence[Reply]) -> SuggestedThreshold:
    budget = ErrorBudget()
    labelled = [
        LabelledDecision(confidence=r.confidence, wrong=wrong or not r.own, group=str(r.asked.document_id))
        for replies, wrong in ((own, False), (other, True))
        for r in replies
    ]
    fitted = calibrate(labelled, budget).classes.get("default")
    return SuggestedThreshold(
        min_confidence=fitted.threshold if fitted else None,
        answerable=len(own),
        unanswerable=len(other),
        answered=fitted.answered if fitted else 0,
        wrong=fitted.wrong if fitted else 0,
        bound=round(fitted.bound, 4) if fitted else 0.0,
        budget=budget.wrong,
        certainty=budget.certainty,
        method=METHOD,
        note=fitted.note if fitted else "The knowledge base has no headings to ask.",
    )
