"""Every SQL statement on gaps."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, text, update

from caseplane.core.halfvec import vector_literal
from caseplane.core.pagination import decode_cursor
from caseplane.core.repository import TenantRepository
from caseplane.insights.gaps.models import Gap, GapQuestion

# A tenant has hundreds of gaps and thousands of questions, so the nearest one is found by reading them all.
_NEAREST = text("""
    SELECT gap_id, 1 - (embedding <=> CAST(:query AS halfvec)) AS similarity FROM insights.gap_questions
    WHERE tenant_id = :tenant_id AND profile = :profile ORDER BY embedding <=> CAST(:query AS halfvec) LIMIT 1
""")
_EMBEDDED = text("""
    UPDATE insights.gap_questions SET profile = :profile, embedding = CAST(:embedding AS halfvec)
    WHERE tenant_id = :tenant_id AND id = :id
""")


class Gaps(TenantRepository[Gap]):
    """Gaps of a tenant."""

    async def hold(self) -> None:
        """Let one question be sorted into gaps at a time, until the transaction ends."""
        await self._take_turns("insights.gaps")

    async def most_asked(self, cursor: str | None, limit: int, *, state: str | None) -> list[Gap]:
        """The most asked first, one more than `limit`."""
        statement = self._select().order_by(Gap.asked.desc(), Gap.id.desc()).limit(limit + 1)
        if state is not None:
            statement = statement.where(Gap.state == state)
        if cursor:
            asked, last = decode_cursor(cursor, int, UUID)
            statement = statement.where(func.row(Gap.asked, Gap.id) < func.row(asked, last))
        return list(await self._tx.scalars(statement))


class GapQuestions(TenantRepository[GapQuestion]):
    """What was asked in gaps."""

    async def of(self, gap_id: UUID, *, limit: int) -> list[GapQuestion]:
        """The newest first."""
        statement = self._select().where(GapQuestion.gap_id == gap_id)
        return list(await self._tx.scalars(statement.order_by(GapQuestion.at.desc()).limit(limit)))

    async def known(self, ids: Sequence[UUID]) -> set[UUID]:
        statement = self._select().where(GapQuestion.id.in_(list(ids)))
        return set(await self._tx.scalars(statement.with_only_columns(GapQuestion.id)))

    async def nearest(self, profile: str, vector: Sequence[float]) -> tuple[UUID, float] | None:
        """The gap with the question nearest to a vector, and their cosine."""
        query = {"tenant_id": self._tenant_id, "profile": profile, "query": vector_literal(vector)}
        row = (await self._tx.execute(_NEAREST, query)).one_or_none()
        return None if row is None else (row.gap_id, float(row.similarity))

    async def embed(self, question_id: UUID, profile: str, vector: Sequence[float]) -> None:
        values = {"id": question_id, "profile": profile, "embedding": vector_literal(vector)}
        await self._tx.execute(_EMBEDDED, {"tenant_id": self._tenant_id, **values})

    async def solved(self, session_id: UUID, **answer: Any) -> None:
        """Keep what solved the questions of a conversation."""
        await self._tx.execute(
            update(GapQuestion)
            .where(GapQuestion.tenant_id == self._tenant_id, GapQuestion.session_id == session_id)
            .values(**answer)
            .execution_options(synchronize_session=False)
        )
