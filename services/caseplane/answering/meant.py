"""Answers from the section that a customer means, as they picked it or asked its very question.

The section is given, so the question is understood with its name: a section "Rotate a key" answers "keys" as surely as it
answers "rotate a key".
"""

from collections.abc import Sequence

from caseplane.answering.compose import MAX_CHARACTERS
from caseplane.answering.extractive import ExtractiveAnswerer
from caseplane.answering.models import DraftAnswer, Estimate, Evidence

WHOLE = 0.8
"""Least confidence in a section that is quoted whole. Of 62 sections that questions of two documentations meant and that
were short enough, 60 held the labelled answer; the rest allows for customers who pick the wrong one."""


class SectionAnswerer:
    """Drafts answers from one section; a short one is quoted whole.

    Args:
        extractive: finds the best statements.
        name: of the section, as the customer saw it.
    """

    def __init__(self, extractive: ExtractiveAnswerer, name: str) -> None:
        self._extractive, self._name = extractive, name

    async def answer(self, question: str, evidence: Sequence[Evidence]) -> DraftAnswer:
        """Draft an answer from the section's chunks.

        Raises:
            EmbeddingError: the embedding model cannot be used.
        """
        short = sum(len(chunk.text) for chunk in evidence) <= MAX_CHARACTERS
        draft = self._extractive.quote_whole if short else self._extractive.answer
        found = await draft(question, evidence)
        alone = Estimate(confidence=found.confidence or 0.0, signals=found.signals, relevance=found.relevance)
        surest = await self._surest(alone, question, evidence)
        return found.model_copy(
            update={
                "confidence": max(surest.confidence, WHOLE) if short and found.content else surest.confidence,
                "signals": surest.signals,
                "relevance": surest.relevance,
            }
        )

    async def estimate(self, question: str, evidence: Sequence[Evidence]) -> Estimate:
        """The probability that the section answers what the customer means by the question.

        Raises:
            EmbeddingError: the embedding model cannot be used.
        """
        alone = await self._extractive.estimate(question, evidence)
        return await self._surest(alone, question, evidence)

    async def _surest(self, alone: Estimate, question: str, evidence: Sequence[Evidence]) -> Estimate:
        """The surest of the question alone, with the section's name, and the name alone."""
        wordings = (f"{question}\n{self._name}", self._name)
        named = [await self._extractive.estimate(wording, evidence) for wording in wordings]
        return max(alone, *named, key=lambda estimate: estimate.confidence)
