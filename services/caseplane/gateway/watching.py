"""Watches the credentials of requests that are still being answered, and ends those whose right has ended.

A request is let in by what its credential is worth at that moment. An event stream, a long wait or an upload outlives
that moment, so its credential is looked up again about every second: all of this process in one statement. Once
the credential is revoked, expired or changed, or its tenant suspended, the request ends.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from caseplane.core.errors import CaseplaneError
from caseplane.core.telemetry import get_logger
from caseplane.gateway.credentials import Authenticator, Credential
from caseplane.gateway.errors import CredentialChangedError

log = get_logger(__name__)

AGAIN = 0.8
"""Seconds after which a credential is looked up again; with the pauses below it is done within a second."""
BRIEF = 0.05
"""Seconds that a request may take without being watched; nearly all take less."""
PAUSE = 0.1
"""Shortest time between two looks, in seconds."""


class Held:
    """A request that is being answered.

    Attributes:
        refusal: why it was ended.
    """

    def __init__(self, authorization: Sequence[str], credential: Credential, limit: asyncio.Timeout) -> None:
        self.authorization, self.credential, self._limit = authorization, credential, limit
        self._since = time.monotonic()
        self.refusal: CaseplaneError | None = None

    @property
    def due(self) -> float:
        """When it is to be looked at, in monotonic seconds."""
        return max(self.credential.checked_at + AGAIN, self._since + BRIEF)

    def end(self, refusal: CaseplaneError) -> None:
        if self.refusal is None:  # it may take a moment to end
            self.refusal = refusal
            self._limit.reschedule(0)


class Watch:
    """Looks at the credentials of the requests that this process is answering."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._held: set[Held] = set()
        self._changed = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def over(self, authorization: Sequence[str], credential: Credential) -> AsyncIterator[Held]:
        """Answer a request inside this block.

        Raises:
            TimeoutError: the credential does not hold any more; `Held.refusal` says why.
        """
        async with asyncio.timeout(None) as limit:
            held = Held(authorization, credential, limit)
            self._held.add(held)
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look_forever())
            try:
                yield held
            finally:
                self._held.discard(held)

    def wake(self) -> None:
        """Look now, because credentials have just changed."""
        self._changed.set()

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def _look_forever(self) -> None:
        while self._held:
            pause = max(PAUSE, min(each.due for each in self._held) - time.monotonic())
            try:
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                due = [each for each in self._held if each.due <= time.monotonic()]
            else:
                self._changed.clear()
                due = list(self._held)
            await self._look_at(due)

    async def _look_at(self, due: Iterable[Held]) -> None:
        holding = {each.credential: each.authorization for each in due}
        try:
            found = await self._authenticator.renew(holding) if holding else {}
        except Exception as exc:  # noqa: BLE001 - nothing that a stream could deliver can be read either
            log.warning("credentials_not_renewed", count=len(holding), error=type(exc).__name__)
            return
        for each in list(self._held):
            now = found.get(each.credential)
            if isinstance(now, CaseplaneError):
                each.end(now)
            elif now is not None and now.principal != each.credential.principal:
                each.end(CredentialChangedError("What the credential may do has changed."))
            elif now is not None:
                each.credential = now
