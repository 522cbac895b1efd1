"""A queue of announcements, whatever cloud it is in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from caseplane.core.errors import UnavailableError

MAX_WAIT_SECONDS = 20
"""Seconds that a queue may hold a question back until it has something to say."""


class QueueError(UnavailableError):
    """The queue did not answer, or refused; its messages are still there."""


class NotUnderstoodError(ValueError):
    """A message is no announcement of an object store that we know; it holds what was wrong."""


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery of a message."""

    body: bytes
    handle: str
    """What finishes this delivery."""
    attributes: Mapping[str, str] = field(default_factory=dict)


class AnnouncementQueue(Protocol):
    """Gives each message to one reader at a time, again if it is not finished in time."""

    async def receive(self) -> list[Message]:
        """Wait a little for messages; an empty list if there were none.

        Raises:
            QueueError, CloudIdentityError
        """

    async def finish(self, messages: Sequence[Message]) -> None:
        """Take messages off the queue. One whose time is over is delivered again, which must do no harm.

        Raises:
            QueueError, CloudIdentityError
        """

    async def aclose(self) -> None:
        """Give connections back."""


class HttpQueue:
    """What the three have in common: an HTTP API, asked under the process's own identity.

    Args:
        url: of the API.
        auth: proves who asks.
        transport: where requests go instead of the network.
    """

    def __init__(self, url: str, auth: httpx.Auth, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            auth=auth,
            transport=transport,
            timeout=httpx.Timeout(10, read=MAX_WAIT_SECONDS + 10),
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _request(self, method: str, path: str, *, allow: int = 0, **more: Any) -> httpx.Response:
        """The answer; a refusal is an error, but for one status that is allowed."""
        try:
            response = await self._http.request(method, path, **more)
        except httpx.HTTPError as exc:
            raise QueueError(f"The queue did not answer: {type(exc).__name__}.") from exc
        if response.is_error and response.status_code != allow:
            raise QueueError(f"The queue refused with {response.status_code}: {_error_text(response)}")
        return response


def _error_text(response: httpx.Response) -> str:
    """The beginning of what a refusal says."""
    return " ".join(response.text.split())[:300] or response.reason_phrase
