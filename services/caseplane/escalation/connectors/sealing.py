"""Secrets of connections, sealed at rest.

The key is derived from `CASEPLANE_SERVICE_SECRET`; each secret is bound to its tenant and connection, so a
row copied to another place does not open there.
"""

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from caseplane.core.errors import UnavailableError

FORMAT, NONCE = b"\x01", 12


class SecretUnreadableError(UnavailableError):
    """A stored secret does not open: the service secret changed since it was sealed."""

    slug, title = "connector-secret-unreadable", "The connector's secret must be set again"


class SecretBox:
    """Seals and opens short secrets (AES-256-GCM, key by HKDF-SHA-256).

    Args:
        service_secret: at least 32 characters, the same for all processes.
    """

    def __init__(self, service_secret: str) -> None:
        if len(service_secret) < 32:
            raise ValueError("CASEPLANE_SERVICE_SECRET must have at least 32 characters.")
        kdf = HKDF(hashes.SHA256(), length=32, salt=None, info=b"caseplane escalation connection secrets v1")
        self._cipher = AESGCM(kdf.derive(service_secret.encode()))

    def seal(self, secret: str, *, tenant_id: UUID, connection_id: UUID) -> bytes:
        nonce = os.urandom(NONCE)
        bound = tenant_id.bytes + connection_id.bytes
        return FORMAT + nonce + self._cipher.encrypt(nonce, secret.encode(), bound)

    def open(self, sealed: bytes, *, tenant_id: UUID, connection_id: UUID) -> str:
        """The secret.

        Raises:
            SecretUnreadableError: it was sealed with another key, for another place, or was damaged.
        """
        nonce, body = sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
        try:
            if sealed[:1] != FORMAT:
                raise InvalidTag
            return self._cipher.decrypt(nonce, body, tenant_id.bytes + connection_id.bytes).decode()
        except (InvalidTag, ValueError) as exc:
            raise SecretUnreadableError from exc
