"""Makes one document searchable: prepare, embed, put its files, swap its rows."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from caseplane.core.embeddings import Embedder
from caseplane.core.ids import new_id
from caseplane.core.objects import keys
from caseplane.core.privacy.pii import detect_pii
from caseplane.core.text import TextSource
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.index import ChunkDraft, IndexedBases, PreparedChunk
from caseplane.retrieval.parsing.anchors import all_marks
from caseplane.retrieval.parsing.chunking import chunk_document
from caseplane.retrieval.parsing.documents import ParsedDocument
from caseplane.retrieval.parsing.marks import cut_marks
from caseplane.retrieval.parsing.masking import mask_document
from caseplane.retrieval.parsing.siblings import Siblings
from caseplane.retrieval.profiles.choosing import profile_to_write
from caseplane.retrieval.sources.models import Source
from caseplane.text.injection import detect_injection


@dataclass(frozen=True)
class Prepared:
    """A document that only lacks its vectors."""

    data: bytes
    document: ParsedDocument
    chunks: Sequence[ChunkDraft]
    left_out: int = 0
    """Passages that give the assistant orders; they are kept in the text, but never become evidence."""


def find_pii(text: str) -> list[tuple[int, int, str]]:
    """Personal data in a document; public contacts and example values are content."""
    return [(span.start, span.end, span.kind.value) for span in detect_pii(text, source=TextSource.document)]


async def prepare(
    context: Retrieval,
    data: bytes,
    *,
    path: str,
    media_type: str | None = None,
    siblings: Siblings | None = None,
) -> Prepared:
    """Parse a file apart from the service, mask it, and cut it into chunks.

    Raises:
        DocumentError: a subclass says why it cannot be used.
    """
    document = await context.parsers.parse(data, name=path, media_type=media_type, siblings=siblings)
    return await asyncio.to_thread(cut, context, data, document)


def cut(context: Retrieval, data: bytes, document: ParsedDocument) -> Prepared:
    """Mask a parsed document and cut it into chunks."""
    if context.settings.redact_pii:
        document = mask_document(document, find_pii)
    found = chunk_document(document, settings=context.chunking)
    fit = found
    if context.settings.refuse_instructions:
        fit = [c for c in found if not detect_injection(c.raw_text, source=TextSource.document).detected]
    marks = all_marks(document)
    drafts = [
        ChunkDraft(
            id=new_id(),
            index=chunk.index,
            text=chunk.raw_text,
            start=chunk.start,
            end=chunk.end,
            heading=chunk.context,
            tokens=chunk.tokens,
            marks=cut_marks(marks, chunk.start, chunk.end),
            pages=chunk.pages,
        )
        for chunk in fit
    ]
    return Prepared(data, document, drafts, left_out=len(found) - len(fit))


async def embed(
    context: Retrieval, embedder: Embedder, group: Sequence[Prepared]
) -> list[list[PreparedChunk]]:
    """Vectors and terms of the chunks of each document; several documents share a batch.

    Args:
        context: of the service.
        embedder: of their knowledge base's profile, as `embedder_of` gives it.
        group: the documents.

    Raises:
        EmbeddingError: the model cannot be used.
    """
    drafts = [draft for prepared in group for draft in prepared.chunks]
    size = context.settings.embed_batch
    writer = context.writer(embedder)
    done: list[PreparedChunk] = []
    for start in range(0, len(drafts), size):
        done += await writer.prepare(drafts[start : start + size])
    rest = iter(done)
    return [[next(rest) for _ in prepared.chunks] for prepared in group]


async def put_files(
    context: Retrieval, tenant_id: UUID, kind: str, document_id: UUID, prepared: Prepared
) -> None:
    """Keep the original and the text; first the larger one, which a full disk refuses sooner."""
    await context.objects.put(keys.raw_document(tenant_id, kind, document_id), prepared.data)
    text = json.dumps(prepared.document.to_json(), ensure_ascii=False).encode()
    await context.objects.put(keys.document_text(tenant_id, document_id), text)


async def swap(
    work: Work,
    source: Source,
    prepared: Prepared,
    chunks: Sequence[PreparedChunk],
    *,
    embedder: Embedder,
    document_id: UUID,
    path: str,
    uri: str,
    acl: Sequence[str] | None = None,
    media_type: str | None = None,
) -> None:
    """Put the new version of a document in the place of the old one, all in this transaction.

    Raises:
        ProfileChangedError: the knowledge base no longer takes vectors of this embedder; prepare it again.
    """
    base = await work.repo(IndexedBases).get(source.knowledge_base_id)
    profile_id = await profile_to_write(work, base.id, embedder)
    document = prepared.document
    metadata = {k: v for k, v in document.metadata.items() if k not in ("title", "language")}
    language = document.metadata.get("language")
    await work.repo(Documents).put(
        id=document_id,
        knowledge_base_id=base.id,
        source_id=source.id,
        source=source.kind,
        path=path,
        uri=uri,
        title=document.title[:1000],
        media_type=media_type or f"text/x-{document.metadata.get('format', 'plain')}",
        language=language[:35] if isinstance(language, str) else None,
        content_hash=hashlib.sha256(prepared.data).digest(),
        acl=list(acl if acl is not None else source.acl or base.acl),
        status="indexed",
        size_bytes=len(prepared.data),
        object_key=keys.raw_document(work.tenant_id, source.kind, document_id),
        text_object_key=keys.document_text(work.tenant_id, document_id),
        chunk_count=len(prepared.chunks),
        pipeline=work.context.pipeline,
        metadata=metadata,
    )
    writer = work.context.writer(embedder)
    await writer.replace_document(work.tx, work.tenant_id, document_id, profile_id, chunks)
    await work.repo(IndexedBases).raise_version(base.id)
