"""What a tenant's status reports."""

from collections.abc import Sequence
from contextlib import suppress

from caseplane_operator.conditions import Condition, Fault, Reason, condition, failing
from caseplane_operator.context import Body
from caseplane_operator.passes import Report
from caseplane_operator.platform import PlatformError
from caseplane_operator.platform_types import Costs, Usage
from caseplane_operator.tenants.look import TenantLook
from caseplane_operator.tenants.plan import SeenTenant, WantedTenant, managed, retired


async def report(
    look: TenantLook, wanted: WantedTenant, seen: SeenTenant, *, faults: Sequence[Fault], done: bool
) -> Report:
    erasing = seen.tenant is not None and seen.tenant.gone
    message = "The platform is still erasing an earlier tenant of this name."
    return Report(
        fields={**_inside(look, seen, done=done), **(await _spent(look) if done else {})},
        ready=_ready(look, seen, faults),
        pending=condition("Synced", False, Reason.Erasing, message) if erasing else None,
        waiting=erasing,
        due=_due(look, wanted, seen) if done else None,
    )


def _ready(look: TenantLook, seen: SeenTenant, faults: Sequence[Fault]) -> Condition:
    if seen.tenant is not None and seen.tenant.gone:
        message = "The platform is still erasing an earlier tenant of this name; this one is made afterwards."
        return condition("Ready", False, Reason.Erasing, message)
    if look.spec.suspended:
        message = "Requests of the tenant are refused, because spec.suspended is true."
        return condition("Ready", False, Reason.Suspended, message)
    if seen.key is not None and seen.key.works:
        message = f"The tenant's key is in Secret {look.key_secret}."
        return condition("Ready", True, Reason.Provisioned, message)
    return failing("Ready", faults)


def _due(look: TenantLook, wanted: WantedTenant, seen: SeenTenant) -> float | None:
    """Seconds until a replaced key must be revoked."""
    if seen.keys is not None:
        look.memory.keys_due = bool(retired(wanted, seen))
    return look.o.settings.key_grace.total_seconds() + 1 if look.memory.keys_due else None


def _inside(look: TenantLook, seen: SeenTenant, *, done: bool) -> Body:
    """What inside the tenant is ours; forgotten only when nothing is left to do.

    What was seen is older than what was done about it: it may lack what was made, or show what could not be removed.
    """
    fields: Body = {}
    endpoint = look.o.settings.endpoint
    if seen.key is not None:
        fields["endpoint"] = endpoint
        fields["keySecret"] = {
            "namespace": look.key_secret.namespace,
            "name": look.key_secret.name,
            "keyId": seen.key.key_id,
            **({"rotation": seen.key.rotation} if seen.key.rotation else {}),
        }
    if done and seen.providers is not None:
        issuer = look.spec.identity.issuer if look.spec.identity else None
        fields["identityIssuer"] = issuer if issuer in {p.issuer for p in seen.providers} else None
    ours = managed(seen.connectors or ())
    if ours is not None:
        known = look.status.get("connector") or {}
        url = endpoint.rstrip("/") + ours.hook_path
        fields["connector"] = {**known, "id": ours.connection_id, "hookUrl": url}
    elif done and seen.connectors is not None:
        fields["connector"] = None
    return fields


async def _spent(look: TenantLook) -> Body:
    """What the tenant used and cost; while the platform does not say, the status keeps what it had."""
    fields: Body = {}
    if look.tenant is not None and not look.tenant.gone:
        with suppress(PlatformError):
            fields["usage"] = _usage(await look.o.platform.usage(look.tenant.tenant_id))
            fields["costs"] = _costs(await look.o.platform.costs(look.tenant.tenant_id))
    return fields


def _usage(usage: Usage) -> Body:
    fields: Body = {
        "month": usage.month,
        "calls": usage.calls,
        "inputTokens": usage.input_tokens,
        "outputTokens": usage.output_tokens,
        "costUsd": f"{usage.cost_usd:.2f}",
    }
    if usage.budget_usd is not None:
        fields["budgetUsd"] = f"{usage.budget_usd:.2f}"
    return fields


def _costs(costs: Costs) -> Body:
    fields: Body = {
        "month": costs.month,
        "basis": costs.basis,
        "currency": costs.currency,
        "total": f"{costs.total:.2f}",
        "sessions": costs.sessions,
        "durablyResolved": costs.durably_resolved,
    }
    for name, each in (("perSession", costs.per_session), ("perResolvedCase", costs.per_resolved_case)):
        if each is not None:
            fields[name] = f"{each:.4f}"
    return fields
