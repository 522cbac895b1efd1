"""Resolved cases become knowledge, and can be removed from it."""

from uuid import UUID, uuid4

import pytest
from tests.integration.retrieval.harness import Harness, person

from caseplane.core.auth import Role
from caseplane.core.errors import RemoteProblemError
from caseplane.retrieval.schemas import CaseIndex, SearchRequest


class TestCases:
    async def test_given_resolved_case_when_indexed_twice_then_found_once_by_every_session(
        self, harness: Harness, tenant_id: UUID
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

        first = await harness.client.index_case(person(tenant_id), case)
        second = await harness.client.index_case(person(tenant_id), case)
        found = await harness.client.search(
            person(tenant_id, Role.customer), SearchRequest(query="printer error 52")
        )

        assert first == second
        (hit,) = found.results
        assert (hit.source, hit.document_id, hit.uri) == ("case", first, f"case:{case.case_id}")
        assert "Hold the blue button" in hit.text
        assert "max.muster" not in hit.text

        await harness.client.forget_case(person(tenant_id), case.case_id)
        gone = await harness.client.search(
            person(tenant_id, Role.customer), SearchRequest(query="printer error 52")
        )
        assert gone.results == []

    async def test_given_customer_when_indexing_a_case_then_refused(
        self, harness: Harness, tenant_id: UUID
    ) -> None:
        case = CaseIndex(case_id=uuid4(), title="x", question="x", resolution="y")

        with pytest.raises(RemoteProblemError) as caught:
            await harness.client.index_case(person(tenant_id, Role.customer), case)

        assert caught.value.code == 403
