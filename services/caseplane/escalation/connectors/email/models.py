"""Credentials and settings of a mail account."""

import re
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from caseplane.core.text import Storable
from caseplane.escalation.connectors.email.addresses import fits
from caseplane.escalation.connectors.kind import ConnectionSettings, Credentials, StatusMap
from caseplane.escalation.schemas import TicketStatus

STATUSES = StatusMap({status: status.value for status in TicketStatus})
_ADDRESS = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,63}"
)


def _address(value: str) -> str:
    value = value.strip().lower()
    if not _ADDRESS.fullmatch(value):
        raise ValueError("is no e-mail address such as support@example.com")
    return value


Address = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200), Storable]
Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"), Storable]


class EmailCredentials(Credentials):
    """Who signs in at the IMAP server, and at the SMTP server if it is another."""

    username: Short
    password: SecretStr = Field(min_length=1, max_length=2000)
    smtp_username: Short | None = None
    """If it differs from `username`."""
    smtp_password: SecretStr | None = Field(None, min_length=1, max_length=2000)
    """If it differs from `password`."""

    @property
    def for_smtp(self) -> tuple[str, str]:
        password = self.smtp_password or self.password
        return self.smtp_username or self.username, password.get_secret_value()


class EmailSettings(ConnectionSettings):
    """What is read from one account and how replies are sent."""

    address: Address
    """The address that customers write to; replies come from it."""
    smtp_url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^smtps?://[^/]+/?$")]
    """`smtps://host:465`, or `smtp://host:587` with STARTTLS."""
    folders: Annotated[list[Short], Field(min_length=1, max_length=10, default_factory=lambda: ["INBOX"])]
    """Folders that are read."""
    from_name: Line = ""
    """The name beside the address of replies."""
    signature: Annotated[str, StringConstraints(max_length=2000), Storable] = ""
    """Put below every reply."""
    reply_separator: Annotated[str, StringConstraints(pattern=r"^[+=._-]?$")] = "+"
    """Between the local part of the address and a thread's token; empty where the server knows no such addresses."""
    include_copied: bool = True
    """Whether replies go to those to whom the customer sent copies, too."""
    trusted_server: Annotated[str, StringConstraints(max_length=253)] | None = None
    """The name with which your own mail server begins the `Authentication-Results` that it adds; others are not read."""
    accepted_lists: Annotated[list[Short], Field(max_length=50, default_factory=list)]
    """`List-Id`s of groups by which customers' mails come; mails of other lists are not answered."""
    max_size_mib: Annotated[int, Field(ge=1, le=100)] = 25
    """Largest mail that is read, in MiB; the sender of a larger one is told."""
    poll_interval_seconds: Annotated[int, Field(ge=5, le=86_400)] = 60

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not fits(self.address, self.reply_separator):
            raise ValueError(
                "address: is too long for reply addresses; use a shorter one, or set reply_separator to an empty text"
            )
        return self

    @property
    def poll_after(self) -> float | None:
        return self.poll_interval_seconds

    def urls(self) -> Iterator[str]:
        yield self.smtp_url
