"""A mail account by IMAP and SMTP."""

from caseplane.escalation.connectors.email.connector import EmailAccount
from caseplane.escalation.connectors.email.models import STATUSES, EmailCredentials, EmailSettings
from caseplane.escalation.connectors.email.targets import MailNetwork
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.kind import ConnectorKind


def _open(url: str, credentials: EmailCredentials, settings: EmailSettings, http: DeskHttp) -> EmailAccount:
    network = MailNetwork(http.policy, timeout=http.timeout)
    return EmailAccount(
        url=url, credentials=credentials, settings=settings, network=network, key=credentials.key
    )


EMAIL = ConnectorKind(
    name="email",
    title="Email",
    credentials=EmailCredentials,
    settings=EmailSettings,
    statuses=STATUSES,
    open=_open,
    shares_secret=False,
    mirrors=False,
    schemes=("imaps", "imap", "smtps", "smtp"),
    example={
        "kind": "email",
        "name": "Support",
        "url": "imaps://imap.example.com",
        "username": "support@example.com",
        "password": "the account's password",
        "settings": {"address": "support@example.com", "smtp_url": "smtp://smtp.example.com:587"},
    },
)
