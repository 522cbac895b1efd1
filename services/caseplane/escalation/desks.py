"""Opens connections to desks outside."""

from dataclasses import dataclass

from caseplane.escalation.connectors.base import TicketConnector
from caseplane.escalation.connectors.registry import KINDS
from caseplane.escalation.desk_schemas import ConnectionSettings
from caseplane.escalation.models import Connection
from caseplane.escalation.outbound import DeskHttp
from caseplane.escalation.sealing import SecretBox


@dataclass(frozen=True)
class Desks:
    """What connections need: a way to call out, and a box for their secrets."""

    http: DeskHttp
    box: SecretBox

    def open(self, connection: Connection) -> TicketConnector:
        """The connector of a connection, with its secret."""
        assert connection.secret is not None, "a connection that is not deleted has its secret"
        secret = self.box.open(connection.secret, tenant_id=connection.tenant_id, connection_id=connection.id)
        settings = ConnectionSettings.model_validate(connection.settings)
        return KINDS[connection.kind].open(connection.url, secret, settings, self.http)
