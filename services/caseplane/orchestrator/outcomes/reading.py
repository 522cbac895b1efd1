"""Reads what is measured of a conversation from its events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from caseplane.orchestrator.cases.repository import Cases
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.matter import asked_in, question_of
from caseplane.orchestrator.conversations.models import Event, Message
from caseplane.orchestrator.conversations.repository import Events, Messages, Ratings, Sessions
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.states import RESOLVED
from caseplane.orchestrator.schemas import (
    DecisionDigest,
    HandoverDigest,
    LearntCase,
    ResolutionDigest,
    SessionDigest,
    TurnDigest,
)

_READ = ("turn", "evaluation", "resolution", "escalation", "status")
_LONGEST_QUESTION = 2_000


async def digest(work: Work, session_id: UUID) -> SessionDigest:
    """What is measured of a conversation, as it stands.

    Raises:
        NotFoundError: it is gone.
    """
    session = await work.repo(Sessions).get(session_id)
    events = await work.repo(Events).of(session_id, *_READ)
    said = await work.repo(Messages).of(session_id)
    ratings = [each.rating for each in await work.repo(Ratings).of_all([session_id]) if each.rating]
    handovers = [each for each in events if each.type == "escalation"]
    first_reply = next((m for m in said if m.role in (MessageRole.assistant, MessageRole.agent)), None)
    return SessionDigest(
        session_id=session.id,
        previous_session_id=session.previous_session_id,
        ticket_id=session.ticket_id,
        seq=session.last_seq,
        channel=session.channel,
        status=session.status,
        resolution=session.resolution,
        reason=session.escalation_reason,
        recontacts=session.recontacts,
        started_at=session.created_at,
        first_reply_at=first_reply.created_at if first_reply else None,
        escalated_at=handovers[0].created_at if handovers else None,
        resolved_at=session.resolved_at,
        rating=ratings[-1] if ratings else None,
        turns=[_turn(each) for each in events if each.type == "turn"],
        decisions=[_decision(each) for each in events if each.type == "evaluation"],
        resolutions=_resolutions(events),
        handovers=[_handover(each, said) for each in handovers],
        cited_documents=_cited(said),
        case=await _case(work, session_id),
    )


def _turn(event: Event) -> TurnDigest:
    spent: dict[str, float] = {}
    for stage in event.payload["trace"]:
        spent[stage["stage"]] = spent.get(stage["stage"], 0.0) + stage["duration_ms"]
    return TurnDigest(
        id=event.id,
        at=event.created_at,
        outcome=event.payload["outcome"],
        total_ms=sum(spent.values()),
        retrieve_ms=spent.get("retrieve", 0.0),
        answer_ms=spent.get("answer", 0.0),
        gate_ms=spent.get("gate", 0.0),
    )


def _decision(event: Event) -> DecisionDigest:
    decision: dict[str, Any] = event.payload["decision"] or {}
    signals: dict[str, Any] = event.payload["signals"]
    return DecisionDigest(
        id=event.id,
        at=event.created_at,
        verdict=decision.get("verdict"),
        reason=decision.get("reason"),
        policy_version=event.payload["policy_version"],
        method=event.payload["draft_origin"],
        evidence=signals.get("chunks_above_min_relevance") or 0,
        best_score=signals.get("retrieval_top_score"),
        cited=signals.get("citations_complete"),
    )


def _resolutions(events: Sequence[Event]) -> list[ResolutionDigest]:
    """Each resolution lasts until the next change of status that leaves `resolved`."""
    found: list[ResolutionDigest] = []
    for event in events:
        if event.type == "resolution":
            kind = str(event.payload["resolution"])
            found.append(ResolutionDigest(id=event.id, at=event.created_at, kind=kind, undone_at=None))
        elif event.type == "status" and event.payload["from"] == RESOLVED and found:
            found[-1].undone_at = _earliest(found[-1].undone_at, event.created_at)
    return found


def _cited(said: Sequence[Message]) -> list[UUID]:
    cited = [UUID(each["document_id"]) for message in said for each in message.citations]
    return list(dict.fromkeys(cited))


def _earliest(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)


def _handover(event: Event, said: Sequence[Message]) -> HandoverDigest:
    asking = question_of([message for message in said if message.seq < event.seq])
    words = (asked_in(asking.asked_redacted) or asking.asked_redacted) if asking else ""
    return HandoverDigest(
        id=event.id,
        at=event.created_at,
        reason=str(event.payload["reason"]),
        question=words[:_LONGEST_QUESTION],
    )


async def _case(work: Work, session_id: UUID) -> LearntCase | None:
    case = await work.repo(Cases).latest(session_id)
    if case is None:
        return None
    return LearntCase(
        case_id=case.id,
        question=case.question,
        resolution=case.resolution,
        references=case.refs,
        teaches=case.why_not is None,
    )
