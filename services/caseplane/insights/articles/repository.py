"""Every SQL statement on articles."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete

from caseplane.core.repository import TenantRepository
from caseplane.insights.articles.models import Article, Decision, Revision, Trial


class Articles(TenantRepository[Article]):
    """Articles of a tenant."""


class Revisions(TenantRepository[Revision]):
    """Texts of articles."""

    async def numbered(self, article_id: UUID, number: int) -> Revision:
        found = await self._tx.scalars(
            self._select().where(Revision.article_id == article_id, Revision.number == number)
        )
        return found.one()

    async def of(self, article_id: UUID) -> list[Revision]:
        """The newest first."""
        statement = self._select().where(Revision.article_id == article_id)
        return list(await self._tx.scalars(statement.order_by(Revision.number.desc())))

    async def current(self, articles: Sequence[Article]) -> dict[UUID, Revision]:
        """The text that each article is worked on, by article."""
        wanted = [(article.id, article.revision) for article in articles]
        statement = self._select().where(Revision.article_id.in_([article_id for article_id, _ in wanted]))
        found = await self._tx.scalars(statement)
        return {each.article_id: each for each in found if (each.article_id, each.number) in wanted}


class Decisions(TenantRepository[Decision]):
    """Steps of articles."""

    async def of(self, article_id: UUID) -> list[Decision]:
        statement = self._select().where(Decision.article_id == article_id)
        return list(await self._tx.scalars(statement.order_by(Decision.id)))


class Trials(TenantRepository[Trial]):
    """Trials of revisions."""

    async def of(self, article_id: UUID, revision: int, phase: str) -> list[Trial]:
        statement = self._select().where(
            Trial.article_id == article_id, Trial.revision == revision, Trial.phase == phase
        )
        return list(await self._tx.scalars(statement.order_by(Trial.position)))

    async def clear(self, article_id: UUID, revision: int, phase: str) -> None:
        await self._tx.execute(
            delete(Trial).where(
                Trial.tenant_id == self._tenant_id,
                Trial.article_id == article_id,
                Trial.revision == revision,
                Trial.phase == phase,
            )
        )
