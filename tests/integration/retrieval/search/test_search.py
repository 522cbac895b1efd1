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


class TestLongMessages:
    STORY = (
        "Good morning, I look after the shop of a small publisher together with two colleagues. We moved to this warehouse in"
        " spring and the deliveries have been fine since then, nobody complains. Last week our management decided that"
        " the catalogue has to be printed again, which costs us a lot of time. {asked} I restarted the computer"
        " twice and read the manual from the first to the last page. My manager asks me every day whether there is"
        " news, and on Friday we have a meeting about it. Before this we wrote everything into a book that nobody kept"
        " up to date, and an auditor was not amused. Kind regards from Utrecht, and have a nice week, Marit"
    )

    async def test_given_a_story_when_searched_then_for_the_sentences_that_ask(
        self, harness: Harness, base: str, tenant_id: UUID
    ) -> None:
        asked = "What does the purple widget cost?"
        customer = person(tenant_id, Role.customer)

        story = await harness.client.search(customer, SearchRequest(query=self.STORY.format(asked=asked)))
        short = await harness.client.search(customer, SearchRequest(query=asked))

        assert story.reduced
        assert story.reduced.asks == asked
        assert asked in story.reduced.searched
        assert len(story.reduced.searched.split()) < 40
        assert story.results[0].chunk_id == short.results[0].chunk_id
        assert short.reduced is None

    async def test_given_a_story_when_searched_then_only_what_the_caller_may_see_decides(
        self, harness: Harness, base: str, make_tenant: object
    ) -> None:
        stranger = person(make_tenant(), Role.customer)  # type: ignore[operator]

        found = await harness.client.search(stranger, SearchRequest(query=self.STORY.format(asked="")))

        assert found.results == []
