"""The kinds of desk there are; a new one adds itself here and to `ConnectorCreate.kind`."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from caseplane.core.errors import InvalidInputError
from caseplane.escalation.connectors.base import TicketConnector
from caseplane.escalation.connectors.generic import GenericConnector
from caseplane.escalation.desk_schemas import ConnectionSettings
from caseplane.escalation.outbound import DeskHttp

MIN_SECRET_BYTES = 24


@dataclass(frozen=True)
class Kind:
    """How connections of one kind are checked and opened."""

    check_secret: Callable[[str], None]
    """Raises `InvalidInputError` for a secret that is too weak or of the wrong form."""
    open: Callable[[str, str, ConnectionSettings, DeskHttp], TicketConnector]
    """From address, secret, settings and the way to call out."""


def _generic_secret(secret: str) -> None:
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise InvalidInputError("secret: must be whsec_ followed by base64.") from exc
    if len(raw) < MIN_SECRET_BYTES:
        raise InvalidInputError(f"secret: must hold at least {MIN_SECRET_BYTES} bytes.")


def _generic(url: str, secret: str, settings: ConnectionSettings, http: DeskHttp) -> TicketConnector:
    return GenericConnector(url=url, secret=secret, http=http, poll_url=settings.poll_url)


KINDS: dict[str, Kind] = {"generic": Kind(_generic_secret, _generic)}
