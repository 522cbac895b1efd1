"""The route of search."""

from fastapi import APIRouter

from caseplane.core.auth import Caller
from caseplane.core.errors import NotFoundError, problems
from caseplane.retrieval.access import Service
from caseplane.retrieval.schemas import SearchRequest, SearchResponse
from caseplane.retrieval.search import searching

searches = APIRouter(prefix="/search", tags=["knowledge"])


@searches.post("", responses=problems(NotFoundError))
async def search(body: SearchRequest, caller: Caller, context: Service) -> SearchResponse:
    """The best evidence that the caller may see."""
    return await searching.search(context, caller, body)
