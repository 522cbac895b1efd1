"""People who are signed in: a one-time code or an identity provider's word becomes a session, which a cookie names.

A session of an API key is worth what the key is worth at that moment; one of an identity provider keeps the roles that the
provider named, until it is renewed there. The secret of the cookie is stored as a hash, like that of a key.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from cachetools import TTLCache

from caseplane.core.auth import Principal, Role
from caseplane.core.clock import utcnow
from caseplane.core.database import Database
from caseplane.core.ids import new_id
from caseplane.gateway.credentials import Credential, tenant_limits
from caseplane.gateway.errors import CodeUsedError, CredentialRefusedError
from caseplane.gateway.settings import GatewaySettings

PREFIX = "cps_"
RENEWING = timedelta(seconds=20)
"""How long one renewal keeps others of the same session waiting: a refresh token is often good for one use."""

ADD: LiteralString = (
    "INSERT INTO platform.sign_ins (tenant_id, id, kind, secret_hash, api_key_id, identity_provider_id, subject,"
    " display_name, customer_id, roles, entitlements, refresh_token, expires_at, ends_at)"
    " VALUES (%(tenant_id)s, %(id)s, %(kind)s, %(hash)s, %(key_id)s, %(provider_id)s, %(subject)s, %(name)s,"
    " %(customer_id)s, %(roles)s, %(entitlements)s, %(refresh_token)s, %(expires_at)s, %(ends_at)s)"
)
REDEEM: LiteralString = (
    "UPDATE platform.sign_ins SET kind = 'session', secret_hash = %(new)s, expires_at = %(expires_at)s,"
    " ends_at = %(ends_at)s WHERE secret_hash = %(hash)s AND kind = 'code' AND expires_at > now() RETURNING id"
)
FIND: LiteralString = (
    "SELECT s.tenant_id, s.id, s.api_key_id, s.identity_provider_id, coalesce(s.subject, 'key:' || k.id),"
    " coalesce(s.display_name, k.name), coalesce(k.roles, s.roles), coalesce(k.scopes, '{}'),"
    " coalesce(k.entitlements, s.entitlements), coalesce(k.customer_id, s.customer_id),"
    " least(s.expires_at, k.expires_at), s.ends_at, k.revoked_at, s.refresh_token, t.status, t.settings,"
    " t.slug, t.display_name"
    " FROM platform.sign_ins s JOIN platform.tenants t ON t.id = s.tenant_id"
    " LEFT JOIN platform.api_keys k ON k.tenant_id = s.tenant_id AND k.id = s.api_key_id"
    " WHERE s.secret_hash = %(hash)s AND s.kind = 'session'"
)
HOLD: LiteralString = (
    "UPDATE platform.sign_ins SET renewing_until = %(until)s WHERE secret_hash = %(hash)s"
    " AND (renewing_until IS NULL OR renewing_until < now()) RETURNING 1"
)
RENEW: LiteralString = (
    "UPDATE platform.sign_ins SET renewing_until = NULL, expires_at = %(expires_at)s,"
    " roles = coalesce(%(roles)s, roles), entitlements = coalesce(%(entitlements)s, entitlements),"
    " refresh_token = coalesce(%(refresh_token)s, refresh_token) WHERE secret_hash = %(hash)s"
)
END: LiteralString = "DELETE FROM platform.sign_ins WHERE secret_hash = %(hash)s"
SWEEP: LiteralString = (
    "DELETE FROM platform.sign_ins WHERE ends_at < now() OR (kind = 'code' AND expires_at < now())"
)


@dataclass(frozen=True)
class _SignedIn:
    """What a credential was made of."""

    digest: bytes


class SignIn(NamedTuple):
    """A row of `FIND`."""

    tenant_id: UUID
    id: UUID
    key_id: UUID | None
    provider_id: UUID | None
    subject: str
    name: str
    roles: list[str]
    scopes: list[str]
    entitlements: list[str]
    customer_id: str | None
    expires_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    refresh_token: bytes | None
    tenant_status: str
    tenant_settings: dict[str, Any]
    tenant_slug: str
    tenant_name: str

    def credential(self, digest: bytes) -> Credential:
        """What the session is worth.

        Raises:
            CredentialRefusedError: nothing any more.
        """
        if self.revoked_at is not None:
            raise CredentialRefusedError("The API key that this sign-in was made with was revoked.")
        principal = Principal(
            tenant_id=self.tenant_id,
            subject=self.subject,
            roles=frozenset(map(Role, self.roles)),
            scopes=frozenset(self.scopes),
            entitlements=frozenset(self.entitlements),
            customer_id=self.customer_id,
        )
        return Credential(
            principal=principal,
            bucket=f"sign-in:{self.id}",
            limits=tenant_limits(self.tenant_settings),
            tenant_status=self.tenant_status,
            expires_at=self.expires_at,
            origin=_SignedIn(digest),
        )


class SignIns:
    """The table of sign-ins; reads it as the platform role, which alone reads credentials across tenants."""

    def __init__(self, database: Database, settings: GatewaySettings) -> None:
        self._database, self._settings = database, settings
        self._known: TTLCache[bytes, Credential] = TTLCache(10_000, settings.credential_cache.total_seconds())

    async def issue_code(self, tenant_id: UUID, key_id: UUID) -> tuple[str, datetime]:
        """A code that signs a browser in once as an API key, and until when."""
        code, until = secrets.token_urlsafe(32), utcnow() + self._settings.sign_in_code_lifetime
        await self._add(
            tenant_id, new_id(), "code", _hash(code), expires_at=until, ends_at=until, key_id=key_id
        )
        return code, until

    async def redeem(self, code: str) -> tuple[str, SignIn]:
        """The session that a code gives, and the secret of its cookie.

        Raises:
            CodeUsedError: the code was used, is too old, or never was.
        """
        secret, now = _new_secret(), utcnow()
        values = {"hash": _hash(code), "new": _hash(secret), **self._spans(now)}
        if not await self._database.statements.fetch(REDEEM, values):
            raise CodeUsedError("Ask for a new link: `caseplane console` prints one.")
        return secret, await self.find(secret)

    async def begin(
        self, tenant_id: UUID, sign_in_id: UUID, provider_id: UUID, principal: Principal, **more: Any
    ) -> str:
        """A session of somebody whom an identity provider vouches for; returns the secret of its cookie."""
        secret = _new_secret()
        await self._add(
            tenant_id,
            sign_in_id,
            "session",
            _hash(secret),
            **self._spans(utcnow()),
            provider_id=provider_id,
            subject=principal.subject,
            customer_id=principal.customer_id,
            roles=sorted(principal.roles),
            entitlements=sorted(principal.entitlements),
            **more,
        )
        return secret

    async def find(self, secret: str) -> SignIn:
        """The session that a cookie names.

        Raises:
            CredentialRefusedError: there is none any more.
        """
        rows = await self._database.statements.fetch(FIND, {"hash": _hash(secret)})
        if not rows:
            raise CredentialRefusedError("You are not signed in any more.")
        found = SignIn(*rows[0])
        found.credential(_hash(secret)).check(utcnow())
        return found

    async def hold(self, secret: str) -> bool:
        """Whether this request may renew the session; False while another does."""
        values = {"hash": _hash(secret), "until": utcnow() + RENEWING}
        return bool(await self._database.statements.fetch(HOLD, values))

    async def renew_for(self, secret: str, found: SignIn, **new: Any) -> datetime:
        """Let a session go on, with what its identity provider says now; returns until when."""
        until = min(utcnow() + self._settings.sign_in_lifetime, found.ends_at)
        nothing = {"roles": None, "entitlements": None, "refresh_token": None}
        values = {"hash": _hash(secret), "expires_at": until, **nothing, **new}
        await self._database.statements.fetch(RENEW, values)
        self._known.pop(_hash(secret), None)
        return until

    async def end(self, secret: str) -> None:
        await self._database.statements.fetch(END, {"hash": _hash(secret)})
        self._known.pop(_hash(secret), None)

    async def sweep(self) -> None:
        await self._database.statements.fetch(SWEEP, {})

    # How the edge knows a session: a `TokenVerifier`.

    async def verify(self, token: str) -> Credential:
        digest = _hash(token)
        known = self._known.get(digest)
        if known is None:
            known = self._known[digest] = (await self.find(token)).credential(digest)
        return known

    async def renew(self, token: str, credential: Credential) -> Credential:
        digest = _hash(token)
        found = self._known[digest] = (await self.find(token)).credential(digest)
        return replace(found, checked_at=time.monotonic())

    def refresh(self) -> None:
        """Nothing is remembered that `renew` would use."""

    def forget(self, tenant_id: UUID) -> None:
        for digest in list(self._known):
            known = self._known.get(digest)
            if known is not None and known.principal.tenant_id == tenant_id:
                self._known.pop(digest, None)

    def _spans(self, now: datetime) -> dict[str, datetime]:
        longest = now + self._settings.sign_in_longest
        return {"expires_at": min(now + self._settings.sign_in_lifetime, longest), "ends_at": longest}

    async def _add(self, tenant_id: UUID, sign_in_id: UUID, kind: str, digest: bytes, **more: Any) -> None:
        nothing: dict[str, Any] = {
            "key_id": None,
            "provider_id": None,
            "subject": None,
            "name": None,
            "customer_id": None,
            "roles": [],
            "entitlements": [],
            "refresh_token": None,
        }
        values = {**nothing, "tenant_id": tenant_id, "id": sign_in_id, "kind": kind, "hash": digest, **more}
        await self._database.statements.fetch(ADD, values)


def _new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
