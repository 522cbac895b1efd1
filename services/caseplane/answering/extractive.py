"""Answers without a language model: the best units of the evidence, verbatim, each with its span.

Similarity, coverage of the question's terms and the expected kind of answer select one unit; `compose`
adds what a reader needs with it (the steps after a lead-in, the command that a sentence mentions).
`DraftAnswer.confidence` says how reliable the choice is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from caseplane.answering import weights
from caseplane.answering.apart import Part, parts
from caseplane.answering.candidates import Candidate, Survey, survey
from caseplane.answering.compose import Block, runner_up, whole
from caseplane.answering.display import Passage, render
from caseplane.answering.features import (
    MISSING_TASK_TERM,
    RANKING,
    confidence_features,
    guidance,
    ranking_features,
)
from caseplane.answering.models import (
    MOST_SHOWN,
    AnswerProblem,
    AnswerSentence,
    Citation,
    DraftAnswer,
    Estimate,
    Evidence,
    ProblemKind,
    VariantSection,
    sources_of,
)
from caseplane.answering.question import analyse
from caseplane.answering.reading import Reading, read_candidates
from caseplane.answering.segments import UnitKind
from caseplane.answering.similarity import search_similarity
from caseplane.answering.variants import differs
from caseplane.answering.vectors import UnitVectors
from caseplane.core.embeddings import Embedder
from caseplane.core.reading import Reader
from caseplane.text.language import detect_language

Array = NDArray[np.float64]

READ_LANGUAGES = ("en", None)
"""Of questions that are read: of other languages the reader knows nothing, and a few words show none."""

COMPARED_CHARACTERS = 400
"""Characters of a unit that are compared; a long listing shows its subject early."""
RUNNER_UP_GAP = 0.7
"""Largest difference in score between the best and a second sentence: odds of one to two."""
SHORTLIST = 10
"""Units whose vectors are compared; the others share too little with the question."""

_RANKING = np.array([weights.RANKING_WEIGHTS[name] for name in RANKING])


@dataclass(frozen=True)
class Ranked:
    """The shortlisted candidates of a question with their measurements.

    Attributes:
        described: shape (shortlist, features), columns as in `RANKING`.
        unit_similarity: cosine of question and unit, by shortlist.
        chunk_similarity: cosine of question and chunk, by evidence.
        reading: what the reader makes of them, by shortlist; None without a reader.
    """

    survey: Survey
    shortlist: Sequence[Candidate]
    described: Array
    unit_similarity: Array
    chunk_similarity: Array
    reading: Reading | None = None

    @cached_property
    def scores(self) -> Array:
        """How well each candidate answers; comparable within one question."""
        scores: Array = self.described @ _RANKING + guidance(
            self.survey, self.shortlist, self.unit_similarity
        )
        if self.reading is not None:
            scores = scores + weights.READ_ANSWERS * self.reading.answers
            scores = scores + weights.READ_EVIDENCE * self.reading.evidence
        return scores

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Positions in the shortlist, best first."""
        return np.argsort(-self.scores, kind="stable")

    @property
    def best(self) -> Candidate:
        return self.shortlist[int(self.order[0])]

    @property
    def others(self) -> list[Candidate]:
        """Every other candidate: the shortlisted best first, then the rest as they were found."""
        listed = [self.shortlist[int(place)] for place in self.order[1:]]
        known = {id(each) for each in self.shortlist}
        return [*listed, *(each for each in self.survey.candidates if id(each) not in known)]

    def signals(self) -> dict[str, float]:
        """Features that show whether the best candidate answers."""
        found = confidence_features(
            self.survey,
            self.best,
            scores=self.scores,
            unit_similarity=self.unit_similarity,
            chunk_similarity=self.chunk_similarity,
        )
        return found if self.reading is None else found | self._read_signals(self.reading)

    def _read_signals(self, reading: Reading) -> dict[str, float]:
        """What the reader says of the best candidate, and how far its section stands above the others."""
        best = int(self.order[0])
        own = self._section(self.best)
        others = [
            float(a)
            for a, each in zip(reading.answers, self.shortlist, strict=True)
            if self._section(each) != own
        ]
        answers = float(reading.answers[best])
        return {
            "reader_answers": answers,
            "reader_evidence": float(reading.evidence[best]),
            "reader_margin": answers - max(others, default=float(reading.answers.min())),
        }

    def _section(self, candidate: Candidate) -> tuple[object, str]:
        chunk = self.survey.evidence[candidate.rank]
        return chunk.document_id, chunk.heading

    def estimate(self) -> Estimate:
        """The probability that the best candidate answers."""
        signals = self.signals()
        return Estimate(
            confidence=_confidence(signals),
            signals=signals,
            relevance=tuple(float(score) for score in self.chunk_similarity),
        )


class ExtractiveAnswerer:
    """Drafts answers from verbatim evidence.

    Args:
        embedder: compares question and units; the same model as the knowledge base's.
        reader: reads the best passages together with the question; None judges by words and vectors alone.
        cache_size: number of cached unit vectors.
    """

    def __init__(self, embedder: Embedder, reader: Reader | None = None, *, cache_size: int = 50_000) -> None:
        self._vectors = UnitVectors(embedder, capacity=cache_size)
        self._reader = reader

    async def answer(self, question: str, evidence: Sequence[Evidence]) -> DraftAnswer:
        """Draft an answer.

        Args:
            question: in the customer's words.
            evidence: retrieved chunks, best first.

        Returns:
            A draft with one citation per statement; an empty one with the problem `no_evidence`
            when the evidence has nothing to quote.

        Raises:
            EmbeddingError: the embedding model cannot be used.
        """
        ranked = await self._ranked(question, evidence)
        if ranked is None:
            return _nothing()
        told = parts(ranked.survey, ranked.best, ranked.others)
        return _draft(quoted(ranked, told), ranked.survey.evidence, ranked.best.text, ranked.estimate(), told)

    async def quote_whole(self, question: str, evidence: Sequence[Evidence]) -> DraftAnswer:
        """Draft an answer that is the evidence itself, all of it.

        Raises:
            EmbeddingError: the embedding model cannot be used.
        """
        ranked = await self._ranked(question, evidence)
        if ranked is None:
            return _nothing()
        return _draft(whole(evidence), evidence, ranked.best.text, ranked.estimate(), ())

    async def estimate(self, question: str, evidence: Sequence[Evidence]) -> Estimate:
        """The probability that the evidence answers the question, whoever writes the answer.

        Raises:
            EmbeddingError: the embedding model cannot be used.
        """
        ranked = await self._ranked(question, evidence)
        return ranked.estimate() if ranked else Estimate(confidence=0.0)

    async def _ranked(self, question: str, evidence: Sequence[Evidence]) -> Ranked | None:
        """The scored candidates; None if the evidence has nothing to quote."""
        scanned = survey(analyse(question), evidence)
        return await self.rank(scanned) if scanned.candidates else None

    async def rank(self, scanned: Survey) -> Ranked:
        """Score the candidates of a survey; it holds at least one."""
        chunk_similarity = await self._chunk_similarity(scanned)
        searched = search_similarity(scanned.evidence, scanned.candidates)
        # Without a similarity from the search, a unit has its chunk's until it reaches the shortlist.
        near = (
            searched if searched is not None else chunk_similarity[[each.rank for each in scanned.candidates]]
        )
        described = ranking_features(
            scanned, scanned.candidates, unit_similarity=near, chunk_similarity=chunk_similarity
        )
        ranked = Ranked(scanned, scanned.candidates, described, near, chunk_similarity)
        reading = None
        if self._reader is not None and detect_language(scanned.question.text) in READ_LANGUAGES:
            reading = await read_candidates(self._reader, scanned, ranked.scores)
            ranked = replace(ranked, reading=reading)
        kept = np.sort(ranked.order[:SHORTLIST])
        shortlist = [scanned.candidates[int(place)] for place in kept]
        described, near = described[kept], near[kept]
        if searched is None:
            near = await self._compared(scanned, [each.text[:COMPARED_CHARACTERS] for each in shortlist])
            described[:, RANKING.index("unit_similarity")] = near
        read = reading.of(kept) if reading is not None else None
        return Ranked(scanned, shortlist, described, near, chunk_similarity, read)

    async def _chunk_similarity(self, scanned: Survey) -> Array:
        """Cosine of question and chunk, from the search or computed here."""
        found = [chunk.component_scores.get("vector") for chunk in scanned.evidence]
        if all(score is not None and math.isfinite(score) for score in found):
            return np.array(found, np.float64)
        return await self._compared(scanned, [chunk.text for chunk in scanned.evidence])

    async def _compared(self, scanned: Survey, texts: Sequence[str]) -> Array:
        """Cosine of the question and each text."""
        asked = (await self._vectors.question(scanned.question.text)).astype(np.float64)
        similarity: Array = (await self._vectors.units(texts)).astype(np.float64) @ asked
        return similarity


def _confidence(signals: dict[str, float]) -> float:
    total = weights.CONFIDENCE_INTERCEPT - MISSING_TASK_TERM * signals["missing_task_terms"]
    total += sum(weight * signals[name] for name, weight in weights.CONFIDENCE_WEIGHTS.items())
    if "reader_answers" in signals:
        total += weights.READ_INTERCEPT
        total += sum(weight * signals[name] for name, weight in weights.READ_WEIGHTS.items())
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


def _nothing() -> DraftAnswer:
    return DraftAnswer(
        content="",
        sentences=(),
        confidence=0.0,
        problems=(AnswerProblem(kind=ProblemKind.no_evidence, detail="No retrieved text can be quoted."),),
        origin=weights.VERSION,
    )


def quoted(ranked: Ranked, told: Sequence[Part] | None = None) -> list[Passage]:
    """What is quoted for each part, one after the other."""
    told = parts(ranked.survey, ranked.best, ranked.others) if told is None else told
    scanned = ranked.survey
    if len(told) > 1 or told[0].label:
        blocks = [Block(scanned, each.candidate).passages(each.label) for each in told[:MOST_SHOWN]]
        return [p for block in blocks for p in (replace(block[0], glue="\n\n"), *block[1:])]
    best = ranked.best
    passages = Block(scanned, best).passages()
    if len(passages) > 1 or best.unit.kind is not UnitKind.sentence:
        return passages
    # Two solved cases with the same text are quoted once.
    at = next((int(at) for at in ranked.order[1:] if not _same(ranked.shortlist[int(at)], best)), None)
    if at is None or float(ranked.scores[ranked.order[0]] - ranked.scores[at]) > RUNNER_UP_GAP:
        return passages
    second = ranked.shortlist[at]
    if second.unit.kind is not UnitKind.sentence or second.shows or differs(best.scope, second.scope):
        return passages
    return runner_up(passages, scanned, best, second)


def _same(one: Candidate, other: Candidate) -> bool:
    return one.text.casefold() == other.text.casefold()


def _variant(part: Part, evidence: Sequence[Evidence]) -> VariantSection:
    chunk = evidence[part.candidate.rank]
    return VariantSection(
        label=part.label.removeprefix("In "), document_id=chunk.document_id, heading=chunk.heading
    )


def _draft(
    passages: Sequence[Passage],
    evidence: Sequence[Evidence],
    lead: str,
    estimate: Estimate,
    told: Sequence[Part],
) -> DraftAnswer:
    sentences = []
    for passage in passages:
        chunk = evidence[passage.rank]
        citation = Citation.of(chunk, passage.unit.start, passage.unit.end, score=chunk.score)
        sentences.append(AnswerSentence(text=citation.quote, citations=(citation,)))
    return DraftAnswer(
        content=render(passages, evidence),
        sentences=tuple(sentences),
        sources=sources_of(sentences, evidence),
        lead=lead,
        confidence=estimate.confidence,
        signals=estimate.signals,
        relevance=estimate.relevance,
        variants=tuple(_variant(each, evidence) for each in told if each.label),
        origin=weights.VERSION,
    )
