"""Short secrets, sealed at rest.

The key is derived from `CASEPLANE_SERVICE_SECRET`, for one purpose; each secret is bound to its tenant and to the row that
holds it, so a row copied to another place does not open there.
"""

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT, NONCE = b"\x01", 12
PROVIDER_SEAL = b"identity-provider"
"""Purpose of clients' secrets of identity providers, which the platform seals and the gateway opens."""


class Seal:
    """Seals and opens short secrets (AES-256-GCM, key by HKDF-SHA-256).

    Args:
        service_secret: at least 32 characters, the same for all processes.
        purpose: what is sealed; secrets of one purpose do not open as another's. Never change it.
    """

    def __init__(self, service_secret: str, *, purpose: bytes) -> None:
        if len(service_secret) < 32:
            raise ValueError("CASEPLANE_SERVICE_SECRET must have at least 32 characters.")
        kdf = HKDF(hashes.SHA256(), length=32, salt=None, info=purpose)
        self._cipher = AESGCM(kdf.derive(service_secret.encode()))

    def seal(self, secret: str, *, tenant_id: UUID, row_id: UUID) -> bytes:
        nonce = os.urandom(NONCE)
        return FORMAT + nonce + self._cipher.encrypt(nonce, secret.encode(), tenant_id.bytes + row_id.bytes)

    def open(self, sealed: bytes, *, tenant_id: UUID, row_id: UUID) -> str | None:
        """The secret; None if it was sealed with another key, for another place, or was damaged."""
        nonce, body = sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
        if sealed[:1] != FORMAT:
            return None
        try:
            return self._cipher.decrypt(nonce, body, tenant_id.bytes + row_id.bytes).decode()
        except (InvalidTag, ValueError):
            return None
