"""From a Tenant's connector to what the platform's `/connectors` takes. A further kind is one more case here."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.crds import (
    Connector,
    DeskSecretRef,
    EmailConnector,
    GenericConnector,
    SecretRef,
    ServiceNowConnector,
    ZendeskConnector,
)
from caseplane_operator.faults import FaultError

Body = dict[str, Any]
_SHARED = {"max_attempts", "redaction", "internal_notes"}


@dataclass(frozen=True, kw_only=True)
class Request:
    """A connector in the platform's terms.

    Attributes:
        body: without kind, name and credentials.
        secret: the Secret that holds the credentials.
        keys: the Secret's key of each credential, by the platform's name.
        needed: those of them without which the connector cannot be; the others are sent if they are there.
        sign_in: credentials that are no secrets; the platform does not show them either.
    """

    kind: str
    body: Body
    secret: SecretRef | DeskSecretRef
    keys: Mapping[str, str]
    needed: frozenset[str]
    sign_in: Mapping[str, str] = field(default_factory=dict)

    def version(self, secret_version: str) -> str:
        """Changes with the Secret, and with the rest of the credentials."""
        if not self.sign_in:
            return secret_version
        digest = hashlib.sha256(json.dumps(dict(self.sign_in), sort_keys=True).encode()).hexdigest()
        return f"{secret_version}/{digest[:12]}"


def request_of(connector: Connector) -> Request:
    """What is to be sent, and where the secrets are.

    Raises:
        FaultError: no kind is set. The API server refuses this; it remains of a connector that was stored under the
            definition of an older version.
    """
    if connector.generic is not None:
        return _generic(connector.generic)
    if connector.zendesk is not None:
        return _zendesk(connector.zendesk)
    if connector.servicenow is not None:
        return _servicenow(connector.servicenow)
    if connector.email is not None:
        return _email(connector.email)
    message = "spec.connector names no kind. Set exactly one, such as spec.connector.generic."
    raise FaultError(
        Fault(Reason.InvalidSpec, f"{message} Until then the connector stays as it is.", lasting=True)
    )


def _generic(wanted: GenericConnector) -> Request:
    polled: Body = {"poll_url": None}
    if wanted.poll is not None:
        polled = {"poll_url": wanted.poll.url, "poll_interval_seconds": wanted.poll.interval_seconds}
    settings = {**wanted.model_dump(include=_SHARED), **polled}
    return Request(
        kind="generic",
        body={"url": wanted.url, "enabled": wanted.enabled, "settings": settings},
        secret=wanted.secret_ref,
        keys={"secret": wanted.secret_ref.key},
        needed=frozenset({"secret"}),
    )


def _zendesk(wanted: ZendeskConnector) -> Request:
    return _desk("zendesk", wanted, user="email", key="api_token")


def _servicenow(wanted: ServiceNowConnector) -> Request:
    return _desk("servicenow", wanted, user="username", key="password")


def _desk(kind: str, wanted: ZendeskConnector | ServiceNowConnector, *, user: str, key: str) -> Request:
    """A desk that lets a user in by a secret of theirs, or an application by its own."""
    if wanted.client_id is not None:
        sign_in, needed = {"client_id": wanted.client_id}, "client_secret"
    else:
        sign_in, needed = {user: getattr(wanted, user) or ""}, key
    settings = wanted.model_dump(exclude={"url", "secret_ref", "enabled", "client_id", user, "fields_"})
    return Request(
        kind=kind,
        body={
            "url": wanted.url,
            "enabled": wanted.enabled,
            "settings": {**settings, "fields": wanted.fields_.model_dump()},
        },
        secret=wanted.secret_ref,
        keys=_same(needed, "secret"),
        needed=frozenset({needed}),
        sign_in=sign_in,
    )


def _email(wanted: EmailConnector) -> Request:
    settings = wanted.model_dump(exclude={"imap_url", "secret_ref", "enabled", "username", "smtp_username"})
    sign_in = {"username": wanted.username}
    if wanted.smtp_username is not None:
        sign_in["smtp_username"] = wanted.smtp_username
    return Request(
        kind="email",
        body={"url": wanted.imap_url, "enabled": wanted.enabled, "settings": settings},
        secret=wanted.secret_ref,
        keys=_same("password", "smtp_password"),
        needed=frozenset({"password"}),
        sign_in=sign_in,
    )


def _same(*names: str) -> dict[str, str]:
    """Credentials whose keys in the Secret have the platform's names."""
    return {name: name for name in names}
