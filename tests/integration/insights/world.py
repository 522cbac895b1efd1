"""The insights service beside strict stand-ins of the services that it publishes to and asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from caseplane.core.auth import Principal, Role, ServiceTokens
from caseplane.core.embeddings import EmbeddingSettings, build_embedder
from caseplane.core.http import create_service_app
from caseplane.core.jobs import Jobs
from caseplane.core.objects import ObjectStore
from caseplane.core.parts import parts_of
from caseplane.core.runtime import Runtime
from caseplane.core.settings import CoreSettings
from caseplane.insights.context import Insights
from caseplane.orchestrator.schemas import QuestionTried, QuestionTry
from caseplane.retrieval.schemas import ArticleIndex, DocumentIds
from caseplane.services import SERVICES

SECRET = "a secret of the tests, long enough to be one"
EVERYONE = {
    "emma": {Role.sme},
    "eric": {Role.sme},
    "omar": {Role.product_owner},
    "olga": {Role.product_owner},
    "maxi": {Role.sme, Role.product_owner},
    "anna": {Role.analyst},
    "adam": {Role.admin},
}


@dataclass
class Shelf:
    """Stands for the retrieval service: what is published, by article.

    `fails` makes the next calls fail: after the change was made, as when a worker dies before it hears of it.
    """

    held: dict[UUID, ArticleIndex] = field(default_factory=dict)
    gone_documents: set[UUID] = field(default_factory=set)
    base_is_gone: bool = False
    fails: int = 0

    def app(self) -> FastAPI:
        app = FastAPI()
        app.put("/api/v1/internal/articles/{article_id}")(self._put)
        app.delete("/api/v1/internal/articles/{article_id}", status_code=204)(self._delete)
        app.post("/api/v1/internal/articles/references")(self._references)
        return app

    async def _put(self, article_id: UUID, body: ArticleIndex) -> JSONResponse:
        if self.base_is_gone:
            problem = {"title": "Not found", "status": 404, "detail": "There is no knowledge base."}
            return JSONResponse(problem, 404, media_type="application/problem+json")
        self.held[article_id] = body
        self._perhaps_fail()
        return JSONResponse({"document_id": str(document_of(article_id))})

    async def _delete(self, article_id: UUID, knowledge_base_id: UUID) -> None:
        self.held.pop(article_id, None)
        self._perhaps_fail()

    async def _references(self, body: DocumentIds) -> DocumentIds:
        return DocumentIds(ids=[each for each in body.ids if each not in self.gone_documents])

    def _perhaps_fail(self) -> None:
        if self.fails:
            self.fails -= 1
            raise HTTPException(503, "The service stops.")


@dataclass
class Answers:
    """Stands for the orchestrator: a question is answered from the article that asks it in its title."""

    shelf: Shelf
    conflicting: bool = False

    def app(self) -> FastAPI:
        app = FastAPI()
        app.post("/api/v1/internal/questions/try")(self._try)
        return app

    async def _try(self, body: QuestionTry) -> QuestionTried:
        cited = [document_of(key) for key, each in self.shelf.held.items() if each.title == body.question]
        reason = "conflicting_sources" if self.conflicting else None if cited else "no_evidence"
        return QuestionTried(
            answered=bool(cited) and reason is None, reason=reason, answer=None, confidence=0.9,
            cited_documents=cited,
        )  # fmt: skip


def document_of(article_id: UUID) -> UUID:
    return uuid5(article_id, "document")


@dataclass
class World:
    context: Insights
    shelf: Shelf
    answers: Answers
    tenant_id: UUID
    clients: dict[str, httpx.AsyncClient]

    async def step(
        self, who: str, article: dict[str, Any], name: str, *, version: int | None = None, **body: Any
    ) -> httpx.Response:
        """Take a step of an article, at the version that was read or another."""
        seen = article["version"] if version is None else version
        path = f"/articles/{article['article_id']}/{name}".rstrip("/")
        method = "POST" if name else "PATCH"
        return await self.clients[who].request(method, path, json=body, headers={"If-Match": f'"{seen}"'})

    async def read(self, article: dict[str, Any], part: str = "") -> Any:
        answer = await self.clients["anna"].get(f"/articles/{article['article_id']}/{part}".rstrip("/"))
        assert answer.is_success, answer.text
        return answer.json()


@asynccontextmanager
async def opened(database_url: str, tenant_id: UUID, folder: Path) -> AsyncIterator[World]:
    """An insights service for a tenant, with clients for everyone."""
    shelf = Shelf()
    answers = Answers(shelf)
    transports: dict[str, httpx.AsyncBaseTransport] = {
        "retrieval": httpx.ASGITransport(app=shelf.app()),
        "orchestrator": httpx.ASGITransport(app=answers.app()),
    }
    runtime = Runtime(
        settings=CoreSettings(database_url=SecretStr(database_url), service_secret=SecretStr(SECRET)),
        tokens=ServiceTokens(SECRET, lifetime=86_400),  # the longest test takes minutes
        jobs=Jobs(database_url),
        objects=ObjectStore(f"file://{folder}/objects"),
        embedder=build_embedder(EmbeddingSettings()),
        services=SERVICES,
        transports=transports,
    )
    manifest = SERVICES.named("insights")
    parts = parts_of(manifest)
    async with runtime.jobs.open():
        context = parts.build(runtime)
        transport = httpx.ASGITransport(app=create_service_app(manifest, parts, runtime, context))
        clients = {
            name: httpx.AsyncClient(
                transport=transport,
                base_url="http://test/api/v1",
                headers={
                    "Authorization": "Bearer "
                    + runtime.tokens.mint(
                        Principal(tenant_id=tenant_id, subject=name, roles=frozenset(roles))
                    )
                },
            )
            for name, roles in EVERYONE.items()
        }
        yield World(context, shelf, answers, tenant_id, clients)
        for client in clients.values():
            await client.aclose()
    await runtime.close()
