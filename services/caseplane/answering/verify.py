"""Checks a model's sentences against the evidence, and converts its quotes to exact spans.

No claim of a model about its sources is trusted: the evidence must exist, it must contain the quote
(ignoring white space), and the quotes of a sentence must contain its numbers. A failed check is a problem
of kind `missing_citations`, and such a draft never passes the gate.
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
"""Shorter quotes (`the`, `yes`) occur everywhere and prove nothing."""

_SPACE = re.compile(r"\s+")


def verify(
    drafted: Sequence[DraftedSentence], evidence: Sequence[Evidence], *, question: str
) -> tuple[list[AnswerSentence], list[AnswerProblem]]:
    """Check every sentence.

    Args:
        drafted: the sentences as the model wrote them.
        evidence: of the prompt, in the order of its numbers.
        question: its words need no citation in the answer.

    Returns:
        The sentences with their verified citations, and the problems.
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
    """Find a quote in a text, ignoring differences in white space.

    Returns:
        The exact span in `text`, or None if the quote is not there.
    """
    pieces = [re.escape(piece) for piece in _SPACE.split(quote.strip()) if piece]
    if not pieces:
        return None
    found = re.search(r"\s+".join(pieces), text)
    return found.span() if found else None


def _cite(number: int, quote: str, evidence: Sequence[Evidence]) -> Citation | str:
    """The citation, or why it is invalid."""
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
