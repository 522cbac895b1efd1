"""Tables of articles, their texts, what was decided on them, and what answers looked like before and after."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "insights"}


class Article(TenantModel):
    """An article; `version` grows with every step and is the ETag, `revision` numbers the text that is worked on.

    `published_revision` is what should be live, `indexed_revision` what the index is known to hold.
    """

    __tablename__ = "articles"
    __table_args__ = SCHEMA

    gap_id: Mapped[UUID | None]
    knowledge_base_id: Mapped[UUID]
    state: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=1)
    published_revision: Mapped[int | None]
    published_at: Mapped[datetime | None]
    indexed_revision: Mapped[int | None]
    document_id: Mapped[UUID | None]
    publish_error: Mapped[str | None]
    questions: Mapped[list[str]] = mapped_column(default=list)
    refs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    review_after_days: Mapped[int]
    stale_because: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    created_by: Mapped[str]
    updated_at: Mapped[datetime]

    @property
    def live(self) -> bool:
        """Whether customers get the published text."""
        return self.published_revision is not None and self.indexed_revision == self.published_revision


class Revision(TenantModel):
    """One text of an article; once approved it never changes.

    `authors` are all who wrote any of it since the last approval, `follows` the revision that it took the place of.
    """

    __tablename__ = "article_revisions"
    __table_args__ = SCHEMA

    article_id: Mapped[UUID]
    number: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    method: Mapped[str]
    authors: Mapped[list[str]]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    follows: Mapped[int | None]


class Decision(TenantModel):
    """A step that someone took."""

    __tablename__ = "article_decisions"
    __table_args__ = SCHEMA

    article_id: Mapped[UUID]
    revision: Mapped[int]
    step: Mapped[str]
    state: Mapped[str]
    by: Mapped[str]
    note: Mapped[str] = mapped_column(default="")


class Trial(TenantModel):
    """What became of an affected question, asked before or after a revision was published."""

    __tablename__ = "article_trials"
    __table_args__ = SCHEMA

    article_id: Mapped[UUID]
    revision: Mapped[int]
    phase: Mapped[str]
    position: Mapped[int]
    question: Mapped[str]
    answered: Mapped[bool]
    cites_article: Mapped[bool]
    reason: Mapped[str | None]
    confidence: Mapped[float | None]
