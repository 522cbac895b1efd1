"""Signs people in at their tenant's identity provider: OpenID Connect, code flow with PKCE.

The gateway asks for the tokens itself and keeps them from the browser, which gets a cookie. What must last from the way
there to the way back lies in a short-lived signed cookie of its own.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString, NamedTuple
from urllib.parse import quote_plus, urlencode
from uuid import UUID

import httpx

from caseplane.core.database import Database
from caseplane.core.errors import NotFoundError
from caseplane.core.ids import new_id
from caseplane.core.sealing import PROVIDER_SEAL, Seal
from caseplane.core.telemetry import get_logger
from caseplane.gateway.errors import CredentialRefusedError, SignInFailedError
from caseplane.gateway.oidc import FETCH_SECONDS, IdentityProviderUnreachableError, OidcVerifier
from caseplane.gateway.sign_ins import SignIn, SignIns
from caseplane.gateway.signing import Signer

log = get_logger(__name__)
UNDER_WAY = timedelta(minutes=10)
SCOPES = ("openid", "profile", "email", "offline_access")

COLUMNS: LiteralString = (
    "SELECT p.tenant_id, p.id, p.issuer, p.audience, p.label, p.client_id, p.client_secret"
    " FROM platform.identity_providers p JOIN platform.tenants t ON t.id = p.tenant_id"
    " WHERE p.client_id IS NOT NULL AND t.status = 'active'"
)
OF_TENANT: LiteralString = COLUMNS + " AND t.slug = %(slug)s ORDER BY p.label, p.issuer"
BY_ID: LiteralString = COLUMNS + " AND p.id = %(id)s"


class Provider(NamedTuple):
    """An issuer where people can sign in."""

    tenant_id: UUID
    id: UUID
    issuer: str
    audience: str
    label: str | None
    client_id: str
    client_secret: bytes | None


@dataclass(frozen=True)
class _Answer:
    """What a token endpoint answered."""

    tokens: list[tuple[str, str]]
    """Those that can be read, with the audience that they must have."""
    refresh_token: str | None


class Logins:
    """Sign-in, renewal and sign-out at identity providers; `http` must not follow redirects."""

    def __init__(
        self,
        database: Database,
        verifier: OidcVerifier,
        sign_ins: SignIns,
        *,
        http: httpx.AsyncClient,
        service_secret: str,
    ) -> None:
        self._database, self._verifier, self._sign_ins, self._http = database, verifier, sign_ins, http
        self._under_way = Signer(service_secret, purpose="caseplane-login", lifetime=UNDER_WAY)
        self._providers = Seal(service_secret, purpose=PROVIDER_SEAL)
        self._sessions = Seal(service_secret, purpose=b"sign-in")

    async def providers(self, slug: str) -> list[Provider]:
        """Where the people of a tenant sign in; nothing for a tenant that there is not."""
        rows = await self._database.statements.fetch(OF_TENANT, {"slug": slug})
        return [Provider(*row) for row in rows]

    async def start(self, provider_id: UUID, redirect_uri: str) -> tuple[str, str]:
        """Where the browser goes to sign in, and what it must bring back as a cookie."""
        provider = await self._provider(provider_id)
        described = await self._verifier.described(provider.issuer)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        offered = described.get("scopes_supported")
        wanted = [s for s in SCOPES if not isinstance(offered, list) or s == "openid" or s in offered]
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(wanted),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = _endpoint(described, "authorization_endpoint")
        kept = {"provider": str(provider.id), "state": state, "nonce": nonce, "verifier": verifier}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}", self._under_way.sign(kept)

    async def finish(
        self, kept: str | None, *, state: str, code: str, issuer: str | None, redirect_uri: str
    ) -> str:
        """The secret of the session's cookie.

        Raises:
            SignInFailedError: it is not the sign-in that this browser began, or the provider does not stand by it.
            NoRoleError: the person has no role here.
        """
        begun = self._under_way.read(kept) if kept else None
        if begun is None or not secrets.compare_digest(str(begun["state"]), state):
            raise SignInFailedError("This is not the sign-in that this browser began. Try again.")
        provider = await self._provider(UUID(begun["provider"]))
        if issuer is not None and issuer.rstrip("/") != provider.issuer:
            raise SignInFailedError("Another identity provider answered.")
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": begun["verifier"],
        }
        answer = await self._ask(provider, asked)
        if not answer.tokens or answer.tokens[0][1] != provider.client_id:
            raise SignInFailedError("The identity provider sent no ID token.")
        try:
            principal, claims = await self._verifier.vouched(answer.tokens, provider.id, nonce=begun["nonce"])
        except CredentialRefusedError as exc:
            raise SignInFailedError(exc.detail) from exc
        sign_in_id = new_id()
        name = next(
            (claims[c] for c in ("name", "preferred_username", "email") if _text(claims.get(c))), None
        )
        return await self._sign_ins.begin(
            provider.tenant_id,
            sign_in_id,
            provider.id,
            principal,
            name=name and str(name)[:200].replace("\x00", ""),
            refresh_token=self._sealed(answer.refresh_token, provider.tenant_id, sign_in_id),
        )

    async def renew(self, secret: str, found: SignIn) -> None:
        """Ask the provider whether the person still belongs here, and take over the roles that it names now.

        Raises:
            CredentialRefusedError: the provider says no, which ends the session, or it gave nothing to renew with.
        """
        if found.provider_id is None:
            await self._sign_ins.renew_for(secret, found)
            return
        token = found.refresh_token and self._sessions.open(
            found.refresh_token, tenant_id=found.tenant_id, row_id=found.id
        )
        if not token:
            raise CredentialRefusedError("This sign-in cannot be renewed; sign in again.")
        provider = await self._provider(found.provider_id)
        try:
            answer = await self._ask(provider, {"grant_type": "refresh_token", "refresh_token": token})
            new: dict[str, Any] = {}
            if answer.tokens:
                principal, _ = await self._verifier.vouched(answer.tokens, provider.id)
                if principal.subject != found.subject:
                    raise CredentialRefusedError("The identity provider names somebody else.")
                new = {"roles": sorted(principal.roles), "entitlements": sorted(principal.entitlements)}
        except (SignInFailedError, CredentialRefusedError) as exc:
            await self._sign_ins.end(secret)
            raise CredentialRefusedError("The identity provider ended this sign-in.") from exc
        if answer.refresh_token:
            new["refresh_token"] = self._sealed(answer.refresh_token, found.tenant_id, found.id)
        await self._sign_ins.renew_for(secret, found, **new)

    async def way_out(self, found: SignIn, back: str) -> str | None:
        """Where the browser goes to sign out at the provider too; None if the provider has no such place."""
        if found.provider_id is None:
            return None
        try:
            provider = await self._provider(found.provider_id)
            described = await self._verifier.described(provider.issuer)
        except (IdentityProviderUnreachableError, NotFoundError):
            return None
        place = described.get("end_session_endpoint")
        if not isinstance(place, str):
            return None
        return f"{place}?{urlencode({'client_id': provider.client_id, 'post_logout_redirect_uri': back})}"

    async def _provider(self, provider_id: UUID) -> Provider:
        rows = await self._database.statements.fetch(BY_ID, {"id": provider_id})
        if not rows:
            raise NotFoundError(f"There is no identity provider {provider_id} to sign in at.")
        return Provider(*rows[0])

    async def _ask(self, provider: Provider, form: dict[str, str]) -> _Answer:
        described = await self._verifier.described(provider.issuer)
        endpoint = _endpoint(described, "token_endpoint")
        await self._verifier.check_address(endpoint)
        headers = {"Accept": "application/json"}
        secret = provider.client_secret and self._providers.open(
            provider.client_secret, tenant_id=provider.tenant_id, row_id=provider.id
        )
        methods = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret and "client_secret_basic" in methods:
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form = {**form, "client_id": provider.client_id, **({"client_secret": secret} if secret else {})}
        try:
            answer = await self._http.post(endpoint, data=form, headers=headers, timeout=FETCH_SECONDS)
            body = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, json.JSONDecodeError, UnicodeDecodeError) as exc:
            raise IdentityProviderUnreachableError("The identity provider does not answer.") from exc
        if answer.status_code >= 500:
            raise IdentityProviderUnreachableError("The identity provider has a fault.")
        if answer.status_code != 200 or not isinstance(body, dict):
            said = body.get("error") if isinstance(body, dict) else None
            log.info("sign_in_refused", provider=str(provider.id), error=str(said)[:100])
            raise SignInFailedError("The identity provider refused the sign-in.")
        return _read(body, provider)

    def _sealed(self, token: str | None, tenant_id: UUID, sign_in_id: UUID) -> bytes | None:
        return self._sessions.seal(token, tenant_id=tenant_id, row_id=sign_in_id) if token else None


def _read(body: dict[str, Any], provider: Provider) -> _Answer:
    named = (("id_token", provider.client_id), ("access_token", provider.audience))
    tokens = [(str(body[name]), audience) for name, audience in named if _text(body.get(name))]
    refresh = body.get("refresh_token")
    return _Answer(
        # An access token may be any text; only a JWT tells us anything.
        [(token, audience) for token, audience in tokens if token.count(".") == 2],
        refresh if isinstance(refresh, str) and refresh else None,
    )


def _endpoint(described: dict[str, Any], name: str) -> str:
    found = described.get(name)
    if not isinstance(found, str) or not found.startswith(("https://", "http://")):
        raise IdentityProviderUnreachableError(f"The discovery document names no {name}.")
    return found


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
