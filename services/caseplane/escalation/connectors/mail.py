"""What a mail account must do, and mails as they come in and go out.

An account is no desk: tickets are not mirrored to it. What customers write opens conversations, and replies go back by it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Protocol, runtime_checkable
from uuid import UUID

from caseplane.escalation.connectors.protocol import Receipt


@dataclass(frozen=True)
class Mailbox:
    """Someone's address, in lower case, with the name that goes with it."""

    address: str
    name: str = ""


@dataclass(frozen=True)
class AttachedFile:
    """A file of a mail; its content stays in the mailbox."""

    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True)
class Bounce:
    """A mail of ours that did not arrive (RFC 3464).

    Attributes:
        message_id: of our mail.
        final: whether it will not arrive any more.
        status: such as `5.1.1`.
        reason: what the server that refused it said.
    """

    message_id: str
    final: bool
    status: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class IncomingMail:
    """A mail as it was read.

    Attributes:
        message_id: without angle brackets; made from the mail's bytes if it names none.
        references: ids of the mails that it answers, the nearest last.
        sender: whom to answer.
        others: who else got it, without our own addresses.
        recipients: all addresses that it was sent to, ours too.
        text: without markup, as its sender wrote it, quoted history included.
        automatic: why no reply may be sent to it; None if a person wrote it.
        bounce: if it is the news of one.
        forged: why its sender cannot be who it says, as a trusted server found.
        too_large: its text was not read.
    """

    message_id: str
    references: Sequence[str] = ()
    subject: str = ""
    sender: Mailbox
    others: Sequence[Mailbox] = ()
    recipients: Sequence[str] = ()
    text: str = ""
    files: Sequence[AttachedFile] = ()
    automatic: str | None = None
    bounce: Bounce | None = None
    forged: str | None = None
    size_bytes: int = 0
    too_large: bool = False


@dataclass(frozen=True, kw_only=True)
class OutgoingMail:
    """A mail to be sent.

    Attributes:
        thread_id: to which an answer to it belongs.
        automatic: whether no person wrote it.
    """

    mail_id: UUID
    thread_id: UUID
    message_id: str
    references: Sequence[str]
    to: Mailbox
    cc: Sequence[Mailbox]
    subject: str
    text: str
    automatic: bool
    created_at: datetime


@dataclass(frozen=True)
class FolderCursor:
    """How far a folder was read: its `UIDVALIDITY`, and the last UID under it."""

    uid_validity: int
    uid: int


@dataclass(frozen=True)
class Unread:
    """A mail that could not be read; it is set aside and does not stop the others."""

    mail_id: str
    reason: str


@dataclass(frozen=True)
class FolderPage:
    """Mails of a folder, each with the cursor that stands behind it.

    Attributes:
        cursor: behind all of them, also where there is none.
    """

    mails: list[tuple[IncomingMail | Unread, FolderCursor]] = field(default_factory=list)
    more: bool = False
    cursor: FolderCursor | None = None


@runtime_checkable
class MailAccount(Protocol):
    """One mail account, reachable with one connection's addresses and credentials."""

    @property
    def folders(self) -> Sequence[str]:
        """The folders that are read."""

    async def read_folder(self, folder: str, cursor: FolderCursor | None, *, since: datetime) -> FolderPage:
        """Mails after a cursor, oldest first; without one, or if the folder was made anew, those since a time.

        Raises:
            DeskError: the server did not give them.
        """

    async def check(self) -> None:
        """Sign in at both servers and open every folder.

        Raises:
            DeskError: one of them does not let us.
        """

    async def watcher(self) -> Callable[[Event], bool]:
        """What blocks until mails come into the first folder, or until the next look is due.

        Raises:
            DeskError: the server is not called.
        """

    async def send(self, mail: OutgoingMail) -> Receipt:
        """Send a mail; the message id is the same for every attempt.

        Raises:
            DeskError: it was not taken.
        """

    def thread_of(self, recipients: Sequence[str]) -> UUID | None:
        """The thread whose signed reply address is among these."""


def described(files: Sequence[AttachedFile]) -> str:
    """Files by name and size, for people."""
    return ", ".join(f"{each.name} ({human_size(each.size_bytes)})" for each in files)


def human_size(size: int) -> str:
    """Such as `1.4 MB`."""
    value, unit = float(size), "bytes"
    for larger in ("KB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"


def read_folder_cursors(stored: Mapping[str, Mapping[str, int]] | None) -> dict[str, FolderCursor]:
    """By folder, from what `stored_folder_cursors` gave."""
    return {name: FolderCursor(each["uid_validity"], each["uid"]) for name, each in (stored or {}).items()}


def stored_folder_cursors(cursors: Mapping[str, FolderCursor]) -> dict[str, dict[str, int]]:
    """As a connection keeps them."""
    return {name: {"uid_validity": each.uid_validity, "uid": each.uid} for name, each in cursors.items()}
