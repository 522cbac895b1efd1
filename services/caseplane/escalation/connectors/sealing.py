"""Secrets of connections, sealed at rest."""

import hashlib
import hmac
from uuid import UUID

from caseplane.core.errors import UnavailableError
from caseplane.core.sealing import Seal

PURPOSE = b"caseplane escalation connection secrets v1"
MARKS = b"caseplane escalation marks v1"


class SecretUnreadableError(UnavailableError):
    """A stored secret does not open: the service secret changed since it was sealed."""

    slug, title = "connector-secret-unreadable", "The connector's secret must be set again"


class SecretBox:
    """Seals and opens the secrets of connections.

    Args:
        service_secret: at least 32 characters, the same for all processes.
    """

    def __init__(self, service_secret: str) -> None:
        self._seal = Seal(service_secret, purpose=PURPOSE)
        self._secret = service_secret.encode()

    def seal(self, secret: str, *, tenant_id: UUID, connection_id: UUID) -> bytes:
        return self._seal.seal(secret, tenant_id=tenant_id, row_id=connection_id)

    def key_of(self, connection_id: UUID) -> bytes:
        """A key of the connection's own, the same for as long as the service secret is."""
        return hmac.digest(self._secret, MARKS + connection_id.bytes, hashlib.sha256)

    def open(self, sealed: bytes, *, tenant_id: UUID, connection_id: UUID) -> str:
        """The secret.

        Raises:
            SecretUnreadableError: it was sealed with another key, for another place, or was damaged.
        """
        found = self._seal.open(sealed, tenant_id=tenant_id, row_id=connection_id)
        if found is None:
            raise SecretUnreadableError
        return found
