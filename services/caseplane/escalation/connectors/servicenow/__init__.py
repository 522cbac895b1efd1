"""ServiceNow, by its Table API."""

from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.kind import ConnectorKind
from caseplane.escalation.connectors.servicenow.client import ServiceNowClient
from caseplane.escalation.connectors.servicenow.connector import ServiceNowConnector
from caseplane.escalation.connectors.servicenow.models import (
    STATUSES,
    ServiceNowCredentials,
    ServiceNowSettings,
)


def _open(
    url: str, credentials: ServiceNowCredentials, settings: ServiceNowSettings, http: DeskHttp
) -> ServiceNowConnector:
    client = ServiceNowClient(url=url, credentials=credentials, http=http)
    secrets = [each.secret.get_secret_value() for each in credentials.all() if each.secret is not None]
    return ServiceNowConnector(client=client, settings=settings, secrets=secrets)


SERVICENOW = ConnectorKind(
    name="servicenow",
    title="ServiceNow",
    credentials=ServiceNowCredentials,
    settings=ServiceNowSettings,
    statuses=STATUSES,
    open=_open,
    example={
        "kind": "servicenow",
        "name": "ServiceNow",
        "url": "https://acme.service-now.com",
        "client_id": "5f2c…",
        "client_secret": "the secret of the OAuth client",
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "settings": {"close_code": "Solution provided", "poll_interval_seconds": 60},
    },
)
