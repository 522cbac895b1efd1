"""Tokens of identity providers (OpenID Connect): whose issuer, which keys, which roles.

An issuer belongs to one tenant, so the token's issuer says whose caller it is; nothing of the token is
believed before its signature is verified. Keys are fetched through the issuer's discovery document, kept for some
minutes, and fetched early when a token names a key that is not among them, since providers rotate keys; a pause
between fetches keeps made-up key ids from flooding the provider with requests.
"""

import asyncio
import ipaddress
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import (
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    InvalidTokenError,
    JoseError,
    MissingClaimError,
)
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from caseplane.core.auth import Principal, Role
from caseplane.core.database import Database
from caseplane.core.errors import ForbiddenError
from caseplane.core.telemetry import get_logger
from caseplane.core.text import storable
from caseplane.gateway.credentials import Credential, tenant_limits
from caseplane.gateway.errors import CredentialRefusedError, ServiceUnreachableError
from caseplane.gateway.settings import GatewaySettings

log = get_logger(__name__)
ANSWER_BYTES = 1 << 20
"""Largest discovery document or key set that is read."""
FETCH_SECONDS = 5.0

FIND_ISSUER: LiteralString = (
    "SELECT p.tenant_id, p.id, p.issuer, p.audience, p.jwks_uri, p.roles_claim, p.entitlements_claim,"
    " p.role_mapping, t.status, t.settings"
    " FROM platform.identity_providers p JOIN platform.tenants t ON t.id = p.tenant_id"
    " WHERE p.issuer = %(issuer)s"
)


class IdentityProviderUnreachableError(ServiceUnreachableError):
    """The issuer's keys cannot be had, so its tokens cannot be checked."""

    slug, title = "identity-provider-unreachable", "The identity provider does not answer"


class NoRoleError(ForbiddenError):
    """The token holds, but gives its holder nothing to do here."""

    slug, title = "no-role", "The token carries no role of this platform"


@dataclass(frozen=True)
class Provider:
    """A registered issuer, and how its tenant stands."""

    tenant_id: UUID
    id: UUID
    issuer: str
    audience: str
    jwks_uri: str | None
    roles_claim: str
    entitlements_claim: str
    role_mapping: dict[str, str]
    status: str
    settings: dict[str, Any]


@dataclass
class _Keys:
    keys: KeySet
    fetched_at: float


class OidcVerifier:
    """Checks identity providers' tokens; `http` must not follow redirects, and `clock` is in monotonic seconds."""

    def __init__(
        self,
        database: Database,
        settings: GatewaySettings,
        *,
        http: httpx.AsyncClient,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._settings, self._http, self._clock = database, settings, http, clock
        self._providers: TTLCache[str, Provider] = TTLCache(10_000, settings.credential_cache.total_seconds())
        self._keys: dict[UUID, _Keys] = {}
        self._locks: dict[UUID, asyncio.Lock] = {}

    def forget(self, tenant_id: UUID) -> None:
        """Look a tenant's issuers up again."""
        for issuer in list(self._providers):
            known = self._providers.get(issuer)
            if known is not None and known.tenant_id == tenant_id:
                self._providers.pop(issuer, None)

    async def verify(self, token: str) -> Credential:
        """The caller that a signed token names.

        Raises:
            CredentialRefusedError: the token does not hold.
            NoRoleError: it holds, and maps to no role.
            IdentityProviderUnreachableError: its issuer's keys cannot be had.
        """
        issuer = self._peek(token)
        provider = await self._provider(issuer)
        claims = await self._decode(token, provider)
        self._check(claims, provider)
        return _credential(claims, provider, self._settings.oidc_clock_skew)

    async def vouched(
        self, tokens: Sequence[tuple[str, str]], provider_id: UUID, *, nonce: str | None = None
    ) -> tuple[Principal, dict[str, Any]]:
        """Who has signed in at an issuer, and the claims of the first token.

        Args:
            tokens: of one answer, with the audience that each must have; roles come from the first that carries any, as
                some issuers put them into the access token only.
            provider_id: whose answer it was.
            nonce: that the first token must carry.

        Raises:
            CredentialRefusedError: a token does not hold, or they name different people.
            NoRoleError: none carries a role.
        """
        first: dict[str, Any] = {}
        refusal: NoRoleError | None = None
        for token, audience in tokens:
            provider = replace(await self._provider(self._peek(token)), audience=audience)
            if provider.id != provider_id:
                raise CredentialRefusedError("The token is another issuer's.")
            claims = await self._decode(token, provider)
            self._check(claims, provider)
            if not first:
                if nonce is not None and claims.get("nonce") != nonce:
                    raise CredentialRefusedError("The token was not made for this sign-in.")
                first = claims
            if claims["sub"] != first["sub"]:
                raise CredentialRefusedError("The tokens name different people.")
            try:
                return _credential(claims, provider, self._settings.oidc_clock_skew).principal, first
            except NoRoleError as exc:
                refusal = exc
        raise refusal or CredentialRefusedError("The identity provider sent no token.")

    async def described(self, issuer: str) -> dict[str, Any]:
        """The issuer's discovery document.

        Raises:
            IdentityProviderUnreachableError: it cannot be had.
        """
        base = issuer.rstrip("/")
        found = await self._get(f"{base}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != base:
            raise IdentityProviderUnreachableError("The discovery document names another issuer.")
        return found

    def refresh(self) -> None:
        """Look every issuer up again that is asked for from now on."""
        self._providers.clear()

    async def renew(self, token: str, credential: Credential) -> Credential:
        """What a token that held is worth now; its signature is checked again only if its issuer has changed."""
        held = credential.origin
        if isinstance(held, Provider) and await self._provider(held.issuer) == held:
            return replace(credential, checked_at=time.monotonic())
        return await self.verify(token)

    def _peek(self, token: str) -> str:
        """The issuer that an unproven token claims, if it is signed in a way that we accept."""
        try:
            unproven = extract_compact(token.encode())
            algorithm = unproven.headers().get("alg")
            issuer = storable(json.loads(unproven.payload).get("iss"))
        except (JoseError, ValueError, AttributeError, TypeError) as exc:
            raise CredentialRefusedError("The token is not a signed JWT that names an issuer.") from exc
        if algorithm not in self._settings.oidc_algorithms:
            raise CredentialRefusedError("The token is not signed with an accepted algorithm.")
        if not isinstance(issuer, str) or not issuer:
            raise CredentialRefusedError("The token names no issuer.")
        return issuer

    async def _provider(self, issuer: str) -> Provider:
        known = self._providers.get(issuer)
        if known is not None:
            return known
        # Registered without a closing slash; a few providers put one into their tokens.
        rows = await self._database.statements.fetch(FIND_ISSUER, {"issuer": issuer.rstrip("/")})
        if not rows:
            raise CredentialRefusedError("The token's issuer is not registered here.")
        provider = replace(Provider(*rows[0]), issuer=issuer)
        self._providers[issuer] = provider
        return provider

    async def _decode(self, token: str, provider: Provider) -> dict[str, Any]:
        algorithms = list(self._settings.oidc_algorithms)
        keys = await self._key_set(provider)
        try:
            return dict(jwt.decode(token, keys, algorithms=algorithms).claims)
        except InvalidKeyIdError:
            keys = await self._key_set(provider, refresh=True)
        except (JoseError, ValueError, TypeError) as exc:
            raise CredentialRefusedError("The token's signature does not hold.") from exc
        try:
            return dict(jwt.decode(token, keys, algorithms=algorithms).claims)
        except (JoseError, ValueError, TypeError) as exc:
            raise CredentialRefusedError(
                "The token is signed with a key that its issuer does not have."
            ) from exc

    def _check(self, claims: dict[str, Any], provider: Provider) -> None:
        registry = jwt.JWTClaimsRegistry(
            leeway=round(self._settings.oidc_clock_skew.total_seconds()),
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.audience},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            registry.validate(claims)
        except ExpiredTokenError as exc:
            raise CredentialRefusedError("The token has expired.") from exc
        except MissingClaimError as exc:
            raise CredentialRefusedError(f"The token lacks a claim: {exc.description}") from exc
        except (InvalidClaimError, InvalidTokenError) as exc:
            raise CredentialRefusedError(
                f"The token is not meant for us or not now: {exc.description}"
            ) from exc
        except (JoseError, ValueError, TypeError) as exc:
            raise CredentialRefusedError("The token's claims are malformed.") from exc

    async def _key_set(self, provider: Provider, *, refresh: bool = False) -> KeySet:
        lock = self._locks.setdefault(provider.id, asyncio.Lock())
        async with lock:  # of many callers at once, one fetches
            held = self._keys.get(provider.id)
            age = self._clock() - held.fetched_at if held else None
            lifetime = (
                self._settings.oidc_refetch_pause if refresh else self._settings.oidc_keys_lifetime
            ).total_seconds()
            if held is not None and age is not None and age < lifetime:
                return held.keys
            try:
                keys = await self._fetch_keys(provider)
            except IdentityProviderUnreachableError:
                if held is None:
                    raise
                held.fetched_at = self._clock() - lifetime + 10  # go on with what we have, ask again soon
                return held.keys
            self._keys[provider.id] = _Keys(keys, self._clock())
            return keys

    async def _fetch_keys(self, provider: Provider) -> KeySet:
        uri = provider.jwks_uri
        if uri is None:
            uri = (await self.described(provider.issuer)).get("jwks_uri")
        if not isinstance(uri, str):
            raise IdentityProviderUnreachableError("The discovery document names no key set.")
        document = await self._get(uri)
        usable = [k for k in document.get("keys", ()) if isinstance(k, dict) and _signs(k)]
        try:
            return KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, TypeError, KeyError) as exc:
            raise IdentityProviderUnreachableError("The key set is not usable.") from exc

    async def _get(self, url: str) -> dict[str, Any]:
        await self.check_address(url)
        try:
            async with self._http.stream("GET", url, timeout=FETCH_SECONDS) as answer:
                answer.raise_for_status()
                body = b""
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > ANSWER_BYTES:
                        raise IdentityProviderUnreachableError("The identity provider's answer is too long.")
            document = json.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as exc:
            log.warning("identity_provider_unreachable", error=type(exc).__name__)
            raise IdentityProviderUnreachableError("The identity provider does not answer.") from exc
        if not isinstance(document, dict):
            raise IdentityProviderUnreachableError("The identity provider's answer is not an object.")
        return document

    async def check_address(self, url: str) -> None:
        """A tenant names the URL, so it must not be a way into our own network.

        That the name could resolve differently a moment later is covered by TLS: what answers inside has no
        certificate for the outside name.
        """
        if self._settings.oidc_allow_private:
            return
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise IdentityProviderUnreachableError("Identity providers are only asked over HTTPS.")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, parts.port or 443)
        except OSError as exc:
            raise IdentityProviderUnreachableError("The identity provider's name does not resolve.") from exc
        if not all(ipaddress.ip_address(address[4][0]).is_global for address in found):
            raise IdentityProviderUnreachableError("The identity provider is at a private address.")


def _signs(key: dict[str, Any]) -> bool:
    """Whether a published key is a public one for signatures; shared secrets never are."""
    return key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"


def _credential(claims: dict[str, Any], provider: Provider, skew: timedelta) -> Credential:
    roles = _roles(claims, provider)
    if not roles:
        raise NoRoleError(
            f"The claim {provider.roles_claim} maps to no role; ask the tenant's administrator."
        )
    subject = f"oidc:{provider.id}:{claims['sub']}"
    principal = Principal(
        tenant_id=provider.tenant_id,
        subject=subject,
        roles=roles,
        entitlements=frozenset(_strings(_claim(claims, provider.entitlements_claim))),
        # A customer who logs in acts for themselves; an agent acts for no one customer.
        customer_id=str(claims["sub"]) if roles == {Role.customer} else None,
    )
    return Credential(
        principal=principal,
        bucket=subject,
        limits=tenant_limits(provider.settings),
        tenant_status=provider.status,
        expires_at=datetime.fromtimestamp(claims["exp"], UTC) + skew,
        origin=provider,
    )


def _roles(claims: dict[str, Any], provider: Provider) -> frozenset[Role]:
    """Our roles; never `platform_admin`, which no tenant's provider can grant."""
    named = _strings(_claim(claims, provider.roles_claim))
    ours = [provider.role_mapping.get(name) for name in named] if provider.role_mapping else named
    grantable = {role.value for role in Role} - {Role.platform_admin.value}
    return frozenset(Role(role) for role in ours if role in grantable)


def _claim(claims: dict[str, Any], path: str) -> Any:
    if path in claims:  # some providers use URLs as names, with dots in them
        return claims[path]
    value: Any = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _strings(value: Any) -> list[str]:
    """A claim's values: a list of strings, or one string of words."""
    if isinstance(value, str):
        return value.split()
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
