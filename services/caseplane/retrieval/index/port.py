"""What hybrid search needs of a vector store, as a protocol that pgvector and Qdrant both fulfil.

All methods take the caller's transaction. A store inside Postgres joins it; one outside cannot, so what it
returns is only ever a proposal: a chunk that Postgres does not know, or does not show to the caller, is
dropped when the texts are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class VectorEntry:
    """One chunk's vector under one embedding profile; vectors have unit length."""

    chunk_id: UUID
    document_id: UUID
    knowledge_base_id: UUID
    profile_id: UUID
    acl: tuple[str, ...]
    vector: Vector
    sentences: bytes = b""
    """The packed vectors of its sentences; stored by Postgres, whichever store ranks."""


@dataclass(frozen=True, slots=True)
class VectorScope:
    """What a search may see; a filter that runs before anything is ranked.

    Attributes:
        entitlements: of the caller; a chunk with an access list needs one of them. None sees everything.
    """

    tenant_id: UUID
    knowledge_base_ids: tuple[UUID, ...]
    profile_ids: tuple[UUID, ...]
    entitlements: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class VectorHit:
    """A chunk and its cosine similarity to the query, within [-1, 1]."""

    chunk_id: UUID
    cosine: float


class VectorIndex(Protocol):
    """Vectors of chunks, searched by similarity within a scope."""

    async def upsert(self, tx: AsyncSession, tenant_id: UUID, entries: Sequence[VectorEntry]) -> None:
        """Store vectors; a chunk's earlier vector under the same profile is replaced."""
        ...

    async def delete_document(self, tx: AsyncSession, tenant_id: UUID, document_id: UUID) -> None:
        """Forget every vector of a document, under every profile; unknown ids are no error."""
        ...

    async def delete_profile(self, tx: AsyncSession, tenant_id: UUID, profile_id: UUID) -> None:
        """Forget every vector under a profile that is no longer used."""
        ...

    async def search(
        self, tx: AsyncSession, scope: VectorScope, query: Vector, limit: int
    ) -> list[VectorHit]:
        """The nearest chunks of the scope, best first."""
        ...

    async def similarities(
        self, tx: AsyncSession, scope: VectorScope, query: Vector, chunk_ids: Sequence[UUID]
    ) -> dict[UUID, float]:
        """Cosine of named chunks, for those of them that the scope holds."""
        ...
