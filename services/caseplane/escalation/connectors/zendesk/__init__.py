"""Zendesk Support, by its Ticketing API."""

from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.kind import ConnectorKind
from caseplane.escalation.connectors.zendesk.client import ZendeskClient
from caseplane.escalation.connectors.zendesk.connector import ZendeskConnector
from caseplane.escalation.connectors.zendesk.models import STATUSES, ZendeskCredentials, ZendeskSettings


def _open(
    url: str, credentials: ZendeskCredentials, settings: ZendeskSettings, http: DeskHttp
) -> ZendeskConnector:
    client = ZendeskClient(url=url, credentials=credentials, http=http)
    secrets = [each.secret.get_secret_value() for each in credentials.all() if each.secret is not None]
    return ZendeskConnector(client=client, settings=settings, secrets=secrets)


ZENDESK = ConnectorKind(
    name="zendesk",
    title="Zendesk",
    credentials=ZendeskCredentials,
    settings=ZendeskSettings,
    statuses=STATUSES,
    open=_open,
    shares_secret=False,
    example={
        "kind": "zendesk",
        "name": "Zendesk",
        "url": "https://acme.zendesk.com",
        "client_id": "caseplane",
        "client_secret": "the secret of the OAuth client",
        "secret": "the webhook's signing secret",
        "settings": {"fields": {"conversation": 360001234567}, "poll_interval_seconds": 60},
    },
)
