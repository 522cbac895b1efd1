"""Search shows each caller what they may see, from memory only while nothing has changed."""

from uuid import UUID, uuid4

import pytest
from tests.integration.retrieval.world import Caller, World, person

from caseplane.core.auth import Role
from caseplane.core.errors import RemoteProblemError
from caseplane.retrieval.schemas import CaseIndex, SearchRequest

PUBLIC = {"a.md": b"The purple widget costs ten euros."}
SECRET = {"b.md": b"The purple widget discount code for partners is winter."}


@pytest.fixture
async def base(world: World, admin: Caller) -> str:
    """A knowledge base with something for everyone and something for partners."""
    base = await admin.make_base()
    await admin.sync(base, PUBLIC)
    await admin.sync(base, SECRET, source="partners", acl=["partner"])
    await world.work()
    return base


class TestEntitlements:
    async def test_given_closed_document_when_searched_then_only_the_entitled_see_it(
        self, world: World, base: str, tenant_id: UUID
    ) -> None:
        question = SearchRequest(query="purple widget discount code partners winter", limit=5)
        customer = person(tenant_id, Role.customer)
        partner = person(tenant_id, Role.customer, entitlements=["partner", "other"])

        seen = await world.client.search(customer, question)
        entitled = await world.client.search(partner, question)

        assert ([h.uri for h in seen.results], seen.withheld) == (["a.md"], 1)
        assert ([h.uri for h in entitled.results], entitled.withheld) == (["b.md", "a.md"], 0)
        assert "winter" not in seen.model_dump_json(exclude={"idf"})

    async def test_given_other_tenant_when_searched_then_nothing(
        self, world: World, base: str, make_tenant: object
    ) -> None:
        stranger = person(make_tenant(), Role.customer, entitlements=["partner"])  # type: ignore[operator]

        found = await world.client.search(stranger, SearchRequest(query="purple widget"))
        named = SearchRequest(query="purple widget", knowledge_base_ids=[UUID(base)])
        with pytest.raises(RemoteProblemError) as caught:
            await world.client.search(stranger, named)

        assert (found.results, found.withheld) == ([], 0)
        assert caught.value.code == 404

    async def test_given_source_opened_when_searched_then_seen_without_being_indexed_again(
        self, world: World, admin: Caller, base: str, tenant_id: UUID
    ) -> None:
        embedded = world.embedder.texts
        await admin.sync(base, SECRET, source="partners", acl=[])

        found = await world.client.search(
            person(tenant_id, Role.customer), SearchRequest(query="discount code", limit=1)
        )

        assert [h.uri for h in found.results] == ["b.md"]
        assert world.embedder.texts == embedded


class TestCache:
    async def test_given_repeated_question_when_searched_then_from_memory_until_something_changes(
        self, world: World, admin: Caller, base: str, tenant_id: UUID
    ) -> None:
        customer = person(tenant_id, Role.customer)
        session = uuid4()
        question = SearchRequest(query="purple  widget", session_id=session)

        first = await world.client.search(customer, question)
        again = await world.client.search(customer, question.model_copy(update={"query": "purple widget"}))
        partner = await world.client.search(
            person(tenant_id, Role.customer, entitlements=["partner"]), question
        )
        await admin.sync(base, {"a.md": b"The purple widget costs twelve euros."})
        await world.work()
        changed = await world.client.search(customer, question)

        assert [first.cached, again.cached, partner.cached, changed.cached] == [
            False, True, False, False,
        ]  # fmt: skip
        assert "twelve" in changed.results[0].text


class TestCases:
    async def test_given_resolved_case_when_indexed_twice_then_found_once_by_every_session(
        self, world: World, tenant_id: UUID
    ) -> None:
        case = CaseIndex(
            case_id=uuid4(),
            title="Printer shows error 52",
            question="Printer shows error 52",
            resolution="Hold the blue button for ten seconds. Ask max.muster@firma-example.de.",
            summary="Asked about error 52.",
            tags=["printer"],
            references=[{"uri": "https://example.com/x"}],
        )

        first = await world.client.index_case(person(tenant_id), case)
        second = await world.client.index_case(person(tenant_id), case)
        found = await world.client.search(
            person(tenant_id, Role.customer), SearchRequest(query="printer error 52")
        )

        assert first == second
        (hit,) = found.results
        assert (hit.source, hit.document_id, hit.uri) == ("case", first, f"case:{case.case_id}")
        assert "Hold the blue button" in hit.text
        assert "max.muster" not in hit.text

        await world.client.forget_case(person(tenant_id), case.case_id)
        gone = await world.client.search(
            person(tenant_id, Role.customer), SearchRequest(query="printer error 52")
        )
        assert gone.results == []

    async def test_given_customer_when_indexing_a_case_then_refused(
        self, world: World, tenant_id: UUID
    ) -> None:
        case = CaseIndex(case_id=uuid4(), title="x", question="x", resolution="y")

        with pytest.raises(RemoteProblemError) as caught:
            await world.client.index_case(person(tenant_id, Role.customer), case)

        assert caught.value.code == 403


class TestKnowledgeBases:
    async def test_given_name_taken_when_created_then_conflict(self, admin: Caller) -> None:
        await admin.make_base("Docs")

        answer = await admin("POST", "/knowledge-bases", json={"name": "Docs"})

        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (409, "name-taken")

    async def test_given_stale_version_when_changed_then_precondition_failed(self, admin: Caller) -> None:
        base = await admin.make_base()
        route = f"/knowledge-bases/{base}"
        tag = (await admin("GET", route)).headers["etag"]

        first = await admin("PATCH", route, json={"name": "New"}, headers={"If-Match": tag})
        second = await admin("PATCH", route, json={"name": "Newer"}, headers={"If-Match": tag})

        assert (first.status_code, second.status_code) == (200, 412)

    async def test_given_closed_base_when_deleted_then_gone_with_its_cases_untouched(
        self, world: World, admin: Caller, base: str
    ) -> None:
        await admin("DELETE", f"/knowledge-bases/{base}", expect=204)
        await world.work()

        assert (await admin("GET", f"/knowledge-bases/{base}")).status_code == 404
        assert (await admin.search("purple widget"))["results"] == []

    @pytest.mark.parametrize("role", [Role.customer, Role.agent])
    async def test_given_reader_when_writing_then_forbidden(
        self, world: World, tenant_id: UUID, role: Role
    ) -> None:
        caller = Caller(world, person(tenant_id, role))

        answer = await caller("POST", "/knowledge-bases", json={"name": "x"})

        assert answer.status_code == 403
