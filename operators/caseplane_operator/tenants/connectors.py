"""From a Tenant's connector to what the platform's `/connectors` takes. A further kind is one more case here."""

from typing import Any

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.crds import Connector, GenericConnector, SecretRef
from caseplane_operator.faults import FaultError

Body = dict[str, Any]


def request_of(connector: Connector) -> tuple[str, Body, SecretRef]:
    """The kind, the body without what names it and what is secret, and where the secret is.

    Raises:
        FaultError: no kind is set. The API server refuses this; it remains of a connector that was stored under the
            definition of an older version.
    """
    if connector.generic is not None:
        return "generic", _generic(connector.generic), connector.generic.secret_ref
    message = "spec.connector names no kind. Set exactly one, such as spec.connector.generic."
    raise FaultError(
        Fault(Reason.InvalidSpec, f"{message} Until then the connector stays as it is.", lasting=True)
    )


def _generic(wanted: GenericConnector) -> Body:
    polled: Body = {"poll_url": None}
    if wanted.poll is not None:
        polled = {"poll_url": wanted.poll.url, "poll_interval_seconds": wanted.poll.interval_seconds}
    shared = wanted.model_dump(include={"max_attempts", "redaction", "internal_notes"})
    return {"url": wanted.url, "enabled": wanted.enabled, "settings": {**shared, **polled}}
