"""Asks a desk something harmless, to see whether its address and credentials are right."""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.escalation.connections.opening import open_connector, settings_of
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connectors.mail import MailAccount
from caseplane.escalation.connectors.protocol import DeskError, PollCursor
from caseplane.escalation.context import Escalation
from caseplane.escalation.health.schemas import CheckStatus, ConnectorCheck

NOT_ASKED = "Nothing can be asked of this connector without a delivery: it has no `poll_url`."


async def check(e: Escalation, who: Principal, connection_id: UUID) -> ConnectorCheck:
    """Ask now, also while the connector is paused; nothing that comes back is applied.

    Raises:
        NotFoundError
    """
    async with e.work(who) as work:
        connection = await work.repo(Connections).get(connection_id)
        connector, polled = open_connector(e, connection), settings_of(connection).poll_after is not None
    try:
        if isinstance(connector, MailAccount):
            await connector.check()
        elif polled:
            await connector.poll(PollCursor(utcnow()))
        else:
            return ConnectorCheck(status=CheckStatus.not_asked, detail=NOT_ASKED)
    except DeskError as exc:
        return ConnectorCheck(status=CheckStatus.failed, detail=str(exc))
    return ConnectorCheck(status=CheckStatus.ok, detail=None)
