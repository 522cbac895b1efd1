"""Requests, accounts and a recorder for the tests of the model client."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, Field
from tests.integration.core.fake_openai import KEY, FakeOpenAI

from caseplane.core.llm import (
    CallAccount,
    EndpointSettings,
    Llm,
    LlmRole,
    Message,
    UsageRecord,
)

TENANT = uuid4()
ACCOUNT = CallAccount(TENANT, uuid4())
ASK = [Message("system", "Answer in JSON."), Message("user", "What is the capital of France?")]


class Place(BaseModel):
    name: str = Field(min_length=1, description="as its inhabitants call it")
    kind: Literal["city", "village"] = "city"


class Verdict(BaseModel):
    supported: bool
    confidence: float | None = Field(default=None, ge=0, le=1)
    places: list[Place] = []


class MemoryRecorder:
    def __init__(self) -> None:
        self.records: list[UsageRecord] = []
        self.fails = False

    async def record(self, usage: UsageRecord) -> None:
        if self.fails:
            raise ConnectionError("database is gone")
        self.records.append(usage)

    async def spent(self, tenant_id: UUID, *, since: Any) -> Decimal:
        mine = (r.cost_usd for r in self.records if r.tenant_id == tenant_id)
        return sum(mine, Decimal(0))


def endpoint(server: FakeOpenAI, **changes: Any) -> EndpointSettings:
    values: dict[str, Any] = {
        "model": "test-model",
        "base_url": server.url,
        "api_key": KEY,
        "input_price": "1.00",
        "cached_input_price": "0.50",
        "output_price": "4.00",
        "timeout": timedelta(seconds=5),
        "attempt_timeout": timedelta(seconds=5),
    }
    return EndpointSettings(**{**values, **changes})


async def text(llm: Llm) -> str:
    return await llm.complete_text(LlmRole.answer, ASK, account=ACCOUNT)


async def verdict(llm: Llm) -> Verdict:
    return await llm.complete_json(LlmRole.answer, ASK, Verdict, account=ACCOUNT)
