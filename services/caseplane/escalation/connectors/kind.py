"""What is declared of each kind of desk: its credentials, its settings, its words for statuses, its connector."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr

from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.mail import MailAccount
from caseplane.escalation.connectors.protocol import TicketConnector
from caseplane.escalation.schemas import TicketStatus


class Credentials(BaseModel):
    """What proves to a desk who calls; its fields are those of the connector's request body."""

    model_config = ConfigDict(extra="ignore")

    _former: tuple["Credentials", ...] = PrivateAttr(())
    _key: bytes = PrivateAttr(b"")

    @property
    def former(self) -> tuple["Credentials", ...]:
        """Those that were replaced a short while ago and are still valid."""
        return self._former

    @former.setter
    def former(self, former: tuple["Credentials", ...]) -> None:
        self._former = former

    @property
    def key(self) -> bytes:
        """A key of the connection's own, by which it knows what it made."""
        return self._key

    @key.setter
    def key(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def merged(cls, kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """The values after a change of some of them."""
        return {**kept, **given}

    def dump(self) -> str:
        """As text, to be sealed."""
        return json.dumps(
            {
                name: value.get_secret_value() if isinstance(value, SecretStr) else value
                for name, value in self
            }
        )

    @classmethod
    def load(cls, opened: str) -> "Credentials":
        """From what `dump` gave."""
        return cls.model_validate_json(opened)


class ConnectionSettings(BaseModel):
    """How one connection mirrors, whatever the kind."""

    model_config = ConfigDict(extra="forbid")

    max_attempts: Annotated[int, Field(ge=1, le=50)] = 8
    """Failed attempts after which a delivery is dead."""
    redaction: Literal["pii", "none"] = "pii"
    """What is taken out of texts before they leave; `none` only for a desk that may hold personal data."""
    internal_notes: bool = True
    """Whether internal notes are mirrored, as internal ones."""

    @property
    def poll_after(self) -> float | None:
        """Seconds between two polls; None where the desk is not polled."""
        return None

    def urls(self) -> Iterator[str]:
        """Addresses that are called besides the connection's own."""
        yield from ()


class StatusMap:
    """Our statuses and a desk's.

    Args:
        ours: the desk's word for each status of ours.
        theirs: the desk's further words; those of `ours` are read back as they are written.
    """

    def __init__(
        self, ours: Mapping[TicketStatus, str], theirs: Mapping[str, TicketStatus] | None = None
    ) -> None:
        self._ours = ours
        self._theirs = {word: status for status, word in ours.items()} | dict(theirs or {})

    def write(self, status: TicketStatus) -> str:
        return self._ours[status]

    def read(self, word: Any) -> Any:
        """Our status for a desk's word, whatever its case; what is no word of the desk's comes back as it is."""
        if not isinstance(word, str):
            return word
        return self._theirs.get(word.strip().lower().replace("-", "_").replace(" ", "_"), word)


@dataclass(frozen=True, kw_only=True)
class ConnectorKind:
    """A kind of desk.

    Attributes:
        name: as in `kind` of a connector's body and in the path of its webhooks.
        title: in names of schemas, such as `Generic` in `GenericConnector`.
        credentials: raise `ValueError` where they are too weak or of the wrong form.
        open: a connector from its address, credentials, settings and the way to call out.
        example: a body that creates a connector.
        shares_secret: whether the secret of webhooks is made here and given to the desk; else the desk makes it.
        mirrors: whether tickets are mirrored to it; else it is a channel by which customers write.
        schemes: with which its addresses begin.
    """

    name: str
    title: str
    credentials: type[Credentials]
    settings: type[ConnectionSettings]
    statuses: StatusMap
    open: Callable[[str, Any, Any, DeskHttp], TicketConnector | MailAccount]
    example: Mapping[str, Any]
    shares_secret: bool = True
    mirrors: bool = True
    schemes: tuple[str, ...] = ("https", "http")
