"""Opens stored connections: their settings, their credentials, their connectors."""

import base64
import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import BaseModel

from caseplane.core.clock import utcnow
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connectors.kind import ConnectionSettings, Credentials
from caseplane.escalation.connectors.mail import MailAccount
from caseplane.escalation.connectors.protocol import TicketConnector
from caseplane.escalation.connectors.registry import kind_named
from caseplane.escalation.connectors.sealing import SecretUnreadableError
from caseplane.escalation.context import Escalation


def settings_of(connection: Connection) -> ConnectionSettings:
    return kind_named(connection.kind).settings.model_validate(connection.settings)


class Former(BaseModel):
    """A secret that was replaced and is valid a while longer, as its connection keeps it."""

    fingerprint: str
    sealed: str
    retired_at: datetime
    expires_at: datetime


def seal(e: Escalation, connection: Connection, credentials: Credentials) -> None:
    connection.secret = _seal(e, connection, credentials)


def sealed(e: Escalation, connection: Connection, credentials: Credentials) -> str:
    """Credentials as a former secret keeps them."""
    return base64.b64encode(_seal(e, connection, credentials)).decode()


def _seal(e: Escalation, connection: Connection, credentials: Credentials) -> bytes:
    return e.box.seal(credentials.dump(), tenant_id=connection.tenant_id, connection_id=connection.id)


def credentials_of(e: Escalation, connection: Connection) -> Credentials:
    assert connection.secret is not None, "a connection that is not deleted has its secret"
    return _opened(e, connection, connection.secret)


def _opened(e: Escalation, connection: Connection, secret: bytes) -> Credentials:
    opened = e.box.open(secret, tenant_id=connection.tenant_id, connection_id=connection.id)
    return kind_named(connection.kind).credentials.load(opened)


def fingerprint(credentials: Credentials) -> str:
    """Tells secrets apart without showing them: the first of their SHA-256."""
    return hashlib.sha256(credentials.dump().encode()).hexdigest()[:12]


def former_of(connection: Connection) -> list[Former]:
    """Secrets that were replaced, the oldest first; some may have expired."""
    return [Former.model_validate(each) for each in connection.former_secrets]


def keep_former(connection: Connection, former: Sequence[Former]) -> None:
    connection.former_secrets = [each.model_dump(mode="json") for each in former]


def _still_valid(e: Escalation, connection: Connection) -> Iterator[Credentials]:
    now = utcnow()
    for former in former_of(connection):
        if former.expires_at > now:
            # One that no longer opens was sealed under another service secret; the present one decides.
            with contextlib.suppress(SecretUnreadableError):
                yield _opened(e, connection, base64.b64decode(former.sealed))


def open_connector(e: Escalation, connection: Connection) -> TicketConnector | MailAccount:
    credentials = credentials_of(e, connection)
    credentials.key = e.box.key_of(connection.id)
    credentials.former = tuple(_still_valid(e, connection))
    return kind_named(connection.kind).open(connection.url, credentials, settings_of(connection), e.http)
