"""The interface of a notification queue, for every cloud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from caseplane.core.errors import UnavailableError

MAX_WAIT_SECONDS = 20
"""Longest time that a queue may wait for a message before it replies (long polling)."""


class QueueError(UnavailableError):
    """The queue did not answer, or refused the request; no message is lost."""


class NotUnderstoodError(ValueError):
    """A message is not a notification of a supported object store; the text says why."""


@dataclass(frozen=True, slots=True)
class Message:
    body: bytes
    handle: str
    """Identifies this delivery when it is finished."""
    attributes: Mapping[str, str] = field(default_factory=dict)


class AnnouncementQueue(Protocol):
    """Delivers each message to one reader at a time, and again if it is not finished in time."""

    async def receive(self) -> list[Message]:
        """Wait up to `MAX_WAIT_SECONDS` for messages; an empty list if none came.

        Raises:
            QueueError, CloudIdentityError
        """

    async def finish(self, messages: Sequence[Message]) -> None:
        """Delete messages. One whose lock has expired is delivered again, so handling must be repeatable.

        Raises:
            QueueError, CloudIdentityError
        """

    async def aclose(self) -> None:
        """Give connections back."""


class HttpQueue:
    """Base of the three queues: an HTTP API, called with the process's own identity.

    Args:
        url: of the API.
        auth: authenticates requests.
        transport: replaces the network in tests.
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
        """The response; any error status raises, except the one in `allow`."""
        try:
            response = await self._http.request(method, path, **more)
        except httpx.HTTPError as exc:
            raise QueueError(f"The queue did not answer: {type(exc).__name__}.") from exc
        if response.is_error and response.status_code != allow:
            raise QueueError(f"The queue refused with {response.status_code}: {_error_text(response)}")
        return response


def _error_text(response: httpx.Response) -> str:
    """The first characters of an error response."""
    return " ".join(response.text.split())[:300] or response.reason_phrase
