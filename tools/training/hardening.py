"""Passages that nearly answer: found by search, and made by taking the answer away or asking for something else."""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from caseplane.answering.segments import UnitKind, split_units
from tools.training.examples import Labelled, Passage

_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-zA-Z]{3,}(?: [A-Z][a-zA-Z]{3,})*")
_NUMBER = re.compile(r"\b\d{1,4}\b")
_OPPOSITES = {
    "first": "last", "last": "first", "most": "least", "least": "most", "highest": "lowest", "lowest": "highest",
    "largest": "smallest", "smallest": "largest", "before": "after", "after": "before", "increase": "decrease",
    "decrease": "increase", "enable": "disable", "disable": "enable", "add": "remove", "remove": "add",
    "import": "export", "export": "import", "start": "stop", "stop": "start", "upgrade": "downgrade", "inside": "outside",
    "public": "private", "private": "public", "minimum": "maximum", "maximum": "minimum", "with": "without",
    "win": "lose", "won": "lost", "oldest": "newest", "begin": "end", "began": "ended", "founded": "dissolved",
    "attach": "detach", "assign": "unassign", "encrypt": "decrypt", "lock": "unlock", "more": "less", "less": "more",
    "upload": "download", "download": "upload", "grant": "revoke", "allow": "deny", "input": "output",
}  # fmt: skip


def with_near(
    labelled: Sequence[Labelled], chance: random.Random, *, each: int = 3, among: int = 25
) -> Iterator[Labelled]:
    """Adds passages that share the question's words but belong to other questions.

    Args:
        labelled: of one source.
        chance: draws them.
        each: passages added to a question.
        among: the best so many are drawn from.
    """
    passages = list({(p.heading, p.text): p for row in labelled for p in row.passages}.values())
    index = TfidfVectorizer(sublinear_tf=True, stop_words="english", max_df=0.2)
    matrix = index.fit_transform([f"{p.heading} {p.text}" for p in passages]).T.tocsr()
    for begin in range(0, len(labelled), 256):
        rows = labelled[begin : begin + 256]
        scores = (index.transform([row.question for row in rows]) @ matrix).toarray()
        for row, score in zip(rows, scores, strict=True):
            own = {p.text for p in row.passages}
            headings = {p.heading.rpartition(" > ")[2].lower() for p in row.passages if p.answers}
            top = np.argpartition(-score, among)[:among] if len(score) > among else np.arange(len(score))
            found = [
                passages[i]
                for i in top
                if passages[i].text not in own
                and passages[i].heading.rpartition(" > ")[2].lower() not in headings
                and not any(_alike(passages[i].text, p.text) for p in row.passages if p.answers)
            ]
            chosen = chance.sample(found, min(each, len(found)))
            yield row.with_passages(Passage(p.heading, p.text, answers=False, gold=()) for p in chosen)


def without_headings(labelled: Iterable[Labelled], chance: random.Random, share: float) -> Iterator[Labelled]:
    """Takes the innermost heading from all passages of a share of the questions, so that the text must be read."""
    for row in labelled:
        if chance.random() < share:
            passages = tuple(
                replace(p, heading=p.heading.rpartition(" > ")[0] or p.heading) for p in row.passages
            )
            yield replace(row, passages=passages)
        else:
            yield row


def _alike(one: str, other: str) -> bool:
    first, second = set(one.lower().split()), set(other.lower().split())
    return len(first & second) > 0.6 * min(len(first), len(second))


def without_answers(labelled: Sequence[Labelled], chance: random.Random, share: float) -> Iterator[Labelled]:
    """To a share of the questions, adds their passage with the sentence taken out that answers."""
    for row in labelled:
        more = []
        for passage in row.passages:
            if passage.answers and passage.gold and chance.random() < share:
                left = _without(passage)
                if len(left) > 80:
                    more.append(Passage(passage.heading, left, answers=False, gold=()))
        yield row.with_passages(more)


def _without(passage: Passage) -> str:
    gold = passage.gold or ()
    said = {passage.text[a:b].lower() for a, b in gold}
    kept = [
        passage.text[u.start : u.end]
        for u in split_units(passage.text)
        if u.kind is not UnitKind.heading and not any(a < u.end and u.start < b for a, b in gold)
    ]
    return " ".join(text for text in kept if not any(len(each) > 3 and each in text.lower() for each in said))


def other_questions(labelled: Sequence[Labelled], chance: random.Random, share: float) -> Iterator[Labelled]:
    """From a share of the questions, ones that their passages do not answer: a name, a number or a word exchanged."""
    names: dict[str, set[str]] = {}
    for row in labelled:
        for passage in row.passages:
            names.setdefault(row.group, set()).update(_NAME.findall(passage.text))
    for row in labelled:
        right = [p for p in row.passages if p.answers]
        if not right or chance.random() > share:
            continue
        asked = _exchanged(row.question, sorted(names[row.group]), right[0].text, chance)
        if asked is not None:
            near = tuple(Passage(p.heading, p.text, answers=False, gold=()) for p in row.passages)
            yield Labelled(f"{row.source}-exchanged", row.group, asked, near)


def _exchanged(asked: str, names: Sequence[str], text: str, chance: random.Random) -> str | None:
    ways = []
    found = [m for m in _NAME.finditer(asked) if m[0] in text]
    others = [n for n in names if n not in asked]
    if found and others:
        m = chance.choice(found)
        ways.append(asked[: m.start()] + chance.choice(others) + asked[m.end() :])
    if number := next((m for m in _NUMBER.finditer(asked) if m[0] in text), None):
        other = str(int(number[0]) + chance.choice((-7, -3, -2, -1, 1, 2, 3, 5, 10)))
        ways.append(asked[: number.start()] + other + asked[number.end() :])
    words = asked.split()
    if places := [i for i, word in enumerate(words) if word.lower() in _OPPOSITES]:
        at = chance.choice(places)
        words[at] = _OPPOSITES[words[at].lower()]
        ways.append(" ".join(words))
    return chance.choice(ways) if ways else None
