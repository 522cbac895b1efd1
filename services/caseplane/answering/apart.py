"""Tells apart what documentation says for several versions, platforms or plans of one thing.

Where a question names one, only that is a candidate. Where it names none and passages on the same subject hold for
different ones, each is quoted under its name; they are never joined into one procedure. The newest is preferred only
if the pages say that it is the current one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from caseplane.answering.candidates import Candidate, Survey
from caseplane.answering.variants import (
    Variant,
    VariantKind,
    differs,
    newest,
    says_current,
    says_old,
    variants_in,
    wants_newest,
)
from caseplane.text.words import Word, words

SAME_SUBJECT = 0.6
"""Share of the words of two headings, without the variants' own, that two passages on one subject have in common."""


@dataclass(frozen=True, slots=True)
class Part:
    """A candidate and the name of what it holds for; without a name where it need not be told apart."""

    candidate: Candidate
    label: str = ""


def parts(survey: Survey, best: Candidate, others: Sequence[Candidate]) -> list[Part]:
    """What is to be quoted: the best candidate alone, or one for each variant, the best first.

    Args:
        survey: of the question's evidence.
        best: the candidate that answers best.
        others: further candidates, best first.
    """
    kind, rivals = _rivals(best, others)
    if kind is None or _same_words([best, *rivals]):
        return [Part(best)]
    rows = [best, *rivals]
    chosen = _current(survey, rows, kind)
    if chosen is not None:
        return [Part(chosen, label_of(chosen, kind))]
    return [Part(each, label_of(each, kind)) for each in _in_order(survey, rows, kind)]


def _rivals(best: Candidate, others: Sequence[Candidate]) -> tuple[VariantKind | None, list[Candidate]]:
    """The kind in which candidates on the best one's subject differ from it, and the best one of each variant."""
    found: list[Candidate] = []
    kind: VariantKind | None = None
    for other in others:
        differing = differs(best.scope, other.scope)
        if (
            differing is None
            or (kind is not None and differing is not kind)
            or not _same_subject(best, other)
        ):
            continue
        if all(differs(each.scope, other.scope) is differing for each in found):
            kind = differing
            found.append(other)
    return kind, found


def _same_subject(one: Candidate, other: Candidate) -> bool:
    ours, theirs = _subject(one.label), _subject(other.label)
    return bool(ours & theirs) and len(ours & theirs) >= SAME_SUBJECT * len(ours | theirs)


def _subject(label: str) -> frozenset[str]:
    """Keys of a label's words but for those that name a variant."""
    own: set[str] = set()
    for variant in variants_in(label):
        product = variant.product
        own |= {word.key for word in words(variant.shown) if word.lower != product}
    return frozenset(word.key for word in words(label) if _tells(word) and word.key not in own)


def _tells(word: Word) -> bool:
    return word.is_content and word.lower not in ("v", "version")


def _same_words(candidates: Iterable[Candidate]) -> bool:
    return len({tuple(word.key for word in each.words) for each in candidates}) == 1


def _current(survey: Survey, candidates: Sequence[Candidate], kind: VariantKind) -> Candidate | None:
    """The one candidate that its page says is of the current version, or that alone is not of an old one."""
    if kind is not VariantKind.version:
        return None
    places = [_place(survey, each) for each in candidates]
    current = [each for each, place in zip(candidates, places, strict=True) if says_current(place)]
    kept = [each for each, place in zip(candidates, places, strict=True) if not says_old(place)]
    if len(current) == 1:
        return current[0]
    if len(kept) == 1 and len(candidates) > 1:
        return kept[0]
    if wants_newest(survey.question.text):
        highest = newest(variant for each in candidates for variant in each.scope)
        return next((each for each in candidates if highest in each.scope), None)
    return None


def _place(survey: Survey, candidate: Candidate) -> str:
    chunk = survey.evidence[candidate.rank]
    return f"{candidate.label} {chunk.path.replace('/', ' ').replace('-', ' ').replace('.', ' ')}"


def label_of(candidate: Candidate, kind: VariantKind) -> str:
    """What a candidate holds for, as its page has it."""
    named = sorted((v for v in candidate.scope if v.kind is kind), key=_fullest)
    if kind is not VariantKind.version or not named:
        return " / ".join(dict.fromkeys(variant.shown for variant in named))
    return f"In {named[0].shown}"


def _fullest(variant: Variant) -> tuple[int, str]:
    return -len(variant.shown), variant.shown


def _in_order(survey: Survey, candidates: Sequence[Candidate], kind: VariantKind) -> list[Candidate]:
    """Versions by number; everything else as its page has it, pages as they were ranked."""
    pages = [survey.evidence[each.rank].document_id for each in candidates]

    def place(candidate: Candidate) -> tuple[tuple[int, ...], int, int, int]:
        chunk = survey.evidence[candidate.rank]
        highest = newest(candidate.scope) if kind is VariantKind.version else None
        page = pages.index(chunk.document_id)
        return highest.release if highest else (), page, chunk.start, candidate.index

    return sorted(candidates, key=place)
