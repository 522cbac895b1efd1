"""Versions of a tenant's gate policy: proposed, activated, rolled back."""

from typing import Any
from uuid import UUID

from pydantic import ValidationError

from caseplane.core.errors import InvalidInputError
from caseplane.core.ids import new_id
from caseplane.gate import SHIPPED_POLICY, GatePolicy
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.policies.models import GatePolicyRow
from caseplane.orchestrator.policies.repository import GatePolicies
from caseplane.orchestrator.policies.schemas import GatePolicyCreate, GatePolicyRead


async def active_policy(work: Work) -> tuple[GatePolicy, int]:
    """The policy in force and its version; 0 is the one shipped with the code."""
    row = await work.repo(GatePolicies).active()
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


async def propose(work: Work, body: GatePolicyCreate) -> GatePolicyRow:
    """Store a new version; it changes nothing until it is activated."""
    policy = parse_policy(body.policy)
    versions = await work.repo(GatePolicies).versions()
    row = work.repo(GatePolicies).add(
        id=new_id(),
        version=versions[0].version + 1 if versions else 1,
        active=False,
        policy=policy.model_dump(mode="json"),
        note=body.note,
        created_by=work.principal.subject,
        created_at=work.now,
    )
    await work.audit("gate_policy.create", target_type="gate_policy", target_id=row.id)
    return row


async def activate(work: Work, policy_id: UUID) -> GatePolicyRow:
    """Put a version in force; the one before stays and can be activated again."""
    row = await work.repo(GatePolicies).get(policy_id, lock=True)
    if not row.active:
        await work.repo(GatePolicies).deactivate()
        row.active, row.activated_at = True, work.now
        await work.audit(
            "gate_policy.activate", target_type="gate_policy", target_id=row.id, version=row.version
        )
    return row


async def deactivate(work: Work) -> None:
    """Go back to the shipped policy."""
    await work.repo(GatePolicies).deactivate()
    await work.audit("gate_policy.deactivate", target_type="gate_policy", target_id="shipped")


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
