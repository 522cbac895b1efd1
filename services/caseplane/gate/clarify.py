"""Finds the choices of the one clarifying question that may be asked before a case goes to a person.

A choice is a section of the evidence that may hold the answer; its label is made of the title and the heading, so it
offers what the knowledge base has and never guesses what the customer means. Nothing is offered where a choice could not
help: one section clearly answers, or none is near.
"""

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from caseplane.answering.models import Evidence
from caseplane.answering.question import analyse
from caseplane.text import stop_words
from caseplane.text.words import ALIKE, keys, words

MAX_CHOICES = 4
MAX_LABEL = 90
SHORT_QUESTION = 2
"""Questions with at most this many content words count as too short to tell sections apart."""
STANDS_OUT, NEAR, NEEDED = 13.1, 7.4, 5.7
"""Weights of how far the best section stands out from those that are not offered (fused score) and of how near the best
chunk is (cosine), and what they must add up to. Fitted to 146 questions over two documentations that the gate refused: at
this sum, the labelled section is among the choices of 84 % (cross-validated)."""
FURTHEST = 0.15
"""Of a knowledge base so small that nothing is left out, standing out proves little more than this."""
CLOSE = 0.3
"""Largest difference in relevance (cosine) to the best section at which a short question may mean another."""
REPEATED = 0.8
"""Share of the words of two texts that both have, from which they say the same."""
SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Choice:
    """A section that a customer may mean.

    Attributes:
        label: for the customer: one line without markup, unlike the other labels.
        document_id: where it stands.
        heading: the path of its headings, as the evidence has it.
    """

    label: str
    document_id: UUID
    heading: str


@dataclass(frozen=True, slots=True)
class _Section:
    """The best chunk of a section, and its relevance (cosine)."""

    chunk: Evidence
    relevance: float


def find_choices(question: str, evidence: Sequence[Evidence], relevance: Sequence[float]) -> list[Choice]:
    """The sections that a customer may be asked to choose from.

    Args:
        question: in the customer's words.
        evidence: retrieved chunks, best first.
        relevance: cosine of question and chunk, one per piece of evidence.

    Returns:
        At least two, the likeliest first; none if the answer is not likely to be among them.
    """
    if not evidence or len(relevance) != len(evidence) or not all(map(math.isfinite, relevance)):
        return []
    sections = _without_repeats(_sections(evidence, relevance))
    terms = {w.key for w in words(question) if w.is_content and w.lower not in stop_words.TAGS}
    if len(terms) <= SHORT_QUESTION:
        best = max(section.relevance for section in sections)
        task = analyse(question).task
        near = [each for each in sections if best - each.relevance <= CLOSE and _speaks_of(task, each.chunk)]
        named = [each for each in _labelled(near) if 2 * len(terms & keys(each.label)) >= max(1, len(terms))]
        found = named[:MAX_CHOICES]
    else:
        found = _labelled(sections[:MAX_CHOICES]) if _likely(sections) else []
    return found if len(found) > 1 else []


def _speaks_of(task: frozenset[str], chunk: Evidence) -> bool:
    """Whether a section names all of the task: "delete a workspace" is no choice for who wants to create one."""
    said = keys(f"{chunk.title} {chunk.heading} {chunk.text}")
    return all(key in said or not ALIKE.get(key, frozenset()).isdisjoint(said) for key in task)


def _likely(sections: Sequence[_Section]) -> bool:
    """Whether the first sections are likely to hold the answer."""
    best = sections[0].chunk.score
    left_out = sections[MAX_CHOICES].chunk.score if len(sections) > MAX_CHOICES else 0.0
    nearest = max(section.relevance for section in sections)
    return STANDS_OUT * min(FURTHEST, best - left_out) + NEAR * nearest >= NEEDED


def _sections(evidence: Sequence[Evidence], relevance: Sequence[float]) -> list[_Section]:
    """The sections of the evidence, in its order."""
    best: dict[tuple[UUID, str], _Section] = {}
    for chunk, near in zip(evidence, relevance, strict=True):
        place = (chunk.document_id, chunk.heading)
        first = best.get(place)
        best[place] = _Section(first.chunk if first else chunk, max(near, first.relevance if first else near))
    return list(best.values())


def _without_repeats(sections: Iterable[_Section]) -> list[_Section]:
    """Sections that do not say again what a likelier one says."""
    kept: list[_Section] = []
    for section in sections:
        said = keys(section.chunk.text)
        if not any(_repeats(said, keys(other.chunk.text)) for other in kept):
            kept.append(section)
    return kept


def _repeats(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= REPEATED * len(one | other)


# ---- labels

_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\[[^\]]*\])")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ANCHOR = re.compile(r"\s*\[\[[^\]]*\]\]\s*$|\s*\{[#:.][^}]*\}\s*$|\s*¶\s*$|\s+#+\s*$|^\s*#+\s+")
_EMPHASIS = re.compile(
    r"(?<![\w*])(\*{1,3}|~~)(?=\S)(.+?)(?<=\S)\1(?![\w*])|(?<!\w)(_{1,3})(?=\S)(.+?)(?<=\S)\3(?!\w)"
)


def plain(text: str) -> str:
    """A title or heading on one line, without markup."""
    text = _ANCHOR.sub("", _TAG.sub("", _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))))
    text = _EMPHASIS.sub(lambda found: found[2] or found[4], text).replace("`", "")
    return " ".join(html.unescape(text).split())


def shortened(text: str, length: int = MAX_LABEL) -> str:
    """At most so many characters, cut at a word."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,.;:-") + "…"


def _labelled(sections: Sequence[_Section]) -> list[Choice]:
    """The choices with labels that differ; a section that cannot be told from a likelier one is left out."""
    found: list[Choice] = []
    for section in sections:
        taken = {choice.label.casefold() for choice in found}
        label = next((each for each in _names(section.chunk) if each and each.casefold() not in taken), None)
        if label is not None:
            found.append(Choice(label, section.chunk.document_id, section.chunk.heading))
    return found


def _names(chunk: Evidence) -> Iterable[str]:
    """Names of a section, from the shortest to the most exact."""
    title = plain(chunk.title)
    path = [plain(part) for part in chunk.heading.split(SEPARATOR)]
    inner = [part for part in path if part and part != title]
    if not inner:
        yield shortened(title)
    else:
        yield _joined(title, inner[-1])
        if len(inner) > 1:
            yield _joined(title, f"{inner[-2]} – {inner[-1]}")  # noqa: RUF001
    yield _joined(chunk.uri.rstrip("/").rsplit("/", 1)[-1], inner[-1] if inner else title)
    yield _joined("/".join(chunk.uri.rstrip("/").rsplit("/", 2)[-2:]), inner[-1] if inner else title)


def _joined(title: str, heading: str) -> str:
    """Title and heading; if both are too long together, the heading is what tells sections apart."""
    both = f"{title}: {heading}" if title else heading
    return both if len(both) <= MAX_LABEL else shortened(heading)
