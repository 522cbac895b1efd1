"""Configurations over HTTP: stored as versions, refused with lines, activated and rolled back."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from tests.integration.workflow.conftest import Connect

from caseplane.core.auth import Role
from caseplane.triage.loading import shipped_text

PATH = "/workflow/configurations"
SOURCE = shipped_text("default")


async def propose(lead: httpx.AsyncClient, source: str = SOURCE, **more: Any) -> dict[str, Any]:
    answer = await lead.post(PATH, json={"source": source, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def lead(connect: Connect) -> httpx.AsyncClient:
    return connect(Role.supervisor)


class TestVersions:
    async def test_given_no_version_when_the_active_one_is_read_then_it_is_the_platforms(
        self, lead: httpx.AsyncClient
    ) -> None:
        active = (await lead.get(f"{PATH}/active")).json()

        assert (active["name"], active["version"], active["active"]) == ("default", 0, True)
        assert active["source"] == SOURCE

    async def test_given_versions_when_activated_and_rolled_back_then_each_earlier_one_holds_in_turn(
        self, lead: httpx.AsyncClient
    ) -> None:
        first, second = await propose(lead), await propose(lead, f"# second\n{SOURCE}")
        for each in (first, second):
            assert (await lead.post(f"{PATH}/{each['configuration_id']}/activate")).json()["active"]
        held = [(await lead.get(f"{PATH}/active")).json()["version"]]

        for _ in range(2):
            assert (await lead.post(f"{PATH}/roll-back")).status_code == 200
            held.append((await lead.get(f"{PATH}/active")).json()["version"])
        refused = await lead.post(f"{PATH}/roll-back")

        assert held == [2, 1, 0]
        assert (refused.status_code, refused.json()["type"].split("/")[-1]) == (409, "nothing-to-roll-back")

    async def test_given_the_same_text_again_when_proposed_then_it_is_the_same_version(
        self, lead: httpx.AsyncClient
    ) -> None:
        first = await propose(lead)

        assert (await propose(lead))["configuration_id"] == first["configuration_id"]

    async def test_given_texts_at_once_when_proposed_then_each_gets_a_version_of_its_own(
        self, lead: httpx.AsyncClient
    ) -> None:
        made = await asyncio.gather(*(propose(lead, f"# {n}\n{SOURCE}") for n in range(5)))

        assert sorted(each["version"] for each in made) == [1, 2, 3, 4, 5]

    async def test_given_many_versions_when_listed_then_pages_neither_skip_nor_repeat(
        self, lead: httpx.AsyncClient
    ) -> None:
        for n in range(3):
            await propose(lead, f"# {n}\n{SOURCE}")

        first = (await lead.get(PATH, params={"limit": 2})).json()
        rest = (await lead.get(PATH, params={"limit": 2, "cursor": first["next"]})).json()

        assert [each["version"] for each in first["items"] + rest["items"]] == [3, 2, 1]
        assert rest["next"] is None


class TestRefusals:
    async def test_given_a_fault_when_proposed_then_refused_with_its_line_and_nothing_is_stored(
        self, lead: httpx.AsyncClient
    ) -> None:
        broken = SOURCE.replace("team: billing_team", "team: nobody", 1)
        line = SOURCE[: SOURCE.index("team: billing_team")].count("\n") + 1

        refused = await lead.post(PATH, json={"source": broken})
        checked = (await lead.post(f"{PATH}/check", json={"source": broken})).json()

        assert refused.status_code == 422
        assert [each["line"] for each in refused.json()["errors"]] == [line]
        assert (checked["valid"], checked["faults"][0]["line"]) == (False, line)
        assert (await lead.get(PATH)).json()["items"] == []

    async def test_given_an_agent_when_proposing_or_activating_then_refused(self, connect: Connect) -> None:
        agent = connect(Role.agent)
        made = await propose(connect(Role.supervisor))

        answers = [
            await agent.post(PATH, json={"source": SOURCE}),
            await agent.post(f"{PATH}/{made['configuration_id']}/activate"),
            await agent.post(f"{PATH}/roll-back"),
        ]

        assert [each.status_code for each in answers] == [403, 403, 403]

    async def test_given_another_tenant_when_it_names_a_version_then_there_is_none(
        self, connect: Connect, lead: httpx.AsyncClient, make_tenant: Any
    ) -> None:
        made = await propose(lead)
        stranger = connect(Role.supervisor, tenant=make_tenant())

        answers = [
            await stranger.get(f"{PATH}/{made['configuration_id']}"),
            await stranger.post(f"{PATH}/{made['configuration_id']}/activate"),
            await stranger.get(f"{PATH}/{uuid4()}"),
        ]

        assert [each.status_code for each in answers] == [404, 404, 404]


class TestNames:
    async def test_given_a_name_in_the_tenants_settings_when_the_active_one_is_read_then_it_is_of_that_name(
        self, lead: httpx.AsyncClient, tenant_id: UUID, postgres_url: str
    ) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                """UPDATE platform.tenants SET settings = '{"workflow": {"configuration": "ecommerce"}}' WHERE id = %s""",
                (tenant_id,),
            )
        before = (await lead.get(f"{PATH}/active")).json()
        own = await propose(lead, name="ecommerce")
        await propose(lead, name="main")

        await lead.post(f"{PATH}/{own['configuration_id']}/activate")

        after = (await lead.get(f"{PATH}/active")).json()
        assert (before["name"], before["version"]) == ("ecommerce", 0)
        assert after["configuration_id"] == own["configuration_id"]
