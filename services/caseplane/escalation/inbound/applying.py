"""Applies updates of desks: each once, and never sent back to where it came from.

An agent's public comment reaches the customer, an internal note is kept for agents. A desk that reports our
own comment or status back to us changes nothing: comments are known by the desk's id for them, by our id if
the desk kept it, and, where an answer of the desk was lost on its way, by their text.
"""

import json
from uuid import UUID

from caseplane.core.errors import InvalidInputError
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connectors.protocol import RemoteComment, TicketUpdated
from caseplane.escalation.context import Work
from caseplane.escalation.inbound.repository import InboundEvents
from caseplane.escalation.inbound.schemas import HookAnswer
from caseplane.escalation.outbox.models import DeliveryState, TicketLink
from caseplane.escalation.outbox.repository import Deliveries, Links
from caseplane.escalation.schemas import AuthorType, TicketStatus, Visibility
from caseplane.escalation.tickets.changing import change
from caseplane.escalation.tickets.commenting import add_comment
from caseplane.escalation.tickets.models import Comment, Ticket
from caseplane.escalation.tickets.repository import Comments, Tickets
from caseplane.text.html import plain_text


class InboundRejectedError(InvalidInputError):
    """A desk's update that cannot be applied, however often it is sent."""

    slug, title = "inbound-rejected", "The update cannot be applied"


async def apply(
    work: Work, connection: Connection, update: TicketUpdated, *, via: str, webhook_id: str | None = None
) -> HookAnswer:
    """Apply an update of a desk, once.

    Raises:
        InboundRejectedError: it names no ticket that is mirrored there.
    """
    new = await work.repo(InboundEvents).note(
        connection_id=connection.id,
        event_id=update.event_id,
        webhook_id=webhook_id,
        via=via,
        outcome="ignored",
        created_at=work.now,
    )
    if not new:
        return HookAnswer(outcome="duplicate")
    ticket = await _ticket_of(work, connection, update)
    applied, stale = False, _is_stale(await _link_of(work, connection, update), update)
    for remote, visibility in (
        (update.latest_public_comment, Visibility.public),
        (update.latest_internal_note, Visibility.internal),
    ):
        if remote is not None:
            applied |= await _apply_comment(work, connection, ticket, remote, visibility, stale=stale)
    if await _apply_status(work, connection, ticket, update):
        applied = True
    outcome = "applied" if applied else "ignored"
    event = await work.repo(InboundEvents).of(connection.id, update.event_id)
    event.outcome, event.ticket_id = outcome, ticket.id
    return HookAnswer(outcome=outcome, ticket_id=ticket.id)


async def set_aside(
    work: Work, connection: Connection, *, event_id: str, reason: str, raw: object, via: str
) -> None:
    """Keep an update that cannot be applied for the admin to see, so that it does not stop the others."""
    payload = {"raw": json.dumps(raw)[:100_000]}  # as text: JSON may hold what the database's cannot
    await work.repo(InboundEvents).note(
        connection_id=connection.id,
        event_id=event_id,
        via=via,
        outcome="dead",
        detail=reason.encode("ascii", "backslashreplace").decode().replace("\x00", "")[:2000],
        payload=payload,
        created_at=work.now,
    )


async def _ticket_of(work: Work, connection: Connection, update: TicketUpdated) -> Ticket:
    """The ticket of an update, held: by the desk's id, by ours, or by the conversation's."""
    link = await _link_of(work, connection, update)
    found = (
        await work.repo(Tickets).find(link.ticket_id) if link else await _unlinked(work, connection, update)
    )
    if found is None:
        raise InboundRejectedError(
            f"ticket_id: no ticket {update.ticket_id} is mirrored through this connector."
        )
    return await work.repo(Tickets).hold(found.id)


async def _unlinked(work: Work, connection: Connection, update: TicketUpdated) -> Ticket | None:
    """The desk may send an update before its answer to our creation arrived, or know the ticket by our id only."""
    try:
        found = await work.repo(Tickets).find(update.source_ticket_id or UUID(update.ticket_id))
    except ValueError:
        found = None
    if found is not None:
        mirrored = await work.repo(Deliveries).creation(found.id, connection.id)
        if mirrored is None:
            return None
        if (
            mirrored.state == DeliveryState.delivered
        ):  # no id of its own came with the answer: the desk uses ours
            await work.repo(Links).note(found.id, connection.id, update.ticket_id, url=None, status=None)
        return found
    if update.external_conversation_id is None:
        return None
    found = await work.repo(Tickets).newest_of_session(update.external_conversation_id)
    if found is None or await work.repo(Deliveries).creation(found.id, connection.id) is None:
        return None
    if await work.repo(Links).at(found.id, connection.id) is not None:
        return None  # that ticket has another id there
    await work.repo(Links).note(found.id, connection.id, update.ticket_id, url=None, status=None)
    return found


async def _apply_comment(
    work: Work,
    connection: Connection,
    ticket: Ticket,
    remote: RemoteComment,
    visibility: Visibility,
    *,
    stale: bool,
) -> bool:
    """Add a desk's comment, or a new version of one that was edited there, unless it is known or our own."""
    known = await work.repo(Links).comment_at(connection.id, remote.id)
    former = await work.repo(Comments).newest_version(known) if known is not None else None
    if former is not None and (stale or not await _edited(work, connection, former, remote, visibility)):
        return False
    if former is None:
        ours = await _ours(work, connection, ticket, remote, visibility)
        if ours is not None:
            await work.repo(Links).note_comment(ours, connection.id, remote.id)
            return False
    comment = await add_comment(
        work,
        ticket,
        author_type=AuthorType.agent,
        author=remote.author or connection.name,
        visibility=visibility,
        body=_text_of(remote),
        replaces=former.id if former else None,
        origin=connection.id,
    )
    if former is None:
        await work.repo(Links).note_comment(comment.id, connection.id, remote.id)
    return True


def _text_of(remote: RemoteComment) -> str:
    """A desk's comment as any channel shows it; links keep their addresses."""
    return plain_text(remote.body)


async def _edited(
    work: Work, connection: Connection, former: Comment, remote: RemoteComment, visibility: Visibility
) -> bool:
    """Whether a comment that was written at the desk has other words there now; ours come back in any form."""
    if former.body == _text_of(remote) or former.visibility != visibility:
        return False
    return not await work.repo(Deliveries).sends_comment(connection.id, former.id)


async def _ours(
    work: Work, connection: Connection, ticket: Ticket, remote: RemoteComment, visibility: Visibility
) -> UUID | None:
    ticket_ids = await work.repo(Tickets).merged_ids(ticket.id)
    if remote.source_comment_id is not None:
        comment = await work.repo(Comments).find(remote.source_comment_id)
        if comment is not None and comment.ticket_id in ticket_ids:
            return comment.id
    for body in dict.fromkeys((remote.body, _text_of(remote))):
        twin = await work.repo(InboundEvents).unconfirmed_twin(
            connection.id, ticket_ids, body=body, visibility=visibility
        )
        if twin is not None:
            return twin
    return None


async def _link_of(work: Work, connection: Connection, update: TicketUpdated) -> TicketLink | None:
    """The desk's ticket that the update is of."""
    links = work.repo(Links)
    if update.source_ticket_id is not None:
        # It decides: a follow-up has another id at the desk, and a desk restored from a backup gives ids anew.
        return await links.at(update.source_ticket_id, connection.id)
    return await links.named(connection.id, update.ticket_id)


async def _apply_status(work: Work, connection: Connection, ticket: Ticket, update: TicketUpdated) -> bool:
    """Follow the desk's status if the desk changed it, and the update is not older than the last one."""
    link = await _link_of(work, connection, update)
    if _is_stale(link, update):
        return False
    if not update.changed_fields and await work.repo(Deliveries).sends_status(connection.id, ticket.id):
        return False  # what the desk has may be older than what it is about to get
    changed = _status_changed(link, update)
    if link is not None:
        link.remote_updated_at = update.updated_at
        if not update.changed_fields or "status" in update.changed_fields:
            link.remote_status = update.status  # else another update says that it changed
    if not changed or ticket.status == TicketStatus.closed:
        return False
    return await change(
        work, ticket, actor=f"desk:{connection.id}", status=update.status, origin=connection.id
    )


def _is_stale(link: TicketLink | None, update: TicketUpdated) -> bool:
    """Whether a later update of the ticket was applied before."""
    return bool(link is not None and link.remote_updated_at and update.updated_at < link.remote_updated_at)


def _status_changed(link: TicketLink | None, update: TicketUpdated) -> bool:
    """A desk that does not name what changed is followed only if its status differs from before."""
    if update.changed_fields:
        return "status" in update.changed_fields
    return link is None or link.remote_status != update.status
