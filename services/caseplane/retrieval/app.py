"""Puts the retrieval service together."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial

from cachetools import TTLCache

from caseplane.core.announcements import listen, queue_at
from caseplane.core.background import running
from caseplane.core.embeddings import Embedders
from caseplane.core.llm import LlmRole
from caseplane.core.parts import Parts
from caseplane.core.runtime import Runtime
from caseplane.retrieval.articles.internal import articles
from caseplane.retrieval.bases.api import bases
from caseplane.retrieval.cases.internal import cases
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.documents.api import documents
from caseplane.retrieval.documents.handlers import handlers as document_jobs
from caseplane.retrieval.index.reranking import LlmReranker
from caseplane.retrieval.index.stores import outside_store
from caseplane.retrieval.ingestion.api import every_base, ingestion
from caseplane.retrieval.ingestion.changes import note_changes
from caseplane.retrieval.ingestion.handlers import handlers as ingestion_jobs
from caseplane.retrieval.parsing.sandbox import ParserPool
from caseplane.retrieval.parsing.settings import ChunkSettings, IngestionSettings
from caseplane.retrieval.profiles.handlers import handlers as profile_jobs
from caseplane.retrieval.quality.api import quality
from caseplane.retrieval.quality.handlers import handlers as quality_jobs
from caseplane.retrieval.reports.api import reports
from caseplane.retrieval.search.api import searches
from caseplane.retrieval.service import MANIFEST
from caseplane.retrieval.settings import QdrantSettings, RetrievalSettings
from caseplane.retrieval.sources.api import sources


def build(
    runtime: Runtime,
    settings: RetrievalSettings | None = None,
    limits: IngestionSettings | None = None,
    chunking: ChunkSettings | None = None,
) -> Retrieval:
    """The collaborators of the use cases."""
    settings = settings or RetrievalSettings()
    limits = limits or IngestionSettings()
    llm = runtime.llm
    return Retrieval(
        db=runtime.database(MANIFEST.schema),
        jobs=runtime.jobs,
        objects=runtime.objects,
        embedders=Embedders(runtime.embedder, runtime.further_embedders),
        parsers=ParserPool(limits),
        cache=TTLCache(settings.cache_entries, settings.cache_ttl.total_seconds()),
        settings=settings,
        limits=limits,
        chunking=chunking or ChunkSettings(),
        outside=outside_store(settings),
        reader=runtime.reader,
        reranker=LlmReranker(llm, settings) if llm and llm.model(LlmRole.rerank) else None,
    )


@asynccontextmanager
async def serving(runtime: Runtime, context: Retrieval) -> AsyncIterator[None]:
    """End the parsers' processes with the application."""
    try:
        yield
    finally:
        await context.parsers.close()


@asynccontextmanager
async def working(runtime: Runtime, context: Retrieval) -> AsyncIterator[None]:
    """Read what the object store announces; nothing where it announces nothing.

    Raises:
        QueueAddressError
    """
    address = runtime.settings.objects_changes_url
    if not address:
        yield
        return
    async with aclosing(queue_at(address)) as queue:
        note = partial(note_changes, context, runtime.settings.objects_url)
        async with running(listen(queue, note, ready=context.db.ping)):
            yield


PARTS = Parts(
    build=build,
    routers=[bases, sources, documents, every_base, ingestion, reports, quality, searches, cases, articles],
    handlers=[document_jobs, profile_jobs, ingestion_jobs, quality_jobs],
    settings=[RetrievalSettings, QdrantSettings, IngestionSettings, ChunkSettings],
    serving=serving,
    working=working,
)
