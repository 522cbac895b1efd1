"""HTTP to desks outside; `core.outgoing` keeps it from reaching what is inside."""

import asyncio
from typing import Any

import httpx

from caseplane.core.outgoing import GuardedTransport, TargetPolicy, TargetRefusedError
from caseplane.escalation.connectors.oauth import Tokens
from caseplane.escalation.connectors.protocol import DeskRefusedError, DeskUnavailableError


class DeskHttp:
    """HTTP to desks: guarded, with limits on time and size, never following a redirect.

    Args:
        policy: which addresses may be called.
        timeout: for one call, in seconds.
        answer_limit: largest answer that is read, in bytes.
        transport: in place of the guarded one, for tests.
    """

    def __init__(
        self,
        policy: TargetPolicy,
        *,
        timeout: float = 15.0,
        answer_limit: int = 1 << 20,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.policy, self.timeout, self._answer_limit = policy, timeout, answer_limit
        self.tokens = Tokens()
        # Proxies of the environment would connect for us, past the check of the address.
        self._http = httpx.AsyncClient(
            transport=transport or GuardedTransport(policy),
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "caseplane"},
        )

    async def call(
        self, method: str, url: str, *, answer_limit: int | None = None, **request: Any
    ) -> httpx.Response:
        """Send, and read the answer whole.

        Args:
            method: of HTTP.
            url: absolute.
            request: as for httpx.
            answer_limit: in bytes, for this call only: pages of lists are larger than other answers.

        Raises:
            DeskUnavailableError: there was no answer, or none that could be read.
            DeskRefusedError: the address is one that is not called.
        """
        limit = max(answer_limit or 0, self._answer_limit)
        try:
            async with asyncio.timeout(self.timeout), self._http.stream(method, url, **request) as answer:
                chunks, size = [], 0
                async for chunk in answer.aiter_bytes():
                    size += len(chunk)
                    if size > limit:
                        raise DeskUnavailableError("The desk's answer is too large.")
                    chunks.append(chunk)
        except TargetRefusedError as exc:
            raise DeskRefusedError(exc.detail) from exc
        except TimeoutError as exc:
            raise DeskUnavailableError("The desk did not answer in time.") from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise DeskUnavailableError(f"The call failed: {type(exc).__name__}.") from exc
        return httpx.Response(
            answer.status_code,
            headers=[
                (k, v) for k, v in answer.headers.items() if k not in ("content-encoding", "content-length")
            ],
            content=b"".join(chunks),
            request=answer.request,
        )

    async def close(self) -> None:
        await self._http.aclose()
