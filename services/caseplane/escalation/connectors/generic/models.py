"""Credentials, settings and words of a desk that receives signed webhooks."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, field_validator

from caseplane.escalation.connectors.kind import ConnectionSettings, Credentials, StatusMap
from caseplane.escalation.connectors.standard_hooks import strong
from caseplane.escalation.schemas import TicketStatus

STATUSES = StatusMap({status: status.value for status in TicketStatus}, {"hold": TicketStatus.on_hold})


class GenericCredentials(Credentials):
    """The secret with which webhooks are signed both ways."""

    secret: SecretStr = Field(max_length=2000)
    """`whsec_` and base64."""

    @field_validator("secret")
    @classmethod
    def _strong(cls, secret: SecretStr) -> SecretStr:
        return strong(secret)

    def all(self) -> Iterator["GenericCredentials"]:
        """These, then the former ones that are still valid."""
        yield self
        yield from (each for each in self.former if isinstance(each, GenericCredentials))

    def dump(self) -> str:
        """The bare secret: connections of versions that knew this kind only are stored so."""
        return self.secret.get_secret_value()

    @classmethod
    def load(cls, opened: str) -> "GenericCredentials":
        return GenericCredentials.model_construct(secret=SecretStr(opened))


class GenericSettings(ConnectionSettings):
    """How one connection mirrors."""

    poll_url: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """Where updates are read from, besides or instead of webhooks."""
    poll_interval_seconds: Annotated[int, Field(ge=5, le=86_400)] = 60

    @property
    def poll_after(self) -> float | None:
        return self.poll_interval_seconds if self.poll_url else None

    def urls(self) -> Iterator[str]:
        if self.poll_url:
            yield self.poll_url
