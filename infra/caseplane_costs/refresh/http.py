"""Asks an API, and asks again where waiting helps: too many requests, or a server's own trouble."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from caseplane_costs.errors import CostError

TRIES = 5
LONGEST_WAIT = 60.0
AGAIN = frozenset({408, 429, 500, 502, 503, 504})
THROTTLED = ("ThrottlingException", "TooManyRequestsException")
"""What AWS says in a 400 where others answer 429."""
SHOWN = 200


class RefreshError(CostError):
    """Prices could not be had; the message says of what, why, and what to do."""


class Patient:
    """An HTTP client that waits as long as it is told to, and else twice as long each time."""

    def __init__(self, client: httpx.Client, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self._sleep = client, sleep

    def ask(self, make: Callable[[], httpx.Request]) -> dict[str, Any]:
        """The JSON object that a request is answered with.

        Args:
            make: makes the request anew for each try, as a signature has its time.

        Raises:
            RefreshError: it was refused, failed too often, or is answered with something else.
        """
        for tried in range(1, TRIES + 1):
            try:
                response = self._client.send(make())
            except httpx.TransportError as exc:
                if tried == TRIES:
                    raise RefreshError(
                        f"{_place(make())}: {exc or type(exc).__name__}, {TRIES} times."
                    ) from exc
                self._sleep(_pause(tried, None))
                continue
            if not _passing(response):
                return _json(response)
            if tried < TRIES:
                self._sleep(_pause(tried, response))
        raise RefreshError(
            f"{_place(make())}: still answers {response.status_code} after {TRIES} tries; try later."
        )


def _passing(response: httpx.Response) -> bool:
    throttled = response.status_code == 400 and any(each in response.text for each in THROTTLED)
    return throttled or response.status_code in AGAIN


def _pause(tried: int, response: httpx.Response | None) -> float:
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(asked) if asked.isdigit() else 2.0 ** (tried - 1), LONGEST_WAIT)


def _json(response: httpx.Response) -> dict[str, Any]:
    where = _place(response.request)
    if response.is_error:
        raise RefreshError(f"{where}: {response.status_code} {response.text[:SHOWN]}")
    try:
        content = response.json()
    except ValueError as exc:
        raise RefreshError(f"{where}: answers something that is no JSON: {response.text[:SHOWN]!r}") from exc
    if not isinstance(content, dict):
        raise RefreshError(f"{where}: answers {type(content).__name__}, an object was expected.")
    return content


def _place(request: httpx.Request) -> str:
    """Where, without the query: a key may be in it."""
    return str(request.url.copy_with(query=None))
