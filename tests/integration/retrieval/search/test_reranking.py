"""A language model reorders the best passages: a strict fake server, a real search, and all failures."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.integration.core.fake_openai import KEY, Answer, FakeOpenAI, completion, error
from tests.integration.retrieval.harness import Caller, Harness, person

from caseplane.core.llm import EndpointSettings, Llm, LlmRole, LlmSettings, UsageRecord
from caseplane.retrieval.settings import RetrievalSettings

FILES = {
    f"{name}.md": f"# {name.title()}\n\nTo prune the {name} tree, {how}.".encode()
    for name, how in {
        "apple": "cut in winter",
        "pear": "cut lightly",
        "plum": "cut in summer against silver leaf",
        "cherry": "cut after the harvest",
    }.items()
}
ASKED = "How do I prune the tree?"


class Records:
    """Usage as it is recorded."""

    def __init__(self) -> None:
        self.kept: list[UsageRecord] = []

    async def record(self, usage: UsageRecord) -> None:
        self.kept.append(usage)


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def opened(database_url: str, tmp_path: Path, server: FakeOpenAI, records: Records) -> Any:
    """Opens the service with a model, under given settings."""

    @asynccontextmanager
    async def opening(**settings: Any) -> AsyncIterator[Harness]:
        endpoint = EndpointSettings(
            model="judge", base_url=server.url, api_key=KEY, max_attempts=1, timeout=timedelta(seconds=20)
        )
        llm = Llm(LlmSettings(rerank=endpoint), recorder=records)
        harness = Harness(database_url, tmp_path, RetrievalSettings(**settings), llm=llm)
        async with harness.runtime.jobs.open():
            yield harness
            await llm.aclose()
            await harness.close()

    return opening


async def filled(harness: Harness, tenant_id: Any) -> Caller:
    admin = Caller(harness, person(tenant_id))
    base = await admin.make_base()
    await admin.sync(base, FILES)
    await harness.work()
    return admin


async def titles(caller: Caller, **more: object) -> list[str]:
    found = await caller.search(ASKED, **more)
    return [hit["title"] for hit in found["results"]]  # type: ignore[attr-defined]


def ranked(*order: int) -> Answer:
    return completion(json.dumps({"order": order}))


class TestRerank:
    async def test_given_nothing_set_when_searched_then_no_model_is_asked(
        self, opened: Any, server: FakeOpenAI, tenant_id: Any
    ) -> None:
        async with opened() as harness:
            caller = await filled(harness, tenant_id)

            found = await caller.search(ASKED)

            assert (found["reranked"], server.requests) == (False, [])

    async def test_given_a_model_when_searched_then_its_order_and_the_searchs_scores(
        self, opened: Any, server: FakeOpenAI, tenant_id: Any, records: Records
    ) -> None:
        async with opened(rerank=True) as harness:
            caller = await filled(harness, tenant_id)
            server.default = error(500)
            fused = await caller.search(ASKED)
            server.default = ranked(4, 2)

            found = await caller.search(ASKED)
            short = await titles(caller, limit=1)

            before = fused["results"]
            assert isinstance(before, list)
            assert (fused["reranked"], found["reranked"]) == (False, True)
            assert found["results"] == [before[3], before[1], before[0], before[2]]
            assert short == [before[3]["title"]]
            shown = json.loads(server.requests[-1].body["messages"][1]["content"])
            assert shown["question"] == ASKED
            assert [p["title"] for p in shown["passages"]] == [hit["title"] for hit in before]
            assert records.kept[-1].role is LlmRole.rerank
            assert records.kept[-1].tenant_id == tenant_id

    @pytest.mark.parametrize(
        "answer",
        [
            error(500),
            error(401),
            completion("no JSON"),
            completion('{"order": ["one"]}'),
            ranked(1, 1),
            ranked(0, 1),
            ranked(5),
            completion(None, refusal="no"),
            Answer(reset=True),
            Answer(delay=5),
        ],
    )
    async def test_given_a_model_that_fails_when_searched_then_the_searchs_order_is_kept(
        self, opened: Any, server: FakeOpenAI, tenant_id: Any, answer: Answer
    ) -> None:
        async with opened(rerank=True, rerank_timeout=timedelta(seconds=0.5)) as harness:
            caller = await filled(harness, tenant_id)
            server.default = ranked(1, 2, 3, 4)
            fused = await titles(caller)
            server.default = answer

            found = await caller.search(ASKED)

            assert found["reranked"] is False
            assert [hit["title"] for hit in found["results"]] == fused  # type: ignore[attr-defined]

    @pytest.mark.parametrize(("installation", "own"), [(False, True), (True, False)])
    async def test_given_a_tenants_own_setting_when_searched_then_it_overrides_the_installations(
        self,
        opened: Any,
        server: FakeOpenAI,
        tenant_id: Any,
        postgres_url: str,
        installation: bool,
        own: bool,
    ) -> None:
        server.default = ranked(1)
        async with opened(rerank=installation) as harness:
            caller = await filled(harness, tenant_id)
            with psycopg.connect(postgres_url) as connection:
                connection.execute(
                    "UPDATE platform.tenants SET settings = jsonb_build_object('retrieval',"
                    " jsonb_build_object('rerank', %s::boolean)) WHERE id = %s",
                    (own, tenant_id),
                )

            found = await caller.search(ASKED)

            assert found["reranked"] is own
            assert bool(server.requests) is own

    async def test_given_documents_that_the_caller_may_not_see_when_searched_then_the_model_does_not_either(
        self, opened: Any, server: FakeOpenAI, tenant_id: Any
    ) -> None:
        server.default = ranked(1)
        async with opened(rerank=True) as harness:
            admin = Caller(harness, person(tenant_id))
            base = await admin.make_base()
            await admin.sync(base, FILES)
            await admin.sync(
                base,
                {"secret.md": b"# How do I prune the tree\n\nHow do I prune the tree of money?"},
                source="s",
                acl=["board"],
            )
            await harness.work()
            from caseplane.core.auth import Role

            found = await Caller(harness, person(tenant_id, Role.customer)).search(ASKED)

            assert found["reranked"]
            assert found["withheld"] == 1
            assert "money" not in server.requests[-1].raw.decode()
