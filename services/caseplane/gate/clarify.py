"""Builds the one clarifying question that may be asked before a case goes to a person.

It is made of titles and headings of the evidence and of nothing else: it offers what the knowledge
base has and never guesses what the customer means. It is asked only when it can help: the evidence is
split between several subjects, or the question is too short to tell them apart.
"""

from collections.abc import Sequence

import numpy as np

from caseplane.answering.models import Evidence
from caseplane.text.words import keys, words

MAX_CHOICES = 3
MAX_LABEL = 90
SHORT_QUESTION = 2
"""Content words up to which a question counts as too short to be told apart."""
CLOSE = 0.15
"""Relevance (cosine) that a subject may lie behind the best one and still be meant."""


def clarifying_question(
    question: str, evidence: Sequence[Evidence], relevance: Sequence[float]
) -> str | None:
    """Ask which of the found subjects is meant.

    Args:
        question: as the customer put it.
        evidence: what was found, best first.
        relevance: cosine of question and chunk, one per piece of evidence.

    Returns:
        One question that offers two or three subjects; None when there is no choice to offer.
    """
    labels = _choices(evidence, np.asarray(relevance, np.float64))
    if len(labels) < 2:
        return None
    terms = {word.key for word in words(question) if word.is_content}
    # Subjects that share little with the question are not what was asked about.
    if not any(2 * len(terms & keys(label)) >= max(1, len(terms)) for label in labels):
        return None
    short = len(terms) <= SHORT_QUESTION
    if not short and all(terms <= keys(label) for label in labels):
        return None  # every choice says all the question says: choosing would tell nothing new
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
    """Title and innermost heading, on one line, as a customer can read it."""
    heading = chunk.heading.rsplit(" > ", 1)[-1].strip("# ").strip()
    title = " ".join(chunk.title.split())
    label = title if not heading or heading == title else f"{title}: {heading}"
    return label if len(label) <= MAX_LABEL else label[: MAX_LABEL - 1] + "…"
