"""Takes personal data out of a document without moving a character.

Each find is overwritten by its kind, filled up with blanks to the same length. So offsets, blocks and
page marks stay true, the text that is stored, indexed and quoted is one and the same, and only the
original file, kept apart, still holds what was taken out.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from caseplane.retrieval.parsing.documents import Block, ParsedDocument
from caseplane.retrieval.parsing.marks import Mark

Finder = Callable[[str], Iterable[tuple[int, int, str]]]
"""Finds personal data: (start, end, kind), in order, not overlapping."""


def mask_document(document: ParsedDocument, find: Finder) -> ParsedDocument:
    """Mask the text, the title and the headings; `metadata["masked"]` counts finds by kind."""
    counts: dict[str, int] = {}
    text = mask(document.text, find, counts)
    hidden = any(mark.value and any(find(mark.value)) for mark in document.marks)
    if not counts and not hidden and not list(find(document.title)):
        return document
    return replace(
        document,
        text=text,
        title=" ".join(mask(document.title, find).split()),
        blocks=tuple(_masked(block, text) for block in document.blocks),
        marks=tuple(mark for mark in document.marks if _stays(mark, document.text, text, find)),
        metadata={**document.metadata, "masked": counts} if counts else document.metadata,
    )


def mask(text: str, find: Finder, counts: dict[str, int] | None = None) -> str:
    """Overwrite every find in a text; the length stays the same."""
    parts: list[str] = []
    done = 0
    for start, end, kind in find(text):
        parts += [text[done:start], _label(text[start:end], kind)]
        done = end
        if counts is not None:
            counts[kind] = counts.get(kind, 0) + 1
    return "".join(parts) + text[done:]


def _label(original: str, kind: str) -> str:
    label = f"[{kind}]"
    if len(label) > len(original):
        return "*" * len(original)
    # A find that spans lines must leave the lines where they are.
    tail = original[len(label) :]
    return label + "".join("\n" if character == "\n" else " " for character in tail)


def _stays(mark: Mark, before: str, after: str, find: Finder) -> bool:
    """Whether a mark says nothing that was taken out, such as the address behind a masked name."""
    untouched = before[mark.start : mark.end] == after[mark.start : mark.end]
    return untouched and not (mark.value and any(find(mark.value)))


def _masked(block: Block, text: str) -> Block:
    if not block.title:
        return block
    return replace(block, title=" ".join(text[block.start : block.end].lstrip("#").split()))
