"""Routes for our other services only; the gateway does not forward `/internal`."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.auth import AdminCaller
from caseplane.retrieval.access import AdminWork, Service
from caseplane.retrieval.articles import publishing
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.schemas import ArticleIndex, DocumentIds

articles = APIRouter(prefix="/internal/articles", include_in_schema=False)


@articles.put("/{article_id}")
async def publish_article(
    article_id: UUID, body: ArticleIndex, caller: AdminCaller, context: Service
) -> dict[str, UUID]:
    """Put an approved article into its knowledge base."""
    return {"document_id": await publishing.publish_article(context, caller, article_id, body)}


@articles.delete("/{article_id}", status_code=204)
async def withdraw_article(article_id: UUID, knowledge_base_id: UUID, work: AdminWork) -> None:
    """Take an article out of its knowledge base."""
    await publishing.withdraw_article(work, article_id, base_id=knowledge_base_id)


@articles.post("/references")
async def references(body: DocumentIds, work: AdminWork) -> DocumentIds:
    """Those of some documents that are still indexed."""
    return DocumentIds(ids=await work.repo(Documents).present(body.ids))
