"""A temporary knowledge base with the service's own search.

Measurements of another retriever would not apply to the product. So the production index writer stores
passages in a Postgres in a temporary folder, and the production hybrid search answers. One passage is one
document of one chunk, because the labels of a data set refer to whole passages.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.answering import Evidence
from caseplane.core.database import Database
from caseplane.core.embeddings import Embedder
from caseplane.core.ids import new_id
from caseplane.core.jobs import Jobs
from caseplane.core.work import Context, Work
from caseplane.local.postgres import EmbeddedPostgres
from caseplane.migrations import migrate
from caseplane.retrieval.index import (
    ChunkDraft,
    HybridSearch,
    IndexWriter,
    PgVectorIndex,
    SearchHit,
)
from caseplane.retrieval.profiles.repository import Profiles

BATCH = 64
"""Passages written in one transaction."""
Progress = Callable[[str, int, int], None]
"""Receives the activity, the number of finished items and their total."""

_TENANT = "INSERT INTO platform.tenants (id, slug, display_name) VALUES (%s, 'evaluation', 'Evaluation')"
_BASE = text("""
    INSERT INTO knowledge.knowledge_bases (tenant_id, id, name) VALUES (:tenant_id, :base_id, 'passages')
""")
_DOCUMENT = text("""
    INSERT INTO knowledge.documents
        (tenant_id, id, knowledge_base_id, source, path, title, uri, content_hash, status)
    VALUES (:tenant_id, :id, :base_id, 'upload', :path, :title, :path, :content_hash, 'indexed')
""")


@dataclass(frozen=True, slots=True)
class Passage:
    """One labelled text; `key` is its id in the data set."""

    key: str
    title: str
    text: str


class Workspace:
    """A knowledge base of passages; `open_workspace` makes one.

    Args:
        context: opens work of the knowledge role.
        embedder: of questions and passages.
    """

    def __init__(self, context: Context, embedder: Embedder, *, tenant_id: UUID, base_id: UUID) -> None:
        self._context, self._tenant_id, self._base_id = context, tenant_id, base_id
        self._embedder = embedder
        self._writer = IndexWriter(embedder, PgVectorIndex())
        self._search = HybridSearch(embedder)
        self._keys: dict[UUID, str] = {}

    async def add(self, passages: Sequence[Passage], progress: Progress | None = None) -> None:
        async with self._work() as work:
            profile = await work.repo(Profiles).ensure(self._base_id, self._embedder.profile)
        for begin in range(0, len(passages), BATCH):
            if progress is not None:
                progress("Indexing", begin, len(passages))
            batch = passages[begin : begin + BATCH]
            prepared = await self._writer.prepare([_chunk(passage) for passage in batch])
            async with self._work() as work:
                for passage, chunk in zip(batch, prepared, strict=True):
                    document = await self._document(work.tx, passage)
                    await self._writer.replace_document(work.tx, self._tenant_id, document, profile, [chunk])

    def _work(self) -> AbstractAsyncContextManager[Work[Context]]:
        return self._context.work(self._context.principal(self._tenant_id))

    async def _document(self, tx: AsyncSession, passage: Passage) -> UUID:
        document = new_id()
        row = {
            "tenant_id": self._tenant_id,
            "base_id": self._base_id,
            "id": document,
            "path": passage.key,
            "title": passage.title or passage.key,
            "content_hash": sha256(passage.text.encode()).digest(),
        }
        await tx.execute(_DOCUMENT, row)
        self._keys[document] = passage.key
        return document

    async def find(self, question: str, limit: int) -> list[Evidence]:
        """The best passages for a question, best first."""
        async with self._work() as work:
            found = await self._search.search(
                work.tx,
                self._tenant_id,
                question,
                knowledge_base_ids=[self._base_id],
                entitlements=None,
                limit=limit,
            )
        return [_evidence(hit) for hit in found.hits]

    def key(self, evidence: Evidence) -> str:
        """The data set's id of a found passage."""
        return self._keys[evidence.document_id]


def _chunk(passage: Passage) -> ChunkDraft:
    return ChunkDraft(id=new_id(), index=0, text=passage.text, start=0, end=len(passage.text), heading="")


def _evidence(hit: SearchHit) -> Evidence:
    return Evidence(
        chunk_id=hit.chunk_id,
        document_id=hit.document_id,
        title=hit.title,
        uri=hit.uri,
        heading=hit.heading,
        text=hit.text,
        start=hit.start,
        end=hit.end,
        score=hit.score,
        component_scores=hit.scores.as_dict(),
        sentences=hit.sentences,
        pages=hit.pages,
        marks=hit.marks,
        path=hit.path,
        version=hit.version,
    )


@asynccontextmanager
async def open_workspace(embedder: Embedder) -> AsyncIterator[Workspace]:
    """An empty knowledge base in its own Postgres, deleted afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="caseplane-eval-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as server,
    ):
        await asyncio.to_thread(migrate, server.admin_url)
        tenant_id, base_id = new_id(), new_id()
        async with await psycopg.AsyncConnection.connect(server.admin_url) as admin:
            await admin.execute(_TENANT, (tenant_id,))
        db = Database(server.app_url, schema="knowledge", pool_size=2)
        context = Context(db=db, jobs=Jobs(server.app_url))
        try:
            async with context.work(context.principal(tenant_id)) as work:
                await work.tx.execute(_BASE, {"tenant_id": tenant_id, "base_id": base_id})
            yield Workspace(context, embedder, tenant_id=tenant_id, base_id=base_id)
        finally:
            await db.close()
