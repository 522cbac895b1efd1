"""The route of search."""

from fastapi import APIRouter

from caseplane.core.auth import Caller
from caseplane.core.errors import NotFoundError, problems
from caseplane.retrieval.access import Service
from caseplane.retrieval.schemas import SearchRequest, SearchResponse, SectionsRequest
from caseplane.retrieval.search import searching, sections

searches = APIRouter(prefix="/search", tags=["knowledge"])


@searches.post("", responses=problems(NotFoundError))
async def search(body: SearchRequest, caller: Caller, context: Service) -> SearchResponse:
    """The best evidence that the caller may see."""
    return await searching.search(context, caller, body)


@searches.post("/sections")
async def read_sections(body: SectionsRequest, caller: Caller, context: Service) -> SearchResponse:
    """Named sections of documents, whole and in their order, as far as the caller may see them."""
    return await sections.read_sections(context, caller, body)
