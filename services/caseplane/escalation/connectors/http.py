"""Calls to desks outside, kept from reaching what is inside.

An admin of a tenant chooses a desk's address, and must not thereby reach the cloud's metadata service or a
neighbour's database. The address is checked when it is set and again for every connection, against the very
IP address that is then connected to, so a name that resolves differently later gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from caseplane.core.errors import InvalidInputError
from caseplane.escalation.connectors.protocol import DeskRefusedError, DeskUnavailableError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class TargetRefusedError(InvalidInputError):
    """The address of a desk is one that is not called."""

    slug, title = "target-refused", "This address is not called"


async def resolve(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True)
class TargetPolicy:
    """Which addresses may be called."""

    allow_http: bool = False
    allow_private: bool = False

    def check_url(self, url: str) -> None:
        """Refuse an address that could never be called.

        Raises:
            TargetRefusedError: with what to change.
        """
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as exc:
            raise TargetRefusedError(f"The address cannot be read: {exc}.") from exc
        if parts.scheme not in ("https", "http") or not host:
            raise TargetRefusedError("The address must be https://host/path.")
        if parts.scheme == "http" and not self.allow_http:
            raise TargetRefusedError(
                "The address must begin with https://; CASEPLANE_ESCALATION_ALLOW_HTTP permits http."
            )
        if parts.username or parts.password:
            raise TargetRefusedError("The address must not hold a user or password; use the secret.")
        if parts.fragment:
            raise TargetRefusedError("The address must not have a fragment.")
        if host == "localhost" or host.endswith((".localhost", ".internal", ".local")):
            self._private(host)
        try:
            self.check_ip(host)
        except ValueError:
            return  # a name; what it resolves to is checked when it is called

    def check_ip(self, address: str) -> None:
        """Refuse an IP address that is not on the public internet, unless those are allowed."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
        if not (mapped or ip).is_global or ip.is_multicast or ip.is_unspecified or not ip.is_global:
            self._private(address)

    def _private(self, what: str) -> None:
        if not self.allow_private:
            raise TargetRefusedError(
                f"{what} is not a public address; CASEPLANE_ESCALATION_ALLOW_PRIVATE permits private ones."
            )


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves, checks and pins the address of every request.

    Args:
        policy: which addresses may be called.
        inner: what sends; the request's host is already an IP address that was checked.
        resolver: of names.
    """

    def __init__(
        self,
        policy: TargetPolicy,
        *,
        inner: httpx.AsyncBaseTransport | None = None,
        resolver: Resolve = resolve,
    ) -> None:
        self._policy, self._resolver = policy, resolver
        self._inner = inner or httpx.AsyncHTTPTransport(retries=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._policy.check_url(str(request.url))
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        try:
            addresses = await self._resolver(host, port)
        except OSError as exc:
            raise httpx.ConnectError(f"{host} cannot be resolved", request=request) from exc
        for address in addresses:
            self._policy.check_ip(address)
        if not addresses:
            raise httpx.ConnectError(f"{host} has no address", request=request)
        request.extensions = {**request.extensions, "sni_hostname": host}  # what the certificate must name
        request.url = request.url.copy_with(host=addresses[0].partition("%")[0])
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


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
        self.policy, self._timeout, self._answer_limit = policy, timeout, answer_limit
        # Proxies of the environment would connect for us, past the check of the address.
        self._http = httpx.AsyncClient(
            transport=transport or GuardedTransport(policy),
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "caseplane"},
        )

    async def call(self, method: str, url: str, **request: Any) -> httpx.Response:
        """Send, and read the answer whole.

        Raises:
            DeskUnavailableError: there was no answer, or none that could be read.
            DeskRefusedError: the address is one that is not called.
        """
        try:
            async with asyncio.timeout(self._timeout), self._http.stream(method, url, **request) as answer:
                chunks, size = [], 0
                async for chunk in answer.aiter_bytes():
                    size += len(chunk)
                    if size > self._answer_limit:
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
