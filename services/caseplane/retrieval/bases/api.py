"""Routes of knowledge bases."""

from uuid import UUID

from fastapi import APIRouter, Response

from caseplane.core.embeddings import UnknownProfileError
from caseplane.core.errors import NotFoundError, PreconditionFailedError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, page
from caseplane.core.versions import MalformedVersionError, SeenVersions, etag
from caseplane.retrieval.access import AdminWork, KeeperWork, ReaderWork
from caseplane.retrieval.bases import managing
from caseplane.retrieval.bases.schemas import KnowledgeBaseCreate, KnowledgeBaseRead, KnowledgeBaseUpdate
from caseplane.retrieval.errors import NameTakenError
from caseplane.retrieval.schemas import Name

bases = APIRouter(prefix="/knowledge-bases", tags=["knowledge"])
GONE = problems(NotFoundError)


@bases.post("", status_code=201, responses=problems(NameTakenError, UnknownProfileError))
async def create_base(body: KnowledgeBaseCreate, work: KeeperWork) -> KnowledgeBaseRead:
    """Make an empty knowledge base."""
    return await managing.create_base(work, body)


@bases.get("")
async def list_bases(
    work: ReaderWork, name: Name | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[KnowledgeBaseRead]:
    """Knowledge bases in the order they were made; with `name`, the one of that name."""
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    found = await managing.list_bases(work, name=name, after=after, limit=limit + 1)
    return page(found, limit, read=lambda base: base, position=lambda base: (base.id,))


@bases.get("/{base_id}", responses=GONE)
async def get_base(base_id: UUID, work: ReaderWork, response: Response) -> KnowledgeBaseRead:
    """A knowledge base; its `ETag` is for a later change."""
    base = await managing.get_base(work, base_id)
    response.headers.update(etag(base.version))
    return base


@bases.patch(
    "/{base_id}",
    responses=problems(
        NotFoundError, NameTakenError, PreconditionFailedError, UnknownProfileError, MalformedVersionError
    ),
)
async def update_base(
    base_id: UUID, body: KnowledgeBaseUpdate, work: KeeperWork, seen: SeenVersions, response: Response
) -> KnowledgeBaseRead:
    """Rename a knowledge base, change who may see it, or have it embedded with another model."""
    base = await managing.update_base(work, base_id, body, seen=seen)
    response.headers.update(etag(base.version))
    return base


@bases.delete("/{base_id}", status_code=204, responses=GONE)
async def delete_base(base_id: UUID, work: AdminWork) -> None:
    """Delete a knowledge base with everything in it."""
    await managing.delete_base(work, base_id)
