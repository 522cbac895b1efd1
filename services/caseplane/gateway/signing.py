"""Short statements that the gateway signs for itself: who a visitor is, and which sign-in is under way."""

import time
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey


class Signer:
    """Signs claims and reads them back (JWT, HS256).

    The key is derived from the installation's secret for one purpose, so that what is signed for one does not hold for
    another; least of all as a token between services, whose key is the secret itself.

    Args:
        service_secret: the same for all processes.
        purpose: never change it.
        lifetime: of what is signed.
    """

    def __init__(self, service_secret: str, *, purpose: str, lifetime: timedelta) -> None:
        kdf = HKDF(hashes.SHA256(), length=32, salt=None, info=purpose.encode())
        self._key = OctKey.import_key(kdf.derive(service_secret.encode()))
        self._purpose, self._lifetime = purpose, round(lifetime.total_seconds())
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": purpose}, exp={"essential": True}, iat={"essential": True}
        )

    def sign(self, claims: dict[str, Any]) -> str:
        now = int(time.time())
        claims = {**claims, "iss": self._purpose, "iat": now, "exp": now + self._lifetime}
        return jwt.encode({"alg": "HS256"}, claims, self._key)

    def read(self, token: str) -> dict[str, Any] | None:
        """The claims; None if we did not sign them for this purpose, or too long ago."""
        try:
            decoded = jwt.decode(token, self._key, algorithms=["HS256"])
            self._claims.validate(decoded.claims)
        except (JoseError, ValueError, TypeError):
            return None
        return dict(decoded.claims)
