"""A system of record behind HTTP: one address with the customer's id in it, which answers with JSON."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

import httpx

from caseplane.core.outgoing import GuardedTransport, TargetPolicy, TargetRefusedError
from caseplane.workflow.lookups.port import ROWS, Answer, LookupFailedError, short
from caseplane.workflow.lookups.sql import AddressRefusedError

PLACE = "{customer_id}"
LARGEST = 1 << 20


def check_address(url: str, policy: TargetPolicy) -> None:
    """Refuse an address that could never be called.

    Raises:
        AddressRefusedError: it has no place for the customer, or has it in the host.
        TargetRefusedError: it is not called.
    """
    _, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    if PLACE in host or PLACE not in path:
        raise AddressRefusedError(f"The address must have {PLACE} in its path or query.")
    policy.check_url(url.replace(PLACE, "x"))


class HttpSystem:
    """Asks an HTTP service with GET.

    Args:
        url: with `{customer_id}`.
        token: sent as bearer token; None sends none.
        policy: which addresses may be called.
        seconds: for the whole answer.
        transport: in place of the guarded one, for tests.
    """

    def __init__(
        self,
        url: str,
        token: str | None,
        policy: TargetPolicy,
        *,
        seconds: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url, self._token, self._seconds = url, token, seconds
        self._transport = transport or GuardedTransport(policy)

    async def ask(self, customer_id: str) -> list[Answer]:
        url = self._url.replace(PLACE, quote(customer_id, safe=""))
        headers = {"Accept": "application/json", "User-Agent": "caseplane"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            async with asyncio.timeout(self._seconds):
                status, body = await self._get(url, headers)
        except TimeoutError as exc:
            raise LookupFailedError(f"It took longer than {self._seconds:g} s.") from exc
        except TargetRefusedError as exc:
            raise LookupFailedError(exc.detail) from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise LookupFailedError(f"The call failed: {type(exc).__name__}.") from exc
        if status == 404:
            return [Answer("answer", [])]
        if status != 200:
            raise LookupFailedError(f"It answered with status {status}.")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as exc:
            raise LookupFailedError("Its answer is not JSON.") from exc
        return [Answer("answer", _rows(found))]

    async def _get(self, url: str, headers: dict[str, str]) -> tuple[int, bytes]:
        # Proxies of the environment would connect for us, past the check of the address.
        async with (
            httpx.AsyncClient(
                transport=self._transport, follow_redirects=False, trust_env=False, timeout=self._seconds
            ) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            body = b""
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise LookupFailedError("Its answer is too large.")
            return answer.status_code, body


def _rows(found: Any) -> list[dict[str, Any]]:
    """A list of objects as rows, one object as a row; nested values as JSON text."""
    rows = found if isinstance(found, list) else [found]
    return [
        {
            str(key): short(
                json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
            )
            for key, value in row.items()
        }
        for row in rows[:ROWS]
        if isinstance(row, dict)
    ]
