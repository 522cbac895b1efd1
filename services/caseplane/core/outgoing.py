"""Calls to addresses that a tenant's admin chooses, kept from reaching what is inside.

An admin must not thereby reach the cloud's metadata service or a neighbour's database. The address is checked when it is
set and again for every connection, against the very IP address that is then connected to, so a name that resolves
differently later gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from caseplane.core.errors import InvalidInputError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class TargetRefusedError(InvalidInputError):
    """The address is one that is not called."""

    slug, title = "target-refused", "This address is not called"


async def resolve(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True)
class TargetPolicy:
    """Which addresses may be called.

    Attributes:
        allow_http: also without TLS.
        allow_private: also those inside a network.
        settings: prefix of the settings that allow more, as messages name them.
    """

    allow_http: bool = False
    allow_private: bool = False
    settings: str = "CASEPLANE_ESCALATION"

    def check_url(self, url: str, *, schemes: Sequence[str] = ("https", "http")) -> None:
        """Refuse an address that could never be called.

        Args:
            url: the address.
            schemes: with which it may begin; `http` only where that is allowed.

        Raises:
            TargetRefusedError: with what to change.
        """
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as exc:
            raise TargetRefusedError(f"The address cannot be read: {exc}.") from exc
        if parts.scheme not in schemes or not host:
            path = "/path" if "https" in schemes else ""
            raise TargetRefusedError(f"The address must be {schemes[0]}://host{path}.")
        if parts.scheme == "http" and not self.allow_http:
            raise TargetRefusedError(
                f"The address must begin with https://; {self.settings}_ALLOW_HTTP permits http."
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
                f"{what} is not a public address; {self.settings}_ALLOW_PRIVATE permits private ones."
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
