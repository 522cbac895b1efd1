"""Fragments that lead to a section: the id that its source gives it, else what the source's generator makes.

GitHub, Docusaurus, Hugo and most readers of Markdown make the same id of a heading; Sphinx and Asciidoctor have
rules of their own. An HTML page has the ids that it has. A wrong guess only opens the page at its top.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator

from caseplane.retrieval.parsing.documents import BlockKind, ParsedDocument
from caseplane.retrieval.parsing.marks import Mark, MarkKind


def _github(title: str) -> str:
    kept = (c for c in title.strip().lower() if c in " -_" or unicodedata.category(c)[0] in "LNM")
    return "".join(kept).replace(" ", "-")


def _docutils(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"^[-0-9]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", plain))


def _asciidoctor(title: str) -> str:
    kept = re.sub(r"[^\w\s.-]", "", title.lower())
    return "_" + re.sub(r"[\s._-]+", "_", kept).strip("_")


_SLUGS: dict[str, Callable[[str], str]] = {
    "markdown": _github,
    "mdx": _github,
    "rst": _docutils,
    "asciidoc": _asciidoctor,
}


def places(document: ParsedDocument) -> Iterator[Mark]:
    """Where sections begin; one that no fragment leads to has an empty one."""
    slug = _SLUGS.get(str(document.metadata.get("format", "")))
    seen: Counter[str] = Counter()
    for number, block in enumerate(document.blocks):
        if block.kind is BlockKind.heading:
            made = _unique(slug(block.title), seen) if slug else ""
            top = number == 0 and block.level == 1
            yield Mark(block.start, block.start, MarkKind.anchor, block.anchor or ("" if top else made))


def _unique(slug: str, seen: Counter[str]) -> str:
    """A second heading of the same words is told apart by its number, as generators do."""
    again = seen[slug]
    seen[slug] += 1
    return f"{slug}-{again}" if again and slug else slug


def all_marks(document: ParsedDocument) -> list[Mark]:
    return sorted([*document.marks, *places(document)])
