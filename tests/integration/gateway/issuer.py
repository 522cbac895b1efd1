"""A strict OpenID provider for tests."""

import base64
import hashlib
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


class Issuer:
    """An OpenID provider that takes a client at its word in nothing.

    It publishes its keys, and signs people in by the code flow with PKCE: a code is good once, for the client, the address
    and the verifier that it was made for; a refresh token is good once too.
    """

    def __init__(self) -> None:
        self.keys: list[Any] = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})]
        self.url, self.realm = "", f"/{secrets.token_hex(8)}"
        """The address, and its path: a port may be used again, and an issuer belongs to one tenant of an installation."""
        self.fetches: list[str] = []
        self.named: str | None = None
        self.client_id, self.client_secret, self.redirect_uri = "console", "", ""
        self.person: dict[str, Any] = {}
        """Claims of whoever signs in."""
        self.roles_in = "id_token"
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh: dict[str, dict[str, Any]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"].removeprefix(self.realm)
        self.fetches.append(path)
        documents = {
            "/.well-known/openid-configuration": {
                "issuer": self.named or self.url,
                "jwks_uri": f"{self.url}/keys",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "end_session_endpoint": f"{self.url}/leave",
            },
            "/keys": {"keys": [key.as_dict(private=False) for key in self.keys]},
        }
        found = documents.get(path) if scope["method"] == "GET" else None
        status = 404 if found is None else 200
        if path == "/token":
            status, found = self._token(scope, await _body(receive))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(found).encode()})

    def token(self, *, key: Any = None, alg: str = "RS256", **claims: Any) -> str:
        key = key or self.keys[-1]
        now = int(time.time())
        given = {
            "iss": self.url,
            "aud": "caseplane",
            "sub": "user-1",
            "iat": now,
            "exp": now + 300,
            "roles": ["support"],
            "groups": ["staff", "emea"],
            **claims,
        }
        header = {"alg": alg, "kid": key.kid or "one"}
        return jwt.encode(header, {k: v for k, v in given.items() if v is not None}, key, algorithms=[alg])

    def authorize(self, address: str) -> str:
        """Where the browser is sent after the person has signed in at the address that it was sent to."""
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query, strict_parsing=True))
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize"
        assert asked["client_id"] == self.client_id
        assert asked["redirect_uri"] == self.redirect_uri
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert len(asked["state"]) >= 22
        assert len(asked["nonce"]) >= 22
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        return f"{self.redirect_uri}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.url})}"

    def forget(self) -> None:
        """Renew nobody any more."""
        self._refresh.clear()

    def _token(self, scope: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        form = dict(parse_qsl(body.decode(), strict_parsing=True))
        headers = dict(scope["headers"])
        if headers[b"content-type"] != b"application/x-www-form-urlencoded":
            return 400, {"error": "invalid_request"}
        if not self._knows(form, headers.get(b"authorization", b"").decode()):
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "refresh_token":
            person = self._refresh.pop(form["refresh_token"], None)
            return (
                (400, {"error": "invalid_grant"}) if person is None else (200, self._issue(self.person, None))
            )
        asked = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        return 200, self._issue(self.person, asked["nonce"])

    def _knows(self, form: dict[str, str], authorization: str) -> bool:
        if not self.client_secret:
            return form.get("client_id") == self.client_id and not authorization
        pair = base64.b64encode(f"{self.client_id}:{quote_plus(self.client_secret)}".encode()).decode()
        return authorization == f"Basic {pair}"

    def _issue(self, person: dict[str, Any], nonce: str | None) -> dict[str, Any]:
        refresh = secrets.token_urlsafe()
        self._refresh[refresh] = person
        bare = {name: value for name, value in person.items() if name != "roles"}
        of_id = person if self.roles_in == "id_token" else {**bare, "roles": None}
        return {
            "token_type": "Bearer",
            "id_token": self.token(**{"nonce": nonce, "aud": self.client_id, **of_id}),
            "access_token": self.token(**person) if self.roles_in == "access_token" else "opaque",
            "refresh_token": refresh,
        }


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body
