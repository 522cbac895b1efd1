"""What can be said of documents by looking at them: twice there, very long, nothing but links."""

import re
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from uuid import UUID

from caseplane.retrieval.quality.repository import StoredChunk, StoredDocument
from caseplane.retrieval.quality.schemas import Duplicates, LongDocument, NotRead

_WORD = re.compile(r"\w+")
_SEQUENCE = 4
_SKETCH = 128
_COMPARED = 24
"""Values by which documents that may be alike are found."""
_ALIKE = 0.8
_LEAST_WORDS = 20
_LONG_CHUNKS = 300
_MOST_ALIKE = 50
"""Documents that share a value; more share a phrase that says nothing."""


def unread(documents: Sequence[StoredDocument]) -> list[NotRead]:
    """Documents of which pages or cells were not read."""
    return [
        NotRead(path=d.path, pages_without_text=d.metadata.get("pages_without_text", []), remarks=remarks)
        for d in sorted(documents, key=lambda d: d.path)
        if d.metadata.get("format") != "part"
        and ((remarks := d.metadata.get("remarks", [])) or d.metadata.get("pages_without_text"))
    ]


def long_documents(documents: Sequence[StoredDocument]) -> list[LongDocument]:
    found = [LongDocument(path=d.path, chunks=d.chunks) for d in documents if d.chunks > _LONG_CHUNKS]
    return sorted(found, key=lambda d: -d.chunks)


def link_only(documents: Sequence[StoredDocument], chunks: Mapping[UUID, Sequence[StoredChunk]]) -> list[str]:
    """Documents in which nearly all words are links."""
    found = []
    for document in documents:
        own = chunks.get(document.id, ())
        linked = sum(end - start for c in own for start, end, kind, *_ in c.marks or () if kind == "link")
        whole = sum(len(c.text) for c in own)
        if whole and linked > 0.75 * whole:
            found.append(document.path)
    return sorted(found)


def duplicates(
    documents: Sequence[StoredDocument], chunks: Mapping[UUID, Sequence[StoredChunk]]
) -> list[Duplicates]:
    """Documents that are identical, or of which most sequences of words are the same."""
    same: dict[str, list[StoredDocument]] = defaultdict(list)
    for document in documents:
        same[document.sha256].append(document)
    found = [
        Duplicates(paths=sorted(d.path for d in group), alike=1) for group in same.values() if len(group) > 1
    ]
    sketches = {
        group[0].path: sketch for group in same.values() if (sketch := _sketch(chunks.get(group[0].id, ())))
    }
    for first, second in _candidates(sketches):
        alike = _resemblance(sketches[first], sketches[second])
        if alike >= _ALIKE:
            found.append(Duplicates(paths=sorted((first, second)), alike=round(alike, 2)))
    return sorted(found, key=lambda d: (-d.alike, d.paths))


def _sketch(chunks: Sequence[StoredChunk]) -> list[int]:
    """The smallest hashes of a document's word sequences (Broder 1997, doi:10.1109/SEQUEN.1997.666900)."""
    words = _WORD.findall(" ".join(chunk.text for chunk in chunks).casefold())
    if len(words) < _LEAST_WORDS:
        return []
    sequences = {" ".join(words[i : i + _SEQUENCE]) for i in range(len(words) - _SEQUENCE + 1)}
    return sorted({zlib.crc32(sequence.encode()) for sequence in sequences})[:_SKETCH]


def _candidates(sketches: Mapping[str, Sequence[int]]) -> set[tuple[str, str]]:
    having: dict[int, list[str]] = defaultdict(list)
    for path, sketch in sketches.items():
        for value in sketch[:_COMPARED]:
            having[value].append(path)
    return {
        pair
        for paths in having.values()
        if 1 < len(paths) <= _MOST_ALIKE
        for pair in combinations(sorted(paths), 2)
    }


def _resemblance(first: Sequence[int], second: Sequence[int]) -> float:
    union = sorted({*first, *second})[:_SKETCH]
    both = {*first} & {*second}
    return sum(value in both for value in union) / len(union)
