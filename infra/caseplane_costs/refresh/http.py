"""Requests JSON from an API, and retries where waiting helps: too many requests, or a server error."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from caseplane_costs.errors import CostError

TRIES = 5
LONGEST_WAIT = 60.0
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
THROTTLED = ("ThrottlingException", "TooManyRequestsException")
"""In the body of a 400 of AWS; other providers answer 429."""
SHOWN = 200
"""Characters of an unexpected answer in a message."""


class RefreshError(CostError):
    """Prices cannot be read; the message says which, why, and what to do."""


class RetryingClient:
    """An HTTP client that waits before each retry: as long as the server asks, else twice as long each time."""

    def __init__(self, client: httpx.Client, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self._sleep = client, sleep

    def fetch(self, make: Callable[[], httpx.Request]) -> dict[str, Any]:
        """The JSON object of a response.

        Args:
            make: makes the request again for each try, because a signature expires.

        Raises:
            RefreshError: the API refused, failed too often, or answered something else.
        """
        for tried in range(1, TRIES + 1):
            try:
                response = self._client.send(make())
            except httpx.TransportError as exc:
                if tried == TRIES:
                    raise RefreshError(
                        f"{_address(make())}: {exc or type(exc).__name__}, {TRIES} times."
                    ) from exc
                self._sleep(_pause(tried, None))
                continue
            if not _is_temporary(response):
                return _json(response)
            if tried < TRIES:
                self._sleep(_pause(tried, response))
        raise RefreshError(
            f"{_address(make())}: still answers {response.status_code} after {TRIES} tries; try again later."
        )


def _is_temporary(response: httpx.Response) -> bool:
    throttled = response.status_code == 400 and any(each in response.text for each in THROTTLED)
    return throttled or response.status_code in RETRIED


def _pause(tried: int, response: httpx.Response | None) -> float:
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(asked) if asked.isdigit() else 2.0 ** (tried - 1), LONGEST_WAIT)


def _json(response: httpx.Response) -> dict[str, Any]:
    where = _address(response.request)
    if response.is_error:
        raise RefreshError(f"{where}: {response.status_code} {response.text[:SHOWN]}")
    try:
        content = response.json()
    except ValueError as exc:
        raise RefreshError(f"{where}: the answer is not JSON: {response.text[:SHOWN]!r}") from exc
    if not isinstance(content, dict):
        raise RefreshError(f"{where}: the answer is a {type(content).__name__}, not an object.")
    return content


def _address(request: httpx.Request) -> str:
    """The URL without the query, which may have a key in it."""
    return str(request.url.copy_with(query=None))
