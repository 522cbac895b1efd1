"""Texts of a source that are read together: a page includes and names others of them."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.errors import NotFoundError
from caseplane.core.objects import keys
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.ingestion.indexing import Prepared
from caseplane.retrieval.parsing.decode import decode
from caseplane.retrieval.parsing.documents import ParsedDocument
from caseplane.retrieval.parsing.remarks import REMARKS
from caseplane.retrieval.parsing.siblings import SETTINGS, SUFFIXES, Project, Siblings
from caseplane.retrieval.reports.models import Ingestion, IngestionItem
from caseplane.retrieval.reports.repository import Items
from caseplane.retrieval.sources.models import Source

PARTS = "parts"
"""In a document's metadata: the files that it was read with, by path, and their hash; an empty one was not there."""
_ENDS = (*SUFFIXES, ".txt", *SETTINGS)
_GETS = 16
_MOST_FILES = 5_000
_MOST_BYTES = 1024 * 1024
"""Of one file; a longer one is no part of a page."""


@dataclass(frozen=True)
class Together:
    """The texts of a source, as they are while an ingestion runs."""

    project: Project
    hashes: Mapping[str, str] = field(default_factory=dict)

    def siblings(self, path: str, data: bytes) -> tuple[Siblings, dict[str, str]]:
        """What a page takes from the others, and what of it to remember."""
        found, used = self.project.siblings(path, decode(data)[0])
        return found, {each: self.hashes.get(each, "") if there else "" for each, there in used.items()}


def is_read_together(path: str) -> bool:
    """Whether a page may take something from other files of its source."""
    return path.lower().endswith(SUFFIXES) or path.rsplit("/", 1)[-1] in SETTINGS


async def texts_of(
    context: Retrieval, principal: Principal, ingestion: Ingestion, source: Source
) -> Together:
    """Read the texts of a source: those that are indexed, and in their place those that have just come."""
    async with context.work(principal) as work:
        stored = await _keys(work, ingestion.id, source)
    found: dict[str, bytes] = {}
    paths = sorted(stored)[:_MOST_FILES]
    for start in range(0, len(paths), _GETS):
        some = paths[start : start + _GETS]
        read = await asyncio.gather(*(_bytes(context, stored[path]) for path in some))
        found |= {path: data for path, data in zip(some, read, strict=True) if data is not None}
    return await asyncio.to_thread(_together, found)


async def _keys(work: Work, ingestion_id: UUID, source: Source) -> dict[str, str]:
    places = await work.repo(Documents).places(source.id)
    indexed = {
        path: keys.raw_document(work.tenant_id, source.kind, key)
        for key, path, _ in places
        if path.lower().endswith(_ENDS)
    }
    return indexed | await work.repo(Items).bytes_at(ingestion_id, _ENDS)


async def _bytes(context: Retrieval, key: str) -> bytes | None:
    try:
        data = await context.objects.get(key)
    except NotFoundError:  # superseded, or deleted meanwhile: the page is read without it
        return None
    return data if len(data) <= _MOST_BYTES else None


def _together(found: Mapping[str, bytes]) -> Together:
    texts = {path: decode(data)[0] for path, data in found.items()}
    return Together(Project(texts), {path: hashlib.sha256(data).hexdigest() for path, data in found.items()})


def part(data: bytes, together: Together, *, path: str) -> Prepared:
    """A file that is read with others: it is kept for them, and nothing of it is found by itself."""
    text, charset = decode(data)
    said = {
        "format": "part",
        "charset": charset,
        REMARKS: ["It is read with the pages that include it, and not by itself"],
        PARTS: {each: together.hashes.get(each, "") for each in together.project.includers(path)},
    }
    return Prepared(data, ParsedDocument(path.rsplit("/", 1)[-1], text, (), said), [])


def any_together(items: Sequence[IngestionItem]) -> bool:
    return any(is_read_together(item.path) for item in items)
