"""A strict server, and clients of it with short retry delays."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.integration.core.fake_openai import FakeOpenAI
from tests.integration.core.llm.asking import MemoryRecorder, endpoint

from caseplane.core.llm import (
    Budget,
    Llm,
    LlmSettings,
)


@pytest.fixture(autouse=True)
def quick_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caseplane.core.llm.endpoint._FIRST_BACKOFF", 0.001)


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
def recorder() -> MemoryRecorder:
    return MemoryRecorder()


@pytest.fixture
async def make_llm(server: FakeOpenAI, recorder: MemoryRecorder) -> AsyncIterator[Any]:
    made: list[Llm] = []

    def make(*, budget: Budget | None = None, limits: Any = None, **changes: Any) -> Llm:
        settings = LlmSettings(answer=endpoint(server, **changes), **(limits or {}))
        made.append(Llm(settings, recorder=recorder, budget=budget))
        return made[-1]

    yield make
    for llm in made:
        await llm.aclose()
