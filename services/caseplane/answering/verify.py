"""Checks a model's sentences against the evidence, and turns its quotes into exact spans.

Nothing a model says about its sources is believed: the evidence must exist, the quote must stand in
it (white space aside), and every number of a sentence must stand in what it quotes. What fails is a
problem of kind `missing_citations`, and such a draft never passes the gate.
"""

import re
from collections.abc import Sequence

from caseplane.answering.models import (
    AnswerProblem,
    AnswerSentence,
    Citation,
    Evidence,
    ProblemKind,
)
from caseplane.answering.prompt import DraftedSentence
from caseplane.text.words import keys, words

MIN_QUOTE = 8
"""Shorter quotes (`the`, `yes`) stand everywhere and bear nothing out."""

_SPACE = re.compile(r"\s+")


def verify(
    drafted: Sequence[DraftedSentence], evidence: Sequence[Evidence], *, question: str
) -> tuple[list[AnswerSentence], list[AnswerProblem]]:
    """Check every sentence.

    Args:
        drafted: the sentences as the model wrote them.
        evidence: what it was given, in the order of its numbers.
        question: may be repeated in an answer without a citation.

    Returns:
        The sentences with their verified citations, and what was wrong.
    """
    sentences: list[AnswerSentence] = []
    problems: list[AnswerProblem] = []
    for number, sentence in enumerate(drafted, 1):
        text = sentence.text.strip()
        if not text:
            problems.append(_problem(f"Sentence {number} is empty."))
            continue
        citations: list[Citation] = []
        for cited in sentence.citations:
            found = _cite(cited.evidence, cited.quote, evidence)
            if isinstance(found, Citation):
                citations.append(found)
            else:
                problems.append(_problem(f"Sentence {number} {found}"))
        if not citations:
            problems.append(_problem(f"Sentence {number} has no citation that holds."))
        elif strange := _unsupported_numbers(text, citations, question):
            problems.append(_problem(f"Sentence {number} says {', '.join(strange)}, its quotes do not."))
        sentences.append(AnswerSentence(text=text, citations=tuple(dict.fromkeys(citations))))
    return sentences, problems


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Find a quote in a text, any run of white space equal to any other.

    Returns:
        The exact span in `text`, or None if the quote does not stand there.
    """
    pieces = [re.escape(piece) for piece in _SPACE.split(quote.strip()) if piece]
    if not pieces:
        return None
    found = re.search(r"\s+".join(pieces), text)
    return found.span() if found else None


def _cite(number: int, quote: str, evidence: Sequence[Evidence]) -> Citation | str:
    """The citation, or what is wrong with it."""
    if not 1 <= number <= len(evidence):
        return f"cites evidence {number}, which does not exist."
    if len(quote.strip()) < MIN_QUOTE:
        return f"quotes too little of evidence {number}."
    chunk = evidence[number - 1]
    span = find_quote(quote, chunk.text)
    if span is None:
        return f"quotes what evidence {number} does not say."
    return Citation.of(chunk, *span, score=chunk.score)


def _unsupported_numbers(text: str, citations: Sequence[Citation], question: str) -> list[str]:
    borne_out = keys(question).union(*(keys(citation.quote) for citation in citations))
    return [word.text for word in words(text) if word.text[0].isdigit() and word.key not in borne_out]


def _problem(detail: str) -> AnswerProblem:
    return AnswerProblem(kind=ProblemKind.missing_citations, detail=detail)
