"""Where mail servers are: each address is resolved, checked and pinned, as those of other desks are."""

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import certifi

from caseplane.core.outgoing import Resolve, TargetPolicy, TargetRefusedError, resolve
from caseplane.escalation.connectors.protocol import DeskRefusedError, DeskUnavailableError

PORTS = {"imaps": 993, "imap": 143, "smtps": 465, "smtp": 587}


class NamedContext(ssl.SSLContext):
    """TLS to an IP address whose certificate must have a host's name."""

    name: str = ""

    def wrap_socket(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        return super().wrap_socket(*args, **(kwargs | {"server_hostname": self.name}))


@dataclass(frozen=True)
class Target:
    """A server that may be called.

    Attributes:
        ip: that was checked, and is connected to.
        tls: from the first byte; else by STARTTLS.
        may_stay_open: whether the connection may go on without TLS where the server has none.
    """

    host: str
    ip: str
    port: int
    tls: bool
    may_stay_open: bool
    context: ssl.SSLContext


@dataclass(frozen=True)
class MailNetwork:
    """Finds mail servers.

    Args:
        policy: which addresses may be called.
        timeout: of one step, in seconds.
        resolver: of names.
    """

    policy: TargetPolicy
    timeout: float = 15.0
    resolver: Resolve = resolve

    async def target(self, url: str, *schemes: str) -> Target:
        """The server of an address.

        Raises:
            DeskRefusedError: it is not called.
            DeskUnavailableError: its name is not known.
        """
        try:
            self.policy.check_url(url, schemes=schemes)
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
            addresses = await self.resolver(host, port)
            for each in addresses:
                self.policy.check_ip(each)
        except TargetRefusedError as exc:
            raise DeskRefusedError(exc.detail or exc.title) from exc
        except OSError as exc:
            raise DeskUnavailableError(f"{host} cannot be resolved.") from exc
        if not addresses:
            raise DeskUnavailableError(f"{host} has no address.")
        return Target(
            host, addresses[0].partition("%")[0], port, parts.scheme.endswith("s"),
            self.policy.allow_http, self._context(host),
        )  # fmt: skip

    def _context(self, host: str) -> ssl.SSLContext:
        context = NamedContext(ssl.PROTOCOL_TLS_CLIENT)
        context.name = host
        context.load_default_certs()  # SSL_CERT_FILE names the certificates of an authority of one's own
        context.load_verify_locations(certifi.where())
        return context
