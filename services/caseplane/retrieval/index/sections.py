"""Reads whole sections, in the order of the document."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

# A section's chunks have its heading path, those of the sections in it a longer one; a document has every path.
SECTION = text("""
    SELECT c.id AS chunk_id, c.document_id, c.knowledge_base_id, d.source, d.title, d.uri, d.path,
        coalesce(d.metadata ->> 'version', '') AS version, c.heading, c.text, c.start_offset AS start,
        c.end_offset AS "end", coalesce(c.metadata -> 'pages', '[]') AS pages,
        coalesce(c.metadata -> 'marks', '[]') AS marks
    FROM knowledge.chunks c
    JOIN knowledge.documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
    JOIN knowledge.knowledge_bases b ON b.tenant_id = c.tenant_id AND b.id = c.knowledge_base_id
    WHERE c.tenant_id = :tenant_id AND c.document_id = :document_id
        AND (:heading = '' OR c.heading = :heading OR starts_with(c.heading, :heading || ' > '))
        AND (CAST(:entitlements AS text[]) IS NULL
            OR ((d.acl = '{}' OR d.acl && CAST(:entitlements AS text[]))
                AND (b.acl = '{}' OR b.acl && CAST(:entitlements AS text[]))))
    ORDER BY c.chunk_index LIMIT :limit
""")


class Sections:
    """Sections of a tenant's documents."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def chunks(
        self, document_id: UUID, heading: str, *, entitlements: Sequence[str] | None, limit: int
    ) -> Sequence[RowMapping]:
        """The first chunks of a section that such a caller may see; none if it is gone.

        Args:
            document_id: of any of the tenant's documents.
            heading: the path of the section; empty for the whole document.
            entitlements: of the caller; None sees every document.
            limit: of the chunks.
        """
        named: dict[str, Any] = {
            "document_id": document_id,
            "heading": heading,
            "entitlements": None if entitlements is None else list(entitlements),
        }
        found = await self._tx.execute(SECTION, {"tenant_id": self._tenant_id, "limit": limit, **named})
        return found.mappings().all()
