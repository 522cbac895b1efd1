"""Puts the retrieval service together: its collaborators, its routes, what must answer first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cachetools import TTLCache
from fastapi import FastAPI

from caseplane.core.database import DatabaseRole
from caseplane.core.embeddings import Embedders
from caseplane.core.http import create_service_app
from caseplane.core.llm import LlmRole
from caseplane.core.runtime import Runtime
from caseplane.retrieval.api import cases, knowledge, searches
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.ingestion.sandbox import ParserPool
from caseplane.retrieval.ingestion.settings import ChunkSettings, IngestionSettings
from caseplane.retrieval.reranking import LlmReranker
from caseplane.retrieval.settings import RetrievalSettings
from caseplane.retrieval.stores import outside_store


def build_service(
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
        db=runtime.database(DatabaseRole.knowledge),
        jobs=runtime.jobs,
        objects=runtime.objects,
        embedders=Embedders(runtime.embedder, runtime.further_embedders),
        parsers=ParserPool(limits),
        cache=TTLCache(settings.cache_entries, settings.cache_ttl.total_seconds()),
        settings=settings,
        limits=limits,
        chunking=chunking or ChunkSettings(),
        outside=outside_store(settings),
        reranker=LlmReranker(llm, settings) if llm and llm.model(LlmRole.rerank) else None,
    )


def create_app(runtime: Runtime, service: Retrieval | None = None) -> FastAPI:
    """The HTTP application of the retrieval service."""
    o = service or build_service(runtime)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await o.parsers.close()

    return create_service_app(
        "retrieval",
        runtime=runtime,
        routers=[knowledge, searches, cases],
        ready={"database": o.db.ping},
        state={"retrieval": o},
        lifespan=lifespan,
    )
