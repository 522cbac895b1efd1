"""Builds the one clarifying question that may be asked before a case goes to a person.

It contains only titles and headings of the evidence: it offers what the knowledge base has and never
guesses what the customer means. It is asked only when it can help: the evidence covers several subjects,
or the question is too short to distinguish them.
"""

from collections.abc import Sequence

import numpy as np

from caseplane.answering.models import Evidence
from caseplane.text.words import keys, words

MAX_CHOICES = 3
MAX_LABEL = 90
SHORT_QUESTION = 2
"""Questions with at most this many content words count as too short."""
CLOSE = 0.15
"""Largest difference in relevance (cosine) to the best subject at which another may be meant."""


def clarifying_question(
    question: str, evidence: Sequence[Evidence], relevance: Sequence[float]
) -> str | None:
    """Ask which of the found subjects is meant.

    Args:
        question: in the customer's words.
        evidence: retrieved chunks, best first.
        relevance: cosine of question and chunk, one per piece of evidence.

    Returns:
        A question that offers two or three subjects; None if there is no choice.
    """
    labels = _choices(evidence, np.asarray(relevance, np.float64))
    if len(labels) < 2:
        return None
    terms = {word.key for word in words(question) if word.is_content}
    # Subjects that share little with the question are irrelevant.
    if not any(2 * len(terms & keys(label)) >= max(1, len(terms)) for label in labels):
        return None
    short = len(terms) <= SHORT_QUESTION
    if not short and all(terms <= keys(label) for label in labels):
        return None  # every choice contains all terms of the question, so a choice would add nothing
    listed = ", ".join(f"“{label}”" for label in labels[:-1])
    return f"Which of these is your question about: {listed} or “{labels[-1]}”?"


def _choices(evidence: Sequence[Evidence], relevance: np.ndarray) -> list[str]:
    """Labels of the subjects close to the best one, each once, best first."""
    if len(evidence) == 0 or len(relevance) != len(evidence):
        return []
    best = float(np.max(relevance))
    labels: list[str] = []
    for chunk, score in zip(evidence, relevance, strict=True):
        label = _label(chunk)
        if best - float(score) <= CLOSE and label and label not in labels:
            labels.append(label)
    return labels[:MAX_CHOICES]


def _label(chunk: Evidence) -> str:
    """Title and innermost heading on one line, for the customer."""
    heading = chunk.heading.rsplit(" > ", 1)[-1].strip("# ").strip()
    title = " ".join(chunk.title.split())
    label = title if not heading or heading == title else f"{title}: {heading}"
    return label if len(label) <= MAX_LABEL else label[: MAX_LABEL - 1] + "…"
