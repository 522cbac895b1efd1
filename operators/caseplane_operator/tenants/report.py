"""Says how a tenant stands: its status, from what was seen and what went wrong."""

from collections.abc import Sequence
from typing import Any

from caseplane_operator.conditions import Condition, Fault, Reason, degraded, holds, merge
from caseplane_operator.context import Body, stamp
from caseplane_operator.platform_types import Costs, Usage
from caseplane_operator.tenants.look import TenantLook
from caseplane_operator.tenants.plan import CONNECTOR_NAME, SeenTenant

OUT_OF_SIGHT = frozenset([Reason.PlatformUnreachable, Reason.KubernetesUnavailable, Reason.CredentialRefused])
"""With these nothing is known of how the tenant stands."""


def status_of(
    look: TenantLook,
    seen: SeenTenant | None,
    faults: Sequence[Fault],
    usage: Usage | None,
    costs: Costs | None,
    *,
    done: bool,
) -> Body:
    """The whole status; what could not be seen this time is said as it was last seen."""
    conditions = [_ready(look, seen, faults), _synced(look, seen, faults, done=done), degraded(faults)]
    before = look.body.get("status") or {}
    now = stamp(look.o.now())
    status: Body = {
        **look.status,
        "observedGeneration": look.meta.generation,
        "phase": _phase(look, conditions),
        "conditions": merge(
            before.get("conditions") or [], conditions, generation=look.meta.generation, now=now
        ),
    }
    if look.tenant is not None:
        status["tenantId"] = look.tenant.tenant_id
    if seen is not None and seen.key is not None:
        status["endpoint"] = look.o.settings.endpoint
        status["keySecret"] = {
            "namespace": look.place.namespace,
            "name": look.place.name,
            "keyId": seen.key.key_id,
            **({"rotation": seen.key.rotation} if seen.key.rotation else {}),
        }
    status.update(_inside(look, seen, done=done))
    if usage is not None:
        status["usage"] = _usage(usage)
    if costs is not None:
        status["costs"] = _costs(costs)
    return {name: value for name, value in status.items() if value not in (None, "", {})}


def _inside(look: TenantLook, seen: SeenTenant | None, *, done: bool) -> dict[str, Any]:
    """What of the tenant's inside is ours; forgotten only where nothing is left to do.

    What was seen is older than what was done about it: it may lack what was made, or show what was removed in vain.
    """
    said: dict[str, Any] = {}
    if done and seen is not None and seen.providers is not None:
        wanted = look.spec.identity.issuer if look.spec.identity else None
        there = {provider.issuer for provider in seen.providers}
        said["identityIssuer"] = wanted if wanted in there else None
    if seen is not None and seen.connectors is not None:
        ours = next((c for c in seen.connectors if c.name == CONNECTOR_NAME), None)
        known = look.status.get("connector") or {}
        if ours is not None:
            said["connector"] = {
                **known,
                "id": ours.connection_id,
                "hookUrl": look.o.settings.endpoint.rstrip("/") + ours.hook_path,
            }
        elif done:
            said["connector"] = None
    return said


def _ready(look: TenantLook, seen: SeenTenant | None, faults: Sequence[Fault]) -> Condition:
    if look.meta.deletion_timestamp:
        return holds("Ready", False, Reason.Deleting, "The resource is being deleted.")
    if seen is None:
        reason = faults[0].reason if faults else Reason.Reconciling
        message = faults[0].message if faults else ""
        return holds("Ready", None if reason in OUT_OF_SIGHT else False, reason, message)
    if seen.tenant is not None and seen.tenant.gone:
        message = "The platform still erases the earlier tenant of this name; then this one is made."
        return holds("Ready", False, Reason.Erasing, message)
    if look.spec.suspended:
        return holds("Ready", False, Reason.Suspended, "Requests of the tenant are refused: spec.suspended.")
    if seen.key is not None and seen.key.works:
        return holds("Ready", True, Reason.Provisioned, f"The tenant's key is in Secret {look.place}.")
    return holds(
        "Ready",
        False,
        faults[0].reason if faults else Reason.Reconciling,
        faults[0].message if faults else "",
    )


def _synced(look: TenantLook, seen: SeenTenant | None, faults: Sequence[Fault], *, done: bool) -> Condition:
    if faults:
        return holds("Synced", False, faults[0].reason, faults[0].message)
    if look.meta.deletion_timestamp:
        return holds("Synced", False, Reason.Deleting, "The platform has not finished erasing the tenant.")
    if seen is not None and seen.tenant is not None and seen.tenant.gone:
        return holds(
            "Synced", False, Reason.Erasing, "The platform still erases the earlier tenant of this name."
        )
    return holds("Synced", done, Reason.Provisioned if done else Reason.Reconciling)


def _phase(look: TenantLook, conditions: Sequence[Condition]) -> str:
    ready, _, degraded_now = conditions
    if look.meta.deletion_timestamp:
        return "Deleting"
    if ready.reason is Reason.Suspended:
        return "Suspended"
    if degraded_now.status == "True":
        return "Degraded"
    return "Ready" if ready.status == "True" else "Pending"


def _usage(usage: Usage) -> Body:
    said: Body = {
        "month": usage.month,
        "calls": usage.calls,
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "costUsd": f"{usage.cost_usd:.2f}",
    }
    if usage.budget_usd is not None:
        said["budgetUsd"] = f"{usage.budget_usd:.2f}"
    return said


def _costs(costs: Costs) -> Body:
    said: Body = {
        "month": costs.month,
        "basis": costs.basis,
        "currency": costs.currency,
        "total": f"{costs.total:.2f}",
        "sessions": costs.sessions,
        "durablyResolved": costs.durably_resolved,
    }
    for name, each in (("perSession", costs.per_session), ("perResolvedCase", costs.per_resolved_case)):
        if each is not None:
            said[name] = f"{each:.4f}"
    return said
