"""Any desk that can receive a signed webhook."""

from caseplane.escalation.connectors.generic.connector import GenericConnector
from caseplane.escalation.connectors.generic.models import STATUSES, GenericCredentials, GenericSettings
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.kind import ConnectorKind


def _open(
    url: str, credentials: GenericCredentials, settings: GenericSettings, http: DeskHttp
) -> GenericConnector:
    secrets = [each.secret.get_secret_value() for each in credentials.all()]
    return GenericConnector(
        url=url, secret=secrets[0], former=secrets[1:], http=http, poll_url=settings.poll_url
    )


GENERIC = ConnectorKind(
    name="generic",
    title="Generic",
    credentials=GenericCredentials,
    settings=GenericSettings,
    statuses=STATUSES,
    open=_open,
    example={
        "kind": "generic",
        "name": "Back office",
        "url": "https://desk.example.com/caseplane",
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "settings": {"max_attempts": 8, "redaction": "pii"},
    },
)
