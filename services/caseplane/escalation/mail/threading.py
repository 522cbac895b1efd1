"""Finds the thread that a mail belongs to, by what only those who got our mails can know; never by the subject alone."""

from caseplane.core.ids import new_id
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connectors.mail import IncomingMail, MailAccount
from caseplane.escalation.context import Work
from caseplane.escalation.mail.models import MailThread
from caseplane.escalation.mail.repository import Mails, MailThreads


async def thread_for(
    work: Work, connection: Connection, account: MailAccount, mail: IncomingMail
) -> tuple[MailThread, bool]:
    """The thread that a mail continues, or a new one; and whether it is new.

    A mail continues a thread whose signed address it was sent to, or one of whose mails it names, if its sender took
    part before. Somebody else who was sent the mail begins a thread of their own: what is in the other is not theirs.
    """
    thread_id = account.thread_of(mail.recipients)
    if thread_id is None:
        thread_id = await work.repo(Mails).thread_of(connection.id, mail.references)
    thread = await work.repo(MailThreads).find(thread_id, lock=True) if thread_id else None
    if thread is not None and thread.connection_id == connection.id and takes_part(thread, mail):
        return thread, False
    made = work.repo(MailThreads).add(
        id=new_id(),
        connection_id=connection.id,
        address=mail.sender.address,
        name=mail.sender.name,
        subject=mail.subject,
        copied=[],
        created_at=work.now,
        updated_at=work.now,
    )
    return made, True


def takes_part(thread: MailThread, mail: IncomingMail) -> bool:
    return mail.sender.address in {thread.address, *(each["address"] for each in thread.copied)}
