"""Versions of a tenant's gate policy: proposed, tried on stored decisions, activated, rolled back."""

from collections import Counter
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from caseplane.core import audit
from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.core.errors import InvalidInputError
from caseplane.core.ids import new_id
from caseplane.gate import (
    SHIPPED_POLICY,
    Decision,
    GatePolicy,
    GateSignals,
    decide,
)
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.models import Event, GatePolicyRow
from caseplane.orchestrator.repository import ConversationRepository
from caseplane.orchestrator.schemas import GatePolicyCreate, GatePolicyRead, ReplayRead

REPLAYED = 10_000


async def active_policy(repo: ConversationRepository) -> tuple[GatePolicy, int]:
    """The policy in force and its version; 0 is the one shipped with the code."""
    row = await repo.active_policy()
    if row is None:
        return SHIPPED_POLICY, 0
    return GatePolicy.model_validate(row.policy), row.version


def parse_policy(data: dict[str, Any]) -> GatePolicy:
    """A policy from the wire.

    Raises:
        InvalidInputError: naming the field and what is wrong with it.
    """
    try:
        return GatePolicy.model_validate(data)
    except ValidationError as exc:
        faults = [{"field": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in exc.errors()]
        raise InvalidInputError(
            "; ".join(f"{f['field']}: {f['message']}" for f in faults[:5]), errors=faults
        ) from exc


async def propose(o: Orchestrator, principal: Principal, body: GatePolicyCreate) -> GatePolicyRow:
    """Store a new version; it changes nothing until it is activated."""
    policy = parse_policy(body.policy)
    async with o.db.tenant(principal.tenant) as tx:
        repo = ConversationRepository(tx, principal.tenant)
        versions = await repo.policy_versions()
        row = repo.policies.add(
            id=new_id(),
            version=versions[0].version + 1 if versions else 1,
            policy=policy.model_dump(mode="json"),
            note=body.note,
            created_by=principal.subject,
            created_at=utcnow(),
        )
        await audit.record(tx, principal, "gate_policy.create", target_type="gate_policy", target_id=row.id)
        return row


async def activate(o: Orchestrator, principal: Principal, policy_id: UUID) -> GatePolicyRow:
    """Put a version in force; the one before stays and can be activated again."""
    async with o.db.tenant(principal.tenant) as tx:
        repo = ConversationRepository(tx, principal.tenant)
        row = await repo.policies.get(policy_id, lock=True)
        if not row.active:
            await repo.deactivate_policies()
            row.active, row.activated_at = True, utcnow()
            await audit.record(
                tx,
                principal,
                "gate_policy.activate",
                target_type="gate_policy",
                target_id=row.id,
                version=row.version,
            )
        return row


async def deactivate(o: Orchestrator, principal: Principal) -> None:
    """Go back to the shipped policy."""
    async with o.db.tenant(principal.tenant) as tx:
        repo = ConversationRepository(tx, principal.tenant)
        await repo.deactivate_policies()
        await audit.record(
            tx, principal, "gate_policy.deactivate", target_type="gate_policy", target_id="shipped"
        )


def shipped() -> GatePolicyRead:
    """The policy that is in force where a tenant has activated none."""
    return GatePolicyRead(
        policy_id=None,
        version=0,
        active=False,
        policy=SHIPPED_POLICY.model_dump(mode="json"),
        note="Shipped with the platform",
        created_by="caseplane",
    )


async def replay(o: Orchestrator, principal: Principal, policy: GatePolicy) -> ReplayRead:
    """Decide the newest stored decisions again under another policy, and say what would differ."""
    async with o.db.tenant(principal.tenant) as tx:
        events = await ConversationRepository(tx, principal.tenant).evaluations(limit=REPLAYED)
    verdicts: Counter[str] = Counter()
    changed: list[dict[str, Any]] = []
    same = 0
    for event in events:
        before = event.payload.get("decision") or {}
        after = replay_one(event, policy)
        verdicts[after.verdict] += 1
        if (after.verdict, after.reason) == (before.get("verdict"), before.get("reason")):
            same += 1
        elif len(changed) < 100:
            changed.append(
                {
                    "session_id": str(event.session_id),
                    "event_id": str(event.id),
                    "before": {"verdict": before.get("verdict"), "reason": before.get("reason")},
                    "after": {"verdict": after.verdict, "reason": after.reason},
                }
            )
    return ReplayRead(decisions=len(events), same=same, changed=changed, verdicts=dict(verdicts))


def replay_one(event: Event, policy: GatePolicy) -> Decision:
    """The decision that a stored evaluation would get under `policy`."""
    payload = event.payload
    question = payload.get("clarifying_question") if payload.get("may_clarify") else None
    return decide(GateSignals.model_validate(payload["signals"]), policy, clarifying_question=question)
