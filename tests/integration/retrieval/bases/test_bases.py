"""Knowledge bases: their names, their versions, and who may change them."""

from uuid import UUID

import pytest
from tests.integration.retrieval.harness import Caller, Harness, person

from caseplane.core.auth import Role


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
        self, harness: Harness, admin: Caller, base: str
    ) -> None:
        await admin("DELETE", f"/knowledge-bases/{base}", expect=204)
        await harness.work()

        assert (await admin("GET", f"/knowledge-bases/{base}")).status_code == 404
        assert (await admin.search("purple widget"))["results"] == []

    @pytest.mark.parametrize("role", [Role.customer, Role.agent])
    async def test_given_reader_when_writing_then_forbidden(
        self, harness: Harness, tenant_id: UUID, role: Role
    ) -> None:
        caller = Caller(harness, person(tenant_id, role))

        answer = await caller("POST", "/knowledge-bases", json={"name": "x"})

        assert answer.status_code == 403

    @pytest.mark.parametrize("tag", ['"one"', "W/", '"1", x'])
    async def test_given_an_invalid_version_when_changed_then_the_request_is_refused(
        self, admin: Caller, tag: str
    ) -> None:
        base = await admin.make_base()

        answer = await admin(
            "PATCH", f"/knowledge-bases/{base}", json={"name": "New"}, headers={"If-Match": tag}
        )

        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (400, "malformed-if-match")
        assert (await admin("GET", f"/knowledge-bases/{base}")).json()["name"] == "Docs"

    @pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-Match": '"1", "2"'}])
    async def test_given_no_version_any_or_one_of_several_when_changed_then_changed(
        self, admin: Caller, headers: dict[str, str]
    ) -> None:
        base = await admin.make_base()

        answer = await admin("PATCH", f"/knowledge-bases/{base}", json={"name": "New"}, headers=headers)

        assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
