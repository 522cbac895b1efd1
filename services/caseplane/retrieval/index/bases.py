"""What the index knows of knowledge bases: who may see them, and a version that every change raises.

Everything that changes what a search may find needs this, so it lies below the nouns; the rest of a knowledge base
belongs to `bases`.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.errors import NotFoundError

ONE = text(
    "SELECT id, acl, index_version FROM knowledge.knowledge_bases WHERE tenant_id = :tenant_id AND id = :base_id"
)
VERSIONS = text("""
    SELECT id, index_version FROM knowledge.knowledge_bases WHERE tenant_id = :tenant_id
        AND (cardinality(CAST(:base_ids AS uuid[])) = 0 OR id = ANY (CAST(:base_ids AS uuid[])))
""")
RAISE_VERSION = text(
    "UPDATE knowledge.knowledge_bases SET index_version = index_version + 1"
    " WHERE tenant_id = :tenant_id AND id = :base_id"
)
RESTRICTED = text("""
    SELECT EXISTS (SELECT FROM knowledge.knowledge_bases WHERE tenant_id = :tenant_id
            AND id = ANY (CAST(:base_ids AS uuid[])) AND cardinality(acl) > 0
            AND NOT acl && CAST(:entitlements AS text[]))
        OR EXISTS (SELECT FROM knowledge.documents WHERE tenant_id = :tenant_id
            AND knowledge_base_id = ANY (CAST(:base_ids AS uuid[])) AND cardinality(acl) > 0
            AND NOT acl && CAST(:entitlements AS text[]))
""")


class IndexedBase(NamedTuple):
    """A knowledge base; an empty `acl` is everyone."""

    id: UUID
    acl: list[str]
    version: int


class IndexedBases:
    """Knowledge bases of a tenant as the index sees them."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def get(self, base_id: UUID) -> IndexedBase:
        """Raises `NotFoundError` where the tenant has no such knowledge base."""
        found = await self._tx.execute(ONE, {"tenant_id": self._tenant_id, "base_id": base_id})
        row = found.one_or_none()
        if row is None:
            raise NotFoundError(f"There is no knowledge base {base_id}.")
        return IndexedBase(*row)

    async def versions(self, base_ids: Sequence[UUID] = ()) -> dict[UUID, int]:
        """The version of each of these knowledge bases, or of all if none is named."""
        named = {"tenant_id": self._tenant_id, "base_ids": list(base_ids)}
        return {base_id: version for base_id, version in await self._tx.execute(VERSIONS, named)}

    async def raise_version(self, base_id: UUID) -> None:
        """Say that searches of this knowledge base may now have other results."""
        await self._tx.execute(RAISE_VERSION, {"tenant_id": self._tenant_id, "base_id": base_id})

    async def has_restricted(self, base_ids: Sequence[UUID], entitlements: Sequence[str]) -> bool:
        """Whether these knowledge bases hold anything that such a caller may not see."""
        named = {"base_ids": list(base_ids), "entitlements": list(entitlements)}
        return bool(await self._tx.scalar(RESTRICTED, {"tenant_id": self._tenant_id, **named}))
