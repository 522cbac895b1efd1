"""Agents accept, change or reject drafts.

Accepting is three steps, each safe to repeat: the decision is stored with a job that finishes it, the reply is put on the
ticket by the id of the draft, and the draft is marked as sent. Whoever dies in between, the customer gets the reply once.
"""

from uuid import UUID

from caseplane.core.auth import Principal, Role
from caseplane.core.errors import ConflictError, PreconditionFailedError, RemoteProblemError
from caseplane.core.versions import check_version
from caseplane.triage.drafting import Relation, compare
from caseplane.workflow.context import Work, Workflow
from caseplane.workflow.drafts.jobs import SEND, UNFINISHED, SendArgs
from caseplane.workflow.drafts.models import DraftRow
from caseplane.workflow.drafts.repository import Drafts
from caseplane.workflow.drafts.schemas import DraftAccept, DraftReject
from caseplane.workflow.drafts.states import DraftState
from caseplane.workflow.labels import labels
from caseplane.workflow.labels.schemas import DraftOutcome, LabelCreate

LONGEST_CORRECTION = 20_000
_DECIDED = frozenset({DraftState.accepted, DraftState.sending})
_LATER = frozenset({429, 502, 503, 504})
"""Answers of the ticket's service after which a repetition makes sense."""


class DraftChangedError(PreconditionFailedError):
    """Someone decided on the draft since the caller read it."""

    slug, title = "draft-changed", "The draft changed in the meantime"


class DraftDecidedError(ConflictError):
    """Someone decided otherwise before."""

    slug, title = "draft-decided", "The draft was decided on"


async def accept(
    context: Workflow, who: Principal, draft_id: UUID, body: DraftAccept, *, seen: frozenset[int] | None
) -> DraftRow:
    """Send a draft to the customer as the caller's reply; repeating it changes nothing.

    Raises:
        DraftChangedError, DraftDecidedError
        RemoteProblemError: the ticket does not take the reply; the draft is open again, with the reason.
    """
    async with context.work(who) as work:
        await _decide(work, draft_id, body, seen=seen)
    return await send(context, who, draft_id)


async def _decide(work: Work, draft_id: UUID, body: DraftAccept, *, seen: frozenset[int] | None) -> None:
    row = await work.repo(Drafts).get(draft_id, lock=True)
    final = row.content if body.content is None else body.content
    if row.state in _DECIDED and row.final_content == final:
        return  # the same decision again: what is left of it is done now
    check_version(row.version, seen, noun="draft", error=DraftChangedError)
    _check_open(row)
    difference = compare(row.content, final)
    row.state, row.final_content, row.refusal = DraftState.sending, final, None
    row.relation, row.distance, row.similarity = (
        difference.relation,
        difference.distance,
        difference.similarity,
    )
    row.ticket_version = body.ticket_version
    _mark(work, row)
    await work.defer(SEND, SendArgs(draft_id=row.id), delay=UNFINISHED)
    await work.audit(
        "draft.accepted", target_type="draft", target_id=row.id, ticket_id=str(row.ticket_id),
        relation=row.relation, distance=row.distance,
    )  # fmt: skip


async def send(context: Workflow, who: Principal, draft_id: UUID) -> DraftRow:
    """Put an accepted draft on its ticket; one that is sent, or not to be sent, stays as it is.

    Raises:
        RemoteProblemError: the ticket does not take the reply; the draft is open again.
        UnavailableError: the ticket's service does not answer; the job tries again.
    """
    async with context.work(who) as work:
        row = await work.repo(Drafts).get(draft_id)
    if row.state != DraftState.sending or row.final_content is None or row.decided_by is None:
        return row
    agent = Principal(tenant_id=who.tenant_id, subject=row.decided_by, roles=frozenset({Role.agent}))
    try:
        comment = await context.escalation.reply(
            agent, row.ticket_id, row.final_content, source_id=row.id, ticket_version=row.ticket_version
        )
    except RemoteProblemError as exc:
        if exc.code in _LATER:
            raise
        await _reopen(context, who, draft_id, exc)
        raise
    async with context.work(agent) as work:
        row = await work.repo(Drafts).get(draft_id, lock=True)
        if row.state == DraftState.sending:
            row.state, row.comment_id = DraftState.accepted, comment.comment_id
            row.version += 1
            await labels.add(work, _opinion(row))
        return row


def _opinion(row: DraftRow) -> LabelCreate:
    """What the decision says of the draft, for whatever learns from it."""
    if row.state == DraftState.rejected:
        said = f"{row.reason}: {row.note}" if row.note else str(row.reason)
        return LabelCreate(
            ticket_id=row.ticket_id, draft_id=row.id, draft_outcome=DraftOutcome.rejected, comment=said
        )
    changed = row.relation != Relation.unchanged
    return LabelCreate(
        ticket_id=row.ticket_id,
        draft_id=row.id,
        draft_outcome=DraftOutcome.edited if changed else DraftOutcome.accepted,
        correction=(row.final_content or "")[:LONGEST_CORRECTION] if changed else "",
    )


async def _reopen(context: Workflow, who: Principal, draft_id: UUID, refusal: RemoteProblemError) -> None:
    async with context.work(who) as work:
        row = await work.repo(Drafts).get(draft_id, lock=True)
        if row.state == DraftState.sending:
            row.state, row.refusal = DraftState.open, refusal.detail or str(refusal.problem.get("title", ""))
            row.relation = row.distance = row.similarity = row.final_content = None
            row.decided_by = row.decided_at = row.ticket_version = None
            row.version += 1


async def reject(work: Work, draft_id: UUID, body: DraftReject, *, seen: frozenset[int] | None) -> DraftRow:
    """Note that a draft was of no use, and why; repeating it changes nothing.

    Raises:
        DraftChangedError, DraftDecidedError
    """
    row = await work.repo(Drafts).get(draft_id, lock=True)
    if row.state == DraftState.rejected and (row.reason, row.note) == (body.reason, body.note):
        return row
    check_version(row.version, seen, noun="draft", error=DraftChangedError)
    _check_open(row)
    row.state, row.reason, row.note = DraftState.rejected, body.reason, body.note
    _mark(work, row)
    await labels.add(work, _opinion(row))
    await work.audit(
        "draft.rejected",
        target_type="draft",
        target_id=row.id,
        ticket_id=str(row.ticket_id),
        reason=row.reason,
    )
    return row


def _check_open(row: DraftRow) -> None:
    if row.state not in (DraftState.open, DraftState.superseded):
        raise DraftDecidedError(
            f"{row.decided_by} has {row.state} it already; draft another, or write a comment.",
            state=row.state,
        )


def _mark(work: Work, row: DraftRow) -> None:
    row.decided_by, row.decided_at = work.principal.subject, work.now
    row.version += 1
