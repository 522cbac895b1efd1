"""How other services call this one."""

from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.http import ServiceClient
from caseplane.retrieval.schemas import (
    ArticleIndex,
    CaseIndex,
    DocumentIds,
    DocumentText,
    SearchRequest,
    SearchResponse,
    SectionName,
    SectionsRequest,
)


class RetrievalClient(ServiceClient):
    """Searches on a caller's behalf, and turns resolved cases into knowledge."""

    async def search(self, principal: Principal, request: SearchRequest) -> SearchResponse:
        """Search what the principal's entitlements allow.

        Raises:
            UnavailableError: the service, or the embedding model it needs, does not answer.
            RemoteProblemError: it refused; a knowledge base may be gone.
        """
        body = await self._call("POST", "/search", principal=principal, json=request.model_dump(mode="json"))
        return SearchResponse.model_validate(body)

    async def read_sections(
        self, principal: Principal, sections: Sequence[SectionName], *, limit: int
    ) -> SearchResponse:
        """Read sections whole, as far as the principal may see them; those that are gone are left out."""
        request = SectionsRequest(sections=list(sections), limit=limit)
        body = await self._call(
            "POST", "/search/sections", principal=principal, json=request.model_dump(mode="json")
        )
        return SearchResponse.model_validate(body)

    async def index_case(self, principal: Principal, case: CaseIndex) -> UUID:
        """Make a resolved case findable; safe to repeat.

        Returns:
            The id of the document that the case became.
        """
        body = await self._call("POST", "/cases", principal=principal, json=case.model_dump(mode="json"))
        return UUID(body["document_id"])

    async def forget_case(self, principal: Principal, case_id: UUID) -> None:
        """Take a case out of the index; safe to repeat."""
        await self._call("DELETE", f"/cases/{case_id}", principal=principal)

    async def publish_article(self, principal: Principal, article_id: UUID, article: ArticleIndex) -> UUID:
        """Put an article into its knowledge base, in the place of an earlier version; safe to repeat.

        Returns:
            The id of the document that the article became.

        Raises:
            RemoteProblemError: 404 where the knowledge base is gone.
        """
        path = f"/internal/articles/{article_id}"
        body = await self._call("PUT", path, principal=principal, json=article.model_dump(mode="json"))
        return UUID(body["document_id"])

    async def withdraw_article(
        self, principal: Principal, article_id: UUID, *, knowledge_base_id: UUID
    ) -> None:
        """Take an article out of its knowledge base; safe to repeat."""
        path, params = f"/internal/articles/{article_id}", {"knowledge_base_id": str(knowledge_base_id)}
        await self._call("DELETE", path, principal=principal, params=params)

    async def present_documents(self, principal: Principal, ids: Sequence[UUID]) -> set[UUID]:
        """Those of some documents that are still indexed; at most 1,000."""
        body = DocumentIds(ids=list(ids)).model_dump(mode="json")
        found = await self._call("POST", "/internal/articles/references", principal=principal, json=body)
        return set(DocumentIds.model_validate(found).ids)

    async def delete_base(self, principal: Principal, name: str) -> bool:
        """Delete the knowledge base of a name with everything in it; tells whether there was one."""
        page = await self._call("GET", "/knowledge-bases", principal=principal, params={"name": name})
        for base in page["items"]:
            await self._call("DELETE", f"/knowledge-bases/{base['id']}", principal=principal)
        return bool(page["items"])

    async def document_text(
        self, principal: Principal, knowledge_base_id: UUID, document_id: UUID
    ) -> DocumentText:
        """The stored text that a citation points into, as far as the principal may see it."""
        body = await self._call(
            "GET",
            f"/knowledge-bases/{knowledge_base_id}/documents/{document_id}/text",
            principal=principal,
        )
        return DocumentText.model_validate(body)
