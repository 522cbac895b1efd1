"""Questions from the headings and links of documentation, over the product's own chunks."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from caseplane.retrieval.parsing.chunking import SEPARATOR, chunk_document
from caseplane.retrieval.parsing.errors import DocumentError
from caseplane.retrieval.parsing.parse import parse
from tools.training.examples import Labelled, Passage
from tools.training.phrasing import plain, question, says_much
from tools.training.pieces import cut

MOST_QUESTIONS = 2
"""Ways in which one heading is asked."""
_LINK = re.compile(r"(?<!!)\[([^\]\n]{12,90})\]\(([^)\s]+)\)")
_SHORTEST = 60


@dataclass(frozen=True)
class _Section:
    path: str
    heading: tuple[str, ...]
    text: str

    def passages(self, heading: tuple[str, ...], *, answers: bool) -> list[Passage]:
        return cut(SEPARATOR.join(heading), self.text, None, answers=answers)


def questions_of(folder: Path, name: str, chance: random.Random) -> Iterator[Labelled]:
    """Questions over the Markdown files of a folder; passages of the same page are the ones that nearly answer."""
    pages = {path: found for path in sorted(_files(folder)) if (found := list(_sections(folder, path)))}
    linked = _linked(folder, pages)
    for path, sections in pages.items():
        for place, section in enumerate(sections):
            asked = linked.get((path, section.heading), [])[:MOST_QUESTIONS]
            leaf = plain(section.heading[-1])
            own = len(section.heading) > 1 or len(sections) < 3  # a page's title is answered by all of it
            if says_much(leaf) and own:
                asked = [*asked, *(question(leaf, chance) for _ in range(MOST_QUESTIONS))]
            near = sections[:place] + sections[place + 1 :]
            for text in dict.fromkeys(asked):
                # With its heading, as search finds it: passages that answer share more words with the question than others.
                right = section.passages(section.heading, answers=True)
                others = chance.sample(near, min(3, len(near)))
                wrong = [
                    chance.choice(other.passages(other.heading, answers=False))
                    for other in others
                    if not _overlap(leaf, other.heading[-1])
                ]
                yield Labelled(name, f"{name}/{path}", text, (*right, *wrong))


def _files(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*.md*"):
        path = file.relative_to(folder).as_posix()
        if not re.search(
            r"changelog|release-?notes?|license|contributing|code-of-conduct|/blog/|api-reference", path, re.I
        ):
            yield path


def _sections(folder: Path, path: str) -> Iterator[_Section]:
    """The first chunk of each section, without the chunks that only go on."""
    try:
        document = parse((folder / path).read_bytes(), name=path)
    except (DocumentError, OSError):
        return
    title = plain(document.title)
    seen = set()
    for chunk in chunk_document(document):
        inner = tuple(plain(part) for part in chunk.heading_path)
        heading = inner if inner and inner[0] == title else (title, *inner)
        text = chunk.raw_text.strip()
        lines = text.splitlines()
        while lines and lines[0].startswith("#"):
            lines.pop(0)
        body = "\n".join(lines).strip()
        if heading not in seen and len(body) >= _SHORTEST:
            seen.add(heading)
            yield _Section(path, heading, body)


def _linked(folder: Path, pages: dict[str, list[_Section]]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """What links to a section say of it."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for path in pages:
        for said, target in _LINK.findall((folder / path).read_text("utf-8", errors="replace")):
            address, _, anchor = target.partition("#")
            if not anchor or "://" in address or not says_much(plain(said)):
                continue
            at = _resolved(path, address) if address else path
            for section in pages.get(at, ()):
                leaf = section.heading[-1]
                slug = re.sub(r"[^\w\- ]", "", leaf.lower()).replace(" ", "-")
                if slug == anchor.lower() and plain(said).lower() != leaf.lower():
                    found.setdefault((at, section.heading), []).append(plain(said))
    return found


def _resolved(path: str, address: str) -> str:
    parts: list[str] = []
    for part in (PurePosixPath(path).parent / address).parts:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    at = "/".join(parts)
    return at if at.endswith((".md", ".mdx")) else f"{at}.md"


def _overlap(one: str, other: str) -> bool:
    """Whether two headings say nearly the same."""
    first, second = (set(re.findall(r"\w{4,}", each.lower())) for each in (one, other))
    return len(first & second) >= 0.6 * max(1, min(len(first), len(second)))
