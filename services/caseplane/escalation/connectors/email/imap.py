"""Reads folders by IMAP. These functions block: they are called in threads.

Nothing is changed in the mailbox: folders are opened to read only, and mails stay as new as they were.
"""

import contextlib
import imaplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from time import monotonic
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from caseplane.escalation.connectors.email.models import EmailCredentials
from caseplane.escalation.connectors.email.targets import Target
from caseplane.escalation.connectors.mail import FolderCursor
from caseplane.escalation.connectors.protocol import DeskError, DeskRefusedError, DeskUnavailableError

MOST_MAILS = 50
MOST_BYTES = 32 << 20
"""Of one page, after the mail with which it is reached."""
STEP = 2.0
"""Seconds after which a watch that is to end does."""
SKEW = timedelta(minutes=5)
"""Between our clock and the server's."""


@dataclass(frozen=True)
class FetchedMail:
    """A mail as it lies in a folder.

    Attributes:
        raw: all of it; of one that is too large, its head.
    """

    uid: int
    size_bytes: int
    raw: bytes
    too_large: bool


@dataclass(frozen=True)
class FetchedPage:
    """Mails of a folder, and where to go on."""

    mails: list[FetchedMail]
    cursor: FolderCursor
    more: bool


@contextlib.contextmanager
def signed_in(target: Target, credentials: EmailCredentials, *, timeout: float) -> Iterator[IMAPClient]:
    """A connection to an IMAP server.

    Raises:
        DeskRefusedError: the server does not let the user in, or has no TLS.
        DeskUnavailableError: it does not answer as it should.
    """
    with _told(target):
        client = IMAPClient(
            target.ip, port=target.port, ssl=target.tls, ssl_context=target.context, timeout=timeout
        )
    client.normalise_times = False
    with client:
        with _told(target):
            if not target.tls:
                _start_tls(client, target)
            client.login(credentials.username, credentials.password.get_secret_value())
        with _told(target):
            yield client


def _start_tls(client: IMAPClient, target: Target) -> None:
    if client.has_capability("STARTTLS"):
        client.starttls(target.context)
    elif not target.may_stay_open:
        raise DeskRefusedError(
            f"{target.host} offers no TLS on port {target.port}, and a password is not sent without it."
        )


def read_page(
    client: IMAPClient, folder: str, cursor: FolderCursor | None, *, since: datetime, most_bytes: int
) -> FetchedPage:
    """Mails of a folder after a cursor, oldest first."""
    opened = open_folder(client, folder)
    validity = int(opened[b"UIDVALIDITY"])
    if cursor is None or cursor.uid_validity != validity:
        uids = _since(client, since)
        last = int(opened[b"UIDNEXT"]) - 1
    else:
        # `n:*` means the last mail even where n is beyond it.
        uids = [uid for uid in client.search(["UID", f"{cursor.uid + 1}:*"]) if uid > cursor.uid]
        last = cursor.uid
    uids.sort()
    mails, read = _fetch(client, uids[:MOST_MAILS], most_bytes=most_bytes)
    more = len(read) < len(uids)
    return FetchedPage(mails, FolderCursor(validity, read[-1] if more else max([last, *uids])), more)


def open_folder(client: IMAPClient, folder: str) -> dict[bytes, Any]:
    """Open a folder to read only; returns what the server says of it."""
    try:
        opened: dict[bytes, Any] = client.select_folder(folder, readonly=True)
    except IMAPClientError as exc:
        raise DeskRefusedError(f"The folder {folder} cannot be opened: {_said(exc)}") from exc
    return opened


def wait_for_news(client: IMAPClient, folder: str, *, seconds: float, ending: Event) -> bool:
    """Whether mails came into a folder within a time, as the server tells (IDLE); false if it does not tell."""
    if not client.has_capability("IDLE"):
        return False
    client.select_folder(folder, readonly=True)
    client.idle()
    news, until = False, monotonic() + seconds
    while not news and not ending.is_set() and (left := until - monotonic()) > 0:
        news = any(b"EXISTS" in told for told in client.idle_check(timeout=min(left, STEP)))
    client.idle_done()
    return news


def _since(client: IMAPClient, since: datetime) -> list[int]:
    """Mails that came since a time; a server compares by its own days."""
    uids = client.search(["SINCE", (since - timedelta(days=2)).date()])
    times = client.fetch(uids, ["INTERNALDATE"]) if uids else {}
    return [uid for uid, item in times.items() if item[b"INTERNALDATE"] >= since - SKEW]


def _fetch(client: IMAPClient, uids: list[int], *, most_bytes: int) -> tuple[list[FetchedMail], list[int]]:
    """Mails, and the UIDs that were dealt with; one that was deleted meanwhile is no mail."""
    sizes = client.fetch(uids, ["RFC822.SIZE"]) if uids else {}
    mails, done, total = list[FetchedMail](), list[int](), 0
    for uid in uids:
        if total > MOST_BYTES:
            break
        done.append(uid)
        size = int(sizes.get(uid, {}).get(b"RFC822.SIZE", 0))
        too_large = size > most_bytes
        section = "BODY.PEEK[HEADER]" if too_large else "BODY.PEEK[]"
        raw = _content(client.fetch([uid], [section]).get(uid, {}))
        if raw is not None:
            mails.append(FetchedMail(uid, size, raw, too_large))
            total += len(raw)
    return mails, done


def _content(item: dict[bytes, Any]) -> bytes | None:
    return next((value for key, value in item.items() if key.startswith(b"BODY[")), None)


@contextlib.contextmanager
def _told(target: Target) -> Iterator[None]:
    """Turn what goes wrong into the error that says whether waiting helps."""
    try:
        yield
    except DeskError:
        raise
    except LoginError as exc:
        raise DeskRefusedError(f"{target.host} does not let the user in: {_said(exc)}") from exc
    except (IMAPClientError, imaplib.IMAP4.error) as exc:
        raise DeskUnavailableError(f"{target.host} answered: {_said(exc)}") from exc
    except OSError as exc:  # with it: no connection, a wrong certificate, a timeout
        raise DeskUnavailableError(f"{target.host} cannot be reached: {exc}.") from exc


def _said(exc: Exception) -> str:
    return " ".join(str(exc).split())[:300]
