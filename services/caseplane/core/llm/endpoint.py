"""One endpoint at run time: its client, breaker, concurrency slots and dialects."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from openai import AsyncOpenAI
from pydantic import BaseModel

from caseplane.core.llm.breaker import CircuitBreaker
from caseplane.core.llm.dialect import Dialect
from caseplane.core.llm.errors import LlmTimeoutError
from caseplane.core.llm.providers import build_client
from caseplane.core.llm.settings import EndpointSettings, LlmSettings

_FIRST_BACKOFF = 0.25
_LONGEST_BACKOFF = 8.0


class Endpoint:
    """Roles with equal settings share an endpoint and so its limits."""

    def __init__(
        self, settings: EndpointSettings, limits: LlmSettings, *, client: AsyncOpenAI | None = None
    ) -> None:
        self.settings = settings
        self.client = client or build_client(settings)
        self.breaker = CircuitBreaker(
            failures=limits.breaker_failures, cooldown=limits.breaker_cooldown.total_seconds()
        )
        self._places = asyncio.Semaphore(settings.max_concurrency)
        # By schema, since a server may refuse one schema and accept another.
        self._dialects: dict[type[BaseModel] | None, Dialect] = {}

    def dialect(self, schema: type[BaseModel] | None) -> Dialect:
        return self._dialects.get(schema, Dialect())

    def learn(self, schema: type[BaseModel] | None, *, used: Dialect, better: Dialect) -> None:
        """Switch to a better dialect, unless another call has already replaced the used one."""
        if self.dialect(schema) == used:
            self._dialects[schema] = better

    @asynccontextmanager
    async def slot(self, deadline: float) -> AsyncIterator[None]:
        """Take a concurrency slot, waiting until `deadline` (event loop time)."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._places.acquire()
        except TimeoutError:
            raise LlmTimeoutError(
                f"All {self.settings.max_concurrency} places of the model stayed taken."
            ) from None
        try:
            yield
        finally:
            self._places.release()


def backoff(attempt: int, *, retry_after: float | None) -> float:
    """Seconds to wait after a failed attempt: doubled each time, capped, half of it random.

    Args:
        attempt: how many attempts have failed, at least 1.
        retry_after: the provider's minimum.
    """
    ceiling = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2.0 ** (attempt - 1))
    wait = ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
    return max(wait, retry_after or 0.0)
