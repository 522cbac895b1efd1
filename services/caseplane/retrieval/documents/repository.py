"""Every statement on documents."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from caseplane.core.repository import TenantRepository
from caseplane.retrieval.documents.models import Document


class Documents(TenantRepository[Document]):
    """Documents of a tenant."""

    async def at(self, source_id: UUID, path: str) -> Document | None:
        found: Document | None = await self._tx.scalar(
            self._select().where(Document.source_id == source_id, Document.path == path)
        )
        return found

    async def present(self, ids: Sequence[UUID]) -> list[UUID]:
        """Those of some documents that are there."""
        own = (Document.tenant_id == self._tenant_id, Document.id.in_(list(ids)))
        return list(await self._tx.scalars(select(Document.id).where(*own)))

    async def known(
        self, source_id: UUID, *, pipeline: str, paths: Sequence[str] | None = None
    ) -> list[tuple[UUID, str, str, bool]]:
        """Id, path, SHA-256 and whether a pipeline made it, of the source's documents or those at some paths."""
        statement = select(
            Document.id,
            Document.path,
            func.encode(Document.content_hash, "hex"),
            Document.pipeline == pipeline,
        ).where(Document.tenant_id == self._tenant_id, Document.source_id == source_id)
        if paths is not None:
            statement = statement.where(Document.path.in_(list(paths)))
        return [
            (found, path, sha256, same) for found, path, sha256, same in await self._tx.execute(statement)
        ]

    async def parts(self, source_id: UUID) -> dict[UUID, dict[str, str]]:
        """Hashes of the other files that documents of a source were read with; one read alone is left out."""
        own = (Document.tenant_id == self._tenant_id, Document.source_id == source_id)
        rows = await self._tx.execute(
            select(Document.id, Document.metadata_["parts"]).where(
                *own, Document.metadata_["parts"].is_not(None)
            )
        )
        return {row[0]: row[1] for row in rows}

    async def page(
        self,
        base_id: UUID,
        *,
        source_id: UUID | None,
        entitlements: Sequence[str] | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Document]:
        statement = self._select().where(Document.knowledge_base_id == base_id)
        if source_id is not None:
            statement = statement.where(Document.source_id == source_id)
        if entitlements is not None:
            acl = cast(Document.acl, ARRAY(Text))
            statement = statement.where(or_(func.cardinality(acl) == 0, acl.overlap(list(entitlements))))
        if after is not None:
            statement = statement.where(Document.id > after)
        return (await self._tx.scalars(statement.order_by(Document.id).limit(limit))).all()

    async def ids_of(self, source_id: UUID) -> list[UUID]:
        """Of a source, for deleting their files."""
        own = (Document.tenant_id == self._tenant_id, Document.source_id == source_id)
        return list(await self._tx.scalars(select(Document.id).where(*own)))

    async def counts(self, base_id: UUID) -> dict[UUID, int]:
        """Documents by source; one without documents is left out."""
        rows = await self._tx.execute(
            select(Document.source_id, func.count())
            .where(Document.tenant_id == self._tenant_id, Document.knowledge_base_id == base_id)
            .group_by(Document.source_id)
        )
        return {source: count for source, count in rows}

    async def total(self, *, without: Sequence[str]) -> int:
        """How many the tenant has, but for those of some kinds of source."""
        own = (Document.tenant_id == self._tenant_id, Document.source.not_in(without))
        return await self._tx.scalar(select(func.count()).select_from(Document).where(*own)) or 0

    async def hold_total(self) -> None:
        """Have others that would add a document wait until this transaction ends."""
        await self._take_turns("knowledge.documents")

    async def put(self, **values: Any) -> None:
        """Write a document's row, in the place of an older version of it."""
        changed = {k: v for k, v in values.items() if k not in ("id", "knowledge_base_id", "source_id")}
        now = {"indexed_at": func.now(), "updated_at": func.now()}
        await self._tx.execute(
            upsert(Document)
            .values(tenant_id=self._tenant_id, **values, **now)
            .on_conflict_do_update(index_elements=["tenant_id", "id"], set_={**changed, **now})
        )

    async def move(self, document_id: UUID, *, path: str, uri: str) -> None:
        """Give a document another place; chunks and vectors stay."""
        await self._update(Document.id == document_id, path=path, uri=uri)

    async def set_acl(self, source_id: UUID, acl: Sequence[str]) -> None:
        """Change who may see a source's documents; the index follows by trigger."""
        await self._update(and_(Document.source_id == source_id, Document.acl != list(acl)), acl=list(acl))

    async def places(self, source_id: UUID) -> list[tuple[UUID, str, dict[str, Any]]]:
        """Id, path and metadata of a source's documents."""
        own = (Document.tenant_id == self._tenant_id, Document.source_id == source_id)
        rows = await self._tx.execute(select(Document.id, Document.path, Document.metadata_).where(*own))
        return [(row[0], row[1], row[2]) for row in rows]

    async def metadata_of(self, document_id: UUID) -> dict[str, Any]:
        document = await self.get(document_id)
        return document.metadata_

    async def set_uris(self, addresses: dict[UUID, str]) -> None:
        """Change the addresses of documents, all in one statement."""
        await self._tx.execute(
            text(
                "UPDATE knowledge.documents d SET uri = n.uri, updated_at = now()"
                " FROM unnest(CAST(:ids AS uuid[]), CAST(:uris AS text[])) AS n (id, uri)"
                " WHERE d.tenant_id = :tenant_id AND d.id = n.id AND d.uri <> n.uri"
            ),
            {"tenant_id": self._tenant_id, "ids": list(addresses), "uris": list(addresses.values())},
        )

    async def delete(self, ids: Sequence[UUID]) -> None:
        """Delete documents with their chunks and vectors."""
        if ids:
            await self._tx.execute(
                delete(Document)
                .where(Document.tenant_id == self._tenant_id, Document.id.in_(list(ids)))
                .execution_options(synchronize_session=False)
            )

    async def _update(self, where: ColumnElement[bool], **values: Any) -> None:
        await self._tx.execute(
            update(Document)
            .where(Document.tenant_id == self._tenant_id, where)
            .values(updated_at=func.now(), **values)
            .execution_options(synchronize_session=False)
        )
