"""Visitors of a tenant's web pages, who talk in the chat widget without an account.

The gateway signs who a visitor is: a made-up customer of one tenant, on the pages of one origin that the tenant allows. Such
a token may begin conversations and read its own, and nothing else; it ends with the tenant's permission for the origin.
"""

import re
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID, uuid4

from cachetools import TTLCache

from caseplane.core.auth import Principal, Role
from caseplane.core.database import Database
from caseplane.core.errors import NotFoundError
from caseplane.gateway.credentials import Credential, tenant_limits
from caseplane.gateway.errors import CredentialRefusedError, OriginRefusedError, TenantSuspendedError
from caseplane.gateway.settings import GatewaySettings
from caseplane.gateway.signing import Signer

PREFIX = "cpv_"
AREAS = ("sessions", "visitors")
"""What a visitor's page may ask for."""
SLUG = re.compile(r"[a-z0-9-]{1,63}")

FIND: LiteralString = "SELECT id, display_name, status, settings FROM platform.tenants WHERE slug = %(slug)s"
FIND_BY_ID: LiteralString = (
    "SELECT id, display_name, status, settings FROM platform.tenants WHERE id = %(id)s"
)
ALLOWED: LiteralString = (
    "SELECT 1 FROM platform.tenants WHERE status = 'active'"
    " AND settings -> 'widget' -> 'origins' ? %(origin)s LIMIT 1"
)


class Host(NamedTuple):
    """A tenant, as far as its widget is concerned."""

    tenant_id: UUID
    name: str
    status: str
    settings: dict[str, Any]

    @property
    def widget(self) -> dict[str, Any]:
        found = self.settings.get("widget")
        return found if isinstance(found, dict) else {}

    def allows(self, origin: str) -> bool:
        return origin in self.widget.get("origins", ())


@dataclass(frozen=True)
class Visit:
    """What a visitor's credential was made of."""

    tenant_id: UUID
    visitor_id: str
    origin: str


class Visitors:
    """Signs visitors' tokens, and checks them."""

    def __init__(self, database: Database, settings: GatewaySettings, *, service_secret: str) -> None:
        self._database = database
        self._signer = Signer(service_secret, purpose="caseplane-visitor", lifetime=settings.visitor_lifetime)
        seconds = settings.credential_cache.total_seconds()
        self._hosts: TTLCache[UUID, Host] = TTLCache(10_000, seconds)
        self._origins: TTLCache[str, bool] = TTLCache(10_000, seconds)

    async def welcome(self, slug: str, origin: str, *, known: Visit | None = None) -> tuple[str, str, Host]:
        """A token for a visitor of a page; one who is known stays the same. Returns it, the visitor and the tenant.

        Raises:
            NotFoundError: no tenant has that name, or it does not allow the page's origin.
            TenantSuspendedError: the tenant is not active.
        """
        rows = await self._database.statements.fetch(FIND, {"slug": slug}) if SLUG.fullmatch(slug) else []
        host = Host(*rows[0]) if rows else None
        if host is None or not host.allows(origin):  # a stranger does not learn which of the two
            raise NotFoundError(f"No organisation {slug!r} allows a chat on {origin or 'this page'}.")
        if host.status != "active":
            raise TenantSuspendedError("The chat is closed at present.")
        again = known is not None and (known.tenant_id, known.origin) == (host.tenant_id, origin)
        visitor = known.visitor_id if known is not None and again else str(uuid4())
        claims = {"sub": visitor, "tenant": str(host.tenant_id), "origin": origin}
        return PREFIX + self._signer.sign(claims), visitor, host

    def known(self, token: str) -> Visit | None:
        """Whom a token names, if we signed it; whether it may still be used is another question."""
        claims = self._signer.read(token.removeprefix(PREFIX))
        return _visit(claims) if claims is not None else None

    async def allowed(self, origin: str) -> bool:
        """Whether any tenant has its widget on pages of this origin."""
        known = self._origins.get(origin)
        if known is None:
            rows = await self._database.statements.fetch(ALLOWED, {"origin": origin})
            known = self._origins[origin] = bool(rows)
        return known

    # How the edge knows a visitor: a `TokenVerifier`.

    async def verify(self, token: str) -> Credential:
        claims = self._signer.read(token.removeprefix(PREFIX))
        if claims is None:
            raise CredentialRefusedError("The visitor's token does not hold any more.")
        visit = _visit(claims)
        host = await self._host(visit.tenant_id)
        if not host.allows(visit.origin):
            raise OriginRefusedError(f"The chat is not allowed on {visit.origin} any more.")
        subject = f"visitor:{visit.visitor_id}"
        principal = Principal(
            tenant_id=visit.tenant_id,
            subject=subject,
            roles=frozenset({Role.customer}),
            scopes=frozenset({"sessions"}),
            customer_id=subject,
        )
        return Credential(
            principal=principal,
            bucket=subject,
            limits=tenant_limits(host.settings),
            tenant_status=host.status,
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            origin=visit,
        )

    async def renew(self, token: str, credential: Credential) -> Credential:
        return replace(await self.verify(token), checked_at=time.monotonic())

    def refresh(self) -> None:
        self._hosts.clear()

    def forget(self, tenant_id: UUID) -> None:
        self._hosts.pop(tenant_id, None)
        self._origins.clear()

    async def _host(self, tenant_id: UUID) -> Host:
        known = self._hosts.get(tenant_id)
        if known is None:
            rows = await self._database.statements.fetch(FIND_BY_ID, {"id": tenant_id})
            if not rows:
                raise CredentialRefusedError("The visitor's token names nobody here.")
            known = self._hosts[tenant_id] = Host(*rows[0])
        return known


def _visit(claims: dict[str, Any]) -> Visit:
    return Visit(UUID(claims["tenant"]), str(claims["sub"]), str(claims["origin"]))


def check_origin(credential: Credential, origin: str | None) -> None:
    """Hold a visitor's token to the pages that it was signed for.

    Raises:
        OriginRefusedError: a page elsewhere uses it.
    """
    visit = credential.origin
    if isinstance(visit, Visit) and origin is not None and origin != visit.origin:
        raise OriginRefusedError(f"This chat belongs to pages of {visit.origin}.")
