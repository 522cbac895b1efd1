"""A retrieval service on a real database and a real file store, with an embedder that needs no model."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx
import numpy as np
from fastapi import FastAPI
from pydantic import SecretStr

from caseplane.core.auth import Principal, Role, ServiceTokens
from caseplane.core.background import running
from caseplane.core.embeddings import EmbeddingProfile, Vectors
from caseplane.core.errors import UnavailableError
from caseplane.core.http import create_service_app
from caseplane.core.jobs import Jobs
from caseplane.core.llm import Llm
from caseplane.core.objects import ObjectStore
from caseplane.core.runtime import Runtime
from caseplane.core.settings import CoreSettings
from caseplane.core.work import handle
from caseplane.retrieval.app import PARTS, build
from caseplane.retrieval.client import RetrievalClient
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.service import MANIFEST
from caseplane.retrieval.settings import RetrievalSettings

QUEUES = ["ingestion", "changes"]
SECRET = "a-secret-of-at-least-32-characters"
FOR_ALL = {"a.md": b"The purple widget costs ten euros."}
FOR_PARTNERS = {"b.md": b"The purple widget discount code for partners is winter."}


class WordEmbedder:
    """Texts that share words are near each other; a test can make it unavailable, or run a step before it."""

    def __init__(self, model: str = "words", dimension: int = 384) -> None:
        self.profile = EmbeddingProfile(model=model, dimension=dimension)
        self.away: Exception | bool = False
        self.first: Callable[[], Awaitable[None]] | None = None
        self.texts = self.questions = 0

    async def embed(self, texts: Iterable[str]) -> Vectors:
        if self.first is not None:
            await self.first()
        self._there()
        rows = [self._row(text) for text in texts]
        self.texts += len(rows)
        return np.stack(rows) if rows else np.empty((0, self.profile.dimension), np.float32)

    async def embed_query(self, text: str) -> Vectors:
        self._there()
        self.questions += 1
        return self._row(text)

    def _there(self) -> None:
        if isinstance(self.away, Exception):
            raise self.away
        if self.away:
            raise UnavailableError("The model is away.")

    def _row(self, text: str) -> Vectors:
        row = np.full(self.profile.dimension, 1e-3, np.float32)
        for word in text.lower().split():
            row[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % len(row)] += 1
        unit: Vectors = row / np.linalg.norm(row)
        return unit


class Harness:
    """The service, its application and a worker that is run when a test says so.

    Besides the default model there is one named `other`; the default can be swapped.
    """

    def __init__(
        self,
        database_url: str,
        folder: Path,
        retrieval: RetrievalSettings | None = None,
        *,
        embedder: WordEmbedder | None = None,
        other: WordEmbedder | None = None,
        llm: Llm | None = None,
    ) -> None:
        settings = CoreSettings(database_url=SecretStr(database_url), objects_url=f"file://{folder}/objects")
        self.embedder = embedder or WordEmbedder()
        self.other = other or WordEmbedder("others", 64)
        self.tokens = ServiceTokens(SECRET)
        self.runtime = Runtime(
            settings=settings,
            tokens=self.tokens,
            jobs=Jobs(database_url),
            objects=ObjectStore(settings.objects_url),
            embedder=self.embedder,
            further_embedders={"other": lambda: self.other},
            llm=llm,
        )
        self.context: Retrieval = build(self.runtime, retrieval)
        self.app: FastAPI = create_service_app(MANIFEST, PARTS, self.runtime, self.context)
        handle(self.runtime.jobs, self.context, PARTS.handlers)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://retrieval")
        self.client = RetrievalClient(self.http, self.tokens)

    async def work(self) -> None:
        """Run jobs until none is ready."""
        await self.runtime.jobs.app.run_worker_async(
            queues=QUEUES, wait=False, install_signal_handlers=False, delete_jobs="successful"
        )

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        """A worker that runs during the test."""
        async with running(self.runtime.jobs.work(queues=QUEUES, concurrency=2)):
            yield

    async def close(self) -> None:
        await self.context.parsers.close()
        await self.http.aclose()
        await self.runtime.close()


def person(tenant_id: UUID, role: Role = Role.admin, *, entitlements: Iterable[str] = ()) -> Principal:
    return Principal(
        tenant_id=tenant_id,
        subject=f"test:{role}",
        roles=frozenset({role}),
        entitlements=frozenset(entitlements),
    )


class Caller:
    """Calls the service's routes as a given principal."""

    def __init__(self, harness: Harness, who: Principal) -> None:
        self._harness, self.who = harness, who

    async def __call__(
        self, method: str, path: str, *, expect: int | None = None, **more: object
    ) -> httpx.Response:
        answer = await self._harness.http.request(
            method,
            f"/api/v1{path}",
            headers={
                "Authorization": f"Bearer {self._harness.tokens.mint(self.who)}",
                **more.pop("headers", {}),  # type: ignore[dict-item]
            },
            **more,  # type: ignore[arg-type]
        )
        if expect is not None:
            assert answer.status_code == expect, answer.text
        return answer

    async def make_base(self, name: str = "Docs", **fields: object) -> str:
        made = await self("POST", "/knowledge-bases", json={"name": name, **fields}, expect=201)
        return str(made.json()["id"])

    async def sync(
        self, base: str, files: dict[str, bytes], *, send: Iterable[str] | None = None, **more: object
    ) -> dict[str, object]:
        """List files, send the requested ones (or only some), and return how it started."""
        listed = [
            {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
            for path, data in files.items()
        ]
        body = {"source": "docs", "files": listed, "confirm_deletions": True, **more}
        started = (await self("POST", f"/knowledge-bases/{base}/sync", json=body, expect=202)).json()
        wanted = [p for p in started["needed"] if send is None or p in set(send)]
        if wanted:
            parts = [("file", (p, files[p])) for p in wanted]
            route = f"/knowledge-bases/{base}/ingestions/{started['id']}/files"
            await self("POST", route, files=parts, expect=200)
        found: dict[str, object] = started
        return found

    async def report(self, base: str, ingestion: object) -> dict[str, str]:
        """State of each file, with the reason of those that failed."""
        route = f"/knowledge-bases/{base}/ingestions/{ingestion}/items?limit=200"
        items = (await self("GET", route, expect=200)).json()["items"]
        return {i["path"]: i["state"] + (f": {i['reason']}" if i["reason"] else "") for i in items}

    async def paths(self, base: str) -> dict[str, str]:
        """Ids of the indexed documents by path."""
        route = f"/knowledge-bases/{base}/documents?limit=200"
        items = (await self("GET", route, expect=200)).json()["items"]
        return {item["path"]: item["id"] for item in items}

    async def search(self, query: str, **more: object) -> dict[str, object]:
        body = {"query": query, **more}
        found: dict[str, object] = (await self("POST", "/search", json=body, expect=200)).json()
        return found
