"""Opens stored connections: their settings, their credentials, their connectors."""

from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connectors.kind import ConnectionSettings, Credentials
from caseplane.escalation.connectors.protocol import TicketConnector
from caseplane.escalation.connectors.registry import kind_named
from caseplane.escalation.context import Escalation


def settings_of(connection: Connection) -> ConnectionSettings:
    return kind_named(connection.kind).settings.model_validate(connection.settings)


def seal(e: Escalation, connection: Connection, credentials: Credentials) -> None:
    connection.secret = e.box.seal(
        credentials.dump(), tenant_id=connection.tenant_id, connection_id=connection.id
    )


def credentials_of(e: Escalation, connection: Connection) -> Credentials:
    assert connection.secret is not None, "a connection that is not deleted has its secret"
    opened = e.box.open(connection.secret, tenant_id=connection.tenant_id, connection_id=connection.id)
    return kind_named(connection.kind).credentials.load(opened)


def open_connector(e: Escalation, connection: Connection) -> TicketConnector:
    return kind_named(connection.kind).open(
        connection.url, credentials_of(e, connection), settings_of(connection), e.http
    )
