"""From a public credential to a principal: API keys, the platform's own key, tokens of identity providers.

What was looked up is trusted for a few seconds (`credential_cache`); this process forgets it at once when it
forwards a change of the tenant or its credentials.
"""

import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, LiteralString, NamedTuple, Protocol
from uuid import UUID

from cachetools import TTLCache

from caseplane.core.api_keys import FORM, secret_hash
from caseplane.core.auth import Principal, Role
from caseplane.core.clock import utcnow
from caseplane.core.database import Database
from caseplane.core.errors import CaseplaneError, UnauthorizedError, UnavailableError
from caseplane.gateway.errors import CredentialRefusedError, MalformedRequestError, TenantSuspendedError

USED_RESOLUTION = timedelta(minutes=1)
"""`last_used_at` is true to this; more would be a write per request."""

FIND_KEY: LiteralString = (
    "SELECT k.tenant_id, k.id, k.roles, k.scopes, k.entitlements, k.customer_id, k.expires_at,"
    " k.revoked_at, k.last_used_at, t.status, t.settings"
    " FROM platform.api_keys k JOIN platform.tenants t ON t.id = k.tenant_id"
    " WHERE k.secret_hash = %(hash)s"
)
FIND_KEYS: LiteralString = (
    FIND_KEY.replace("SELECT ", "SELECT k.secret_hash, ", 1).partition(" WHERE ")[0]
    + " WHERE k.secret_hash = ANY(%(hashes)s::bytea[])"
)
MARK_USED: LiteralString = (
    "UPDATE platform.api_keys SET last_used_at = %(now)s WHERE tenant_id = %(tenant_id)s AND id = %(id)s"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Credential:
    """Who calls, and what the edge needs to know about that.

    Attributes:
        bucket: name of its rate limit within the tenant.
        limits: the tenant's own, where it has some.
        expires_at: it is refused from then on, whatever a cache holds.
        origin: what it was made of: the hash of a key, or the provider that vouched for a token.
        checked_at: when that was looked up, in monotonic seconds.
    """

    principal: Principal
    bucket: str
    limits: dict[str, Any] = field(default_factory=dict)
    tenant_status: str = "active"
    expires_at: datetime | None = None
    origin: object = None
    checked_at: float = field(default_factory=time.monotonic)

    def check(self, now: datetime) -> None:
        """Raises `CredentialRefusedError` or `TenantSuspendedError`."""
        if self.expires_at is not None and self.expires_at <= now:
            raise CredentialRefusedError("The credential has expired.")
        if self.tenant_status != "active":
            raise TenantSuspendedError(f"The tenant is {self.tenant_status}; ask whoever runs this platform.")


class FoundKey(NamedTuple):
    """A row of `FIND_KEY`."""

    tenant_id: UUID
    id: UUID
    roles: list[str]
    scopes: list[str]
    entitlements: list[str]
    customer_id: str | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    tenant_status: str
    tenant_settings: dict[str, Any]

    def credential(self, digest: bytes) -> Credential:
        """What the key is worth.

        Raises:
            CredentialRefusedError: nothing any more.
        """
        if self.revoked_at is not None:
            raise CredentialRefusedError("The API key was revoked.")
        principal = Principal(
            tenant_id=self.tenant_id,
            subject=f"key:{self.id}",
            roles=frozenset(map(Role, self.roles)),
            scopes=frozenset(self.scopes),
            entitlements=frozenset(self.entitlements),
            customer_id=self.customer_id,
        )
        return Credential(
            principal=principal,
            bucket=f"key:{self.id}",
            limits=tenant_limits(self.tenant_settings),
            tenant_status=self.tenant_status,
            expires_at=self.expires_at,
            origin=digest,
        )


class TokenVerifier(Protocol):
    """Turns an identity provider's token into a credential."""

    async def verify(self, token: str) -> Credential: ...

    async def renew(self, token: str, credential: Credential) -> Credential: ...

    def refresh(self) -> None: ...

    def forget(self, tenant_id: UUID) -> None: ...


class Authenticator:
    """Establishes who calls.

    Args:
        database: acting as the platform role, which alone reads credentials across tenants.
        verifier: checks identity providers' tokens.
        others: check tokens of our own, by how these begin.
        platform_admin_key: empty accepts none.
        cache: how long a key that was looked up is trusted.
    """

    def __init__(
        self,
        database: Database,
        verifier: TokenVerifier,
        *,
        platform_admin_key: str,
        cache: timedelta,
        others: Mapping[str, TokenVerifier] = MappingProxyType({}),
    ) -> None:
        self._database, self._verifier, self._others = database, verifier, others
        self._admin_key = platform_admin_key.encode()
        self._known: TTLCache[bytes, Credential] = TTLCache(10_000, cache.total_seconds())

    async def authenticate(self, authorization: Sequence[str], *, fresh: bool = False) -> Credential:
        """The caller named by the request's `Authorization` headers; `fresh` looks up what is only remembered.

        Raises:
            UnauthorizedError: there is none, or it does not hold.
            TenantSuspendedError: it holds, but its tenant is not active.
        """
        credential = await self._resolve(bearer_token(authorization))
        if fresh:
            renewed = (await self.renew({credential: authorization}))[credential]
            if isinstance(renewed, CaseplaneError):
                raise renewed
            return renewed
        credential.check(utcnow())
        return credential

    async def renew(
        self, holding: Mapping[Credential, Sequence[str]]
    ) -> dict[Credential, Credential | CaseplaneError]:
        """What credentials, with the headers that they came from, are worth now; or why nothing."""
        keys = await self._keys([each.origin for each in holding if isinstance(each.origin, bytes)])
        for verifier in self._verifiers:
            verifier.refresh()
        renewed: dict[Credential, Credential | CaseplaneError] = {}
        for each, authorization in holding.items():
            try:
                renewed[each] = await self._renewed(each, authorization, keys)
            except CaseplaneError as exc:
                if isinstance(exc, UnavailableError):
                    raise
                renewed[each] = exc
        return renewed

    async def _renewed(
        self, credential: Credential, authorization: Sequence[str], keys: Mapping[bytes, FoundKey]
    ) -> Credential:
        origin = credential.origin
        if origin is None:
            now = replace(credential, checked_at=time.monotonic())
        elif not isinstance(origin, bytes):
            token = bearer_token(authorization)
            now = await self._verifier_of(token).renew(token, credential)
        elif origin in keys:
            now = self._known[origin] = keys[origin].credential(origin)
        else:
            raise CredentialRefusedError("There is no such API key.")
        now.check(utcnow())
        return now

    async def _keys(self, digests: Sequence[bytes]) -> dict[bytes, FoundKey]:
        if not digests:
            return {}
        for digest in digests:
            self._known.pop(digest, None)
        rows = await self._database.statements.fetch(FIND_KEYS, {"hashes": list(set(digests))})
        return {bytes(digest): FoundKey(*row) for digest, *row in rows}

    def forget(self, tenant_id: UUID) -> None:
        """Stop trusting what is remembered of a tenant, because it has just changed."""
        for digest in list(self._known):
            known = self._known.get(digest)  # None if it expired meanwhile
            if known is not None and known.principal.tenant_id == tenant_id:
                self._known.pop(digest, None)
        for verifier in self._verifiers:
            verifier.forget(tenant_id)

    @property
    def _verifiers(self) -> list[TokenVerifier]:
        return [self._verifier, *self._others.values()]

    def _verifier_of(self, token: str) -> TokenVerifier:
        return self._others.get(token[:4], self._verifier)

    async def _resolve(self, token: str) -> Credential:
        if token.startswith("cpp_"):
            return self._platform_admin(token)
        if token.startswith("cpk_"):
            return await self._api_key(token)
        if token[:4] in self._others or token.count(".") == 2:
            return await self._verifier_of(token).verify(token)
        raise CredentialRefusedError("The bearer token is neither an API key (cpk_…) nor a signed token.")

    def _platform_admin(self, token: str) -> Credential:
        if not self._admin_key or not hmac.compare_digest(token.encode(), self._admin_key):
            raise CredentialRefusedError("The platform key is not the one of this installation.")
        principal = Principal(
            tenant_id=None, subject="platform-admin", roles=frozenset({Role.platform_admin})
        )
        return Credential(principal=principal, bucket="platform-admin")

    async def _api_key(self, token: str) -> Credential:
        if not FORM.fullmatch(token):
            raise CredentialRefusedError("The API key is not complete; it has 47 characters.")
        digest = secret_hash(token)
        known = self._known.get(digest)
        if known is None:
            known = await self._find_key(digest)
            self._known[digest] = known
        return known

    async def _find_key(self, digest: bytes) -> Credential:
        now = utcnow()
        rows = await self._database.statements.fetch(FIND_KEY, {"hash": digest})
        if not rows:
            raise CredentialRefusedError("There is no such API key on this server.")
        key = FoundKey(*rows[0])
        credential = key.credential(digest)
        if key.last_used_at is None or key.last_used_at < now - USED_RESOLUTION:
            used = {"now": now, "tenant_id": key.tenant_id, "id": key.id}
            await self._database.statements.fetch(MARK_USED, used)
        return credential


def tenant_limits(settings: dict[str, Any]) -> dict[str, Any]:
    """The `limits` of a tenant's settings."""
    limits = settings.get("limits")
    return dict(limits) if isinstance(limits, dict) else {}


def bearer_token(authorization: Sequence[str]) -> str:
    """The token of the one `Authorization` header.

    Raises:
        UnauthorizedError: there is no bearer token.
        MalformedRequestError: there are several headers; which one counts would be a guess.
    """
    if len(authorization) > 1:
        raise MalformedRequestError("The request has more than one Authorization header.")
    scheme, _, token = authorization[0].partition(" ") if authorization else ("", "", "")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise UnauthorizedError("Send an API key or a token as `Authorization: Bearer …`.")
    if len(token) > 16_384 or not token.isascii():
        raise CredentialRefusedError("The bearer token is malformed.")
    return token
