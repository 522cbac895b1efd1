"""Search shows each caller what they may see, and uses its cache only while nothing has changed."""

from uuid import UUID, uuid4

import pytest
from tests.integration.retrieval.harness import FOR_PARTNERS, Caller, Harness, person

from caseplane.core.auth import Role
from caseplane.core.errors import RemoteProblemError
from caseplane.retrieval.schemas import SearchRequest


class TestEntitlements:
    async def test_given_closed_document_when_searched_then_only_the_entitled_see_it(
        self, harness: Harness, base: str, tenant_id: UUID
    ) -> None:
        question = SearchRequest(query="purple widget discount code partners winter", limit=5)
        customer = person(tenant_id, Role.customer)
        partner = person(tenant_id, Role.customer, entitlements=["partner", "other"])

        seen = await harness.client.search(customer, question)
        entitled = await harness.client.search(partner, question)

        assert ([h.uri for h in seen.results], seen.withheld) == (["a.md"], 1)
        assert ([h.uri for h in entitled.results], entitled.withheld) == (["b.md", "a.md"], 0)
        assert "winter" not in seen.model_dump_json(exclude={"idf"})

    async def test_given_other_tenant_when_searched_then_nothing(
        self, harness: Harness, base: str, make_tenant: object
    ) -> None:
        stranger = person(make_tenant(), Role.customer, entitlements=["partner"])  # type: ignore[operator]

        found = await harness.client.search(stranger, SearchRequest(query="purple widget"))
        named = SearchRequest(query="purple widget", knowledge_base_ids=[UUID(base)])
        with pytest.raises(RemoteProblemError) as caught:
            await harness.client.search(stranger, named)

        assert (found.results, found.withheld) == ([], 0)
        assert caught.value.code == 404

    async def test_given_source_opened_when_searched_then_seen_without_being_indexed_again(
        self, harness: Harness, admin: Caller, base: str, tenant_id: UUID
    ) -> None:
        embedded = harness.embedder.texts
        await admin.sync(base, FOR_PARTNERS, source="partners", acl=[])

        found = await harness.client.search(
            person(tenant_id, Role.customer), SearchRequest(query="discount code", limit=1)
        )

        assert [h.uri for h in found.results] == ["b.md"]
        assert harness.embedder.texts == embedded


class TestCache:
    async def test_given_repeated_question_when_searched_then_from_memory_until_something_changes(
        self, harness: Harness, admin: Caller, base: str, tenant_id: UUID
    ) -> None:
        customer = person(tenant_id, Role.customer)
        session = uuid4()
        question = SearchRequest(query="purple  widget", session_id=session)

        first = await harness.client.search(customer, question)
        again = await harness.client.search(customer, question.model_copy(update={"query": "purple widget"}))
        partner = await harness.client.search(
            person(tenant_id, Role.customer, entitlements=["partner"]), question
        )
        await admin.sync(base, {"a.md": b"The purple widget costs twelve euros."})
        await harness.work()
        changed = await harness.client.search(customer, question)

        assert [first.cached, again.cached, partner.cached, changed.cached] == [
            False, True, False, False,
        ]  # fmt: skip
        assert "twelve" in changed.results[0].text
