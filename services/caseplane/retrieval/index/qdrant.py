"""Vectors in Qdrant, for installations that already run it or outgrow one database (extra `qdrant`)."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.errors import UnavailableError
from caseplane.retrieval.index.port import Vector, VectorEntry, VectorHit, VectorScope

BATCH = 256


class VectorStoreUnavailableError(UnavailableError):
    """Qdrant does not answer, or refuses the request."""

    slug, title = "vector-store-unavailable", "The vector store does not answer"


class QdrantVectorIndex:
    """`VectorIndex` on Qdrant: a collection per dimension, made when first written to.

    Tenant, base and profile are payload fields with indexes (the tenant's also groups the storage), and every
    request filters by them. The transaction is not used: Postgres decides in the end what is shown.

    Args:
        client: remote, or local for tests.
        prefix: of the collections' names, so that installations can share a server.
    """

    def __init__(self, client: AsyncQdrantClient, *, prefix: str = "caseplane") -> None:
        self._client, self._prefix = client, prefix
        self._known: set[str] = set()
        self._creating = asyncio.Lock()

    async def upsert(self, tx: AsyncSession, tenant_id: UUID, entries: Sequence[VectorEntry]) -> None:
        by_collection: dict[str, list[VectorEntry]] = {}
        for entry in entries:
            by_collection.setdefault(self._collection(len(entry.vector)), []).append(entry)
        for collection, group in by_collection.items():
            await self._ensure(collection, len(group[0].vector))
            for start in range(0, len(group), BATCH):
                points = [_point(tenant_id, entry) for entry in group[start : start + BATCH]]
                await _asked(self._client.upsert(collection, points, wait=True))

    async def delete_document(self, tx: AsyncSession, tenant_id: UUID, document_id: UUID) -> None:
        await self._delete(tenant_id, _is("document_id", document_id))

    async def delete_profile(self, tx: AsyncSession, tenant_id: UUID, profile_id: UUID) -> None:
        await self._delete(tenant_id, _is("profile_id", profile_id))

    async def search(
        self, tx: AsyncSession, scope: VectorScope, query: Vector, limit: int
    ) -> list[VectorHit]:
        return await self._query(query, _filter(scope), limit)

    async def similarities(
        self, tx: AsyncSession, scope: VectorScope, query: Vector, chunk_ids: Sequence[UUID]
    ) -> dict[UUID, float]:
        if not chunk_ids:
            return {}
        named = models.FieldCondition(
            key="chunk_id", match=models.MatchAny(any=[str(chunk_id) for chunk_id in chunk_ids])
        )
        hits = await self._query(query, _filter(scope, named), len(chunk_ids))
        return {hit.chunk_id: hit.cosine for hit in hits}

    async def _query(self, query: Vector, where: models.Filter, limit: int) -> list[VectorHit]:
        collection = self._collection(len(query))
        if not await self._exists(collection):
            return []

        async def ask(params: models.SearchParams | None) -> Any:
            return await _asked(
                self._client.query_points(
                    collection,
                    query=query.tolist(),
                    query_filter=where,
                    limit=limit,
                    with_payload=["chunk_id"],
                    search_params=params,
                )
            )

        reply = await ask(None)
        if len(reply.points) < limit:
            # The graph may not lead to all that the scope holds, as where many vectors are equal; a scope that
            # holds fewer is small, and soon looked through.
            reply = await ask(models.SearchParams(exact=True))
        return [VectorHit(UUID(point.payload["chunk_id"]), float(point.score)) for point in reply.points]

    async def _delete(self, tenant_id: UUID, condition: models.FieldCondition) -> None:
        where = models.Filter(must=[_is("tenant_id", tenant_id), condition])
        found = await _asked(self._client.get_collections())
        for collection in found.collections:
            if collection.name.startswith(f"{self._prefix}-"):
                selector = models.FilterSelector(filter=where)
                await _asked(self._client.delete(collection.name, selector, wait=True))

    def _collection(self, dimension: int) -> str:
        return f"{self._prefix}-{dimension}"

    async def _exists(self, collection: str) -> bool:
        if collection not in self._known and await _asked(self._client.collection_exists(collection)):
            self._known.add(collection)
        return collection in self._known

    async def _ensure(self, collection: str, dimension: int) -> None:
        async with self._creating:
            if await self._exists(collection):
                return
            size = models.VectorParams(size=dimension, distance=models.Distance.COSINE)
            await _asked(self._client.create_collection(collection, vectors_config=size))
            for field in ("tenant_id", "knowledge_base_id", "profile_id", "document_id", "chunk_id", "acl"):
                kind = models.KeywordIndexParams(
                    type=models.KeywordIndexType.KEYWORD, is_tenant=field == "tenant_id"
                )
                await _asked(self._client.create_payload_index(collection, field, kind))
            self._known.add(collection)


def _point(tenant_id: UUID, entry: VectorEntry) -> models.PointStruct:
    # One point per chunk and profile: two profiles of one dimension may hold the same chunk at once.
    point_id = UUID(int=entry.chunk_id.int ^ entry.profile_id.int)
    return models.PointStruct(
        id=str(point_id),
        vector=entry.vector.tolist(),
        payload={
            "tenant_id": str(tenant_id),
            "knowledge_base_id": str(entry.knowledge_base_id),
            "document_id": str(entry.document_id),
            "chunk_id": str(entry.chunk_id),
            "profile_id": str(entry.profile_id),
            "acl": list(entry.acl),
        },
    )


def _filter(scope: VectorScope, *further: models.FieldCondition) -> models.Filter:
    must: list[Any] = [
        _is("tenant_id", scope.tenant_id),
        _among("knowledge_base_id", scope.knowledge_base_ids),
        _among("profile_id", scope.profile_ids),
        *further,
    ]
    if scope.entitlements is not None:
        open_to_all = models.IsEmptyCondition(is_empty=models.PayloadField(key="acl"))
        entitled = models.FieldCondition(key="acl", match=models.MatchAny(any=list(scope.entitlements)))
        must.append(models.Filter(should=[open_to_all, entitled]))
    return models.Filter(must=must)


def _is(key: str, value: UUID) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchValue(value=str(value)))


def _among(key: str, values: Sequence[UUID]) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchAny(any=[str(value) for value in values]))


async def _asked(call: Any) -> Any:
    try:
        return await call
    except (ApiException, ResponseHandlingException, OSError) as error:
        raise VectorStoreUnavailableError(f"Qdrant: {type(error).__name__}.") from error
