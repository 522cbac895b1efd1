"""Tries a policy on the decisions that are stored."""

from collections import Counter
from typing import Any

from caseplane.gate import Decision, GatePolicy, GateSignals, decide
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.models import Event
from caseplane.orchestrator.conversations.repository import Events
from caseplane.orchestrator.policies.schemas import ReplayRead

REPLAYED = 10_000
SHOWN = 100


async def replay_policy(work: Work, policy: GatePolicy) -> ReplayRead:
    """Decide the newest stored decisions again under another policy, and say what would differ."""
    events = await work.repo(Events).newest("evaluation", limit=REPLAYED)
    verdicts: Counter[str] = Counter()
    changed: list[dict[str, Any]] = []
    for event in events:
        before = _outcome(event.payload.get("decision") or {})
        after = _outcome(replay_one(event, policy).model_dump())
        verdicts[after["verdict"]] += 1
        if after != before:
            ids = {"session_id": str(event.session_id), "event_id": str(event.id)}
            changed.append({**ids, "before": before, "after": after})
    return ReplayRead(
        decisions=len(events),
        same=len(events) - len(changed),
        changed=changed[:SHOWN],
        verdicts=dict(verdicts),
    )


def _outcome(decision: dict[str, Any]) -> dict[str, Any]:
    return {"verdict": decision.get("verdict"), "reason": decision.get("reason")}


def replay_one(event: Event, policy: GatePolicy) -> Decision:
    """The decision that a stored evaluation would get under `policy`."""
    payload = event.payload
    question = payload.get("clarifying_question") if payload.get("may_clarify") else None
    return decide(GateSignals.model_validate(payload["signals"]), policy, clarifying_question=question)
