"""Reads the folders of a mail account, each from its own cursor.

Each mail is taken in in the transaction that moves the cursor past it, so reading may stop anywhere and be repeated.
"""

from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError

from caseplane.core.auth import Principal
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connectors.mail import (
    FolderCursor,
    IncomingMail,
    MailAccount,
    Unread,
    read_folder_cursors,
    stored_folder_cursors,
)
from caseplane.escalation.connectors.protocol import DeskError
from caseplane.escalation.context import Escalation, Work
from caseplane.escalation.inbound.admitting import admit, event_id_of
from caseplane.escalation.inbound.applying import set_aside

MAX_PAGES = 200


async def fetch(e: Escalation, who: Principal, connection: Connection, account: MailAccount) -> None:
    """Take in what is new in every folder.

    Raises:
        DeskError: a folder could not be read; the others were.
    """
    cursors = read_folder_cursors(connection.poll_cursor)
    failures: list[DeskError] = []
    for folder in account.folders:
        try:
            await _fetch_folder(e, who, connection, account, folder, cursors.get(folder))
        except DeskError as exc:
            failures.append(exc)
    if failures:
        raise failures[0]


async def _fetch_folder(
    e: Escalation,
    who: Principal,
    connection: Connection,
    account: MailAccount,
    folder: str,
    cursor: FolderCursor | None,
) -> None:
    for _ in range(MAX_PAGES):
        page = await account.read_folder(folder, cursor, since=connection.created_at)
        for mail, behind in page.mails:
            async with e.work(who) as work:
                held = await _move(work, connection.id, folder, cursor, behind)
                if held is None:
                    return
                await _admit(work, held, account, mail)
            cursor = behind
        if page.cursor is not None and page.cursor != cursor:
            async with e.work(who) as work:
                if await _move(work, connection.id, folder, cursor, page.cursor) is None:
                    return
            cursor = page.cursor
        if not page.more:
            return


async def _admit(
    work: Work, connection: Connection, account: MailAccount, mail: IncomingMail | Unread
) -> None:
    if isinstance(mail, Unread):
        await set_aside(
            work, connection, event_id=event_id_of(mail.mail_id), reason=mail.reason,
            raw={"mail": mail.mail_id}, via="poll",
        )  # fmt: skip
        return
    try:
        async with work.tx.begin_nested():
            await admit(work, connection, account, mail)
    except (IntegrityError, DataError):
        await set_aside(
            work, connection, event_id=event_id_of(mail.message_id), via="poll",
            reason="It contradicts what is stored.", raw={"from": mail.sender.address, "subject": mail.subject},
        )  # fmt: skip


async def _move(
    work: Work, connection_id: UUID, folder: str, before: FolderCursor | None, behind: FolderCursor
) -> Connection | None:
    """Move the cursor of a folder; None if another reader moved it first, or the connection is gone or paused."""
    connection = await work.repo(Connections).find(connection_id, lock=True)
    if connection is None or not connection.enabled:
        return None
    cursors = read_folder_cursors(connection.poll_cursor)
    if cursors.get(folder) != before:
        return None
    connection.poll_cursor = stored_folder_cursors({**cursors, folder: behind})
    return connection
