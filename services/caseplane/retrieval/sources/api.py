"""Routes of sources."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.errors import NotFoundError, problems
from caseplane.retrieval.access import KeeperWork, ReaderWork
from caseplane.retrieval.errors import ManagedSourceError, NameTakenError
from caseplane.retrieval.sources import managing
from caseplane.retrieval.sources.schemas import SourceCreate, SourceRead, SourceUpdate

sources = APIRouter(prefix="/knowledge-bases/{base_id}/sources", tags=["knowledge"])


@sources.post("", status_code=201, responses=problems(NotFoundError, NameTakenError, ManagedSourceError))
async def create_source(base_id: UUID, body: SourceCreate, work: KeeperWork) -> SourceRead:
    """Make a source of documents."""
    return await managing.create_source(work, base_id, body)


@sources.get("", responses=problems(NotFoundError))
async def list_sources(base_id: UUID, work: ReaderWork) -> list[SourceRead]:
    """All sources of a knowledge base."""
    return await managing.list_sources(work, base_id)


@sources.patch("/{source_id}", responses=problems(NotFoundError, ManagedSourceError))
async def update_source(base_id: UUID, source_id: UUID, body: SourceUpdate, work: KeeperWork) -> SourceRead:
    """Change where a source's files lie, who may see its documents, or where they are said to be."""
    return await managing.update_source(work, base_id, source_id, body)


@sources.delete("/{source_id}", status_code=204, responses=problems(NotFoundError))
async def delete_source(base_id: UUID, source_id: UUID, work: KeeperWork) -> None:
    """Delete a source with its documents, their chunks, vectors and files."""
    await managing.delete_source(work, base_id, source_id)
