"""One pass over a Tenant, the same for creation, edit, restart, drift and deletion."""

import contextlib

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.context import Body, Memory, Operator, Outcome
from caseplane_operator.crds import TenantSpec, metadata_of, spec_of
from caseplane_operator.faults import FaultError, Known, fault_of, held
from caseplane_operator.kubernetes import GoneError, KubernetesError
from caseplane_operator.names import FINALIZER, KNOWLEDGE_BASES, RELEASE, TENANTS
from caseplane_operator.platform import PlatformError
from caseplane_operator.platform_types import Costs, Usage
from caseplane_operator.publishing import publish, tell
from caseplane_operator.tenants.act import MEANING, TOLD, act
from caseplane_operator.tenants.look import TenantLook
from caseplane_operator.tenants.plan import (
    Action,
    AddConnector,
    AddProvider,
    SeenTenant,
    plan,
    plan_end,
    retired,
)
from caseplane_operator.tenants.report import status_of

ROUNDS = 8
"""Looks of one pass. Each sees a little further than the one before; a plan that never ends would be a fault of ours."""


async def reconcile_tenant(o: Operator, body: Body, memory: Memory) -> Outcome:
    """Bring the platform nearer to what a Tenant says, and say how it stands."""
    meta = metadata_of(body)
    if meta.deletion_timestamp and FINALIZER not in meta.finalizers:
        return Outcome(gone=True)
    try:
        spec = spec_of(body, TenantSpec)
    except Known as exc:
        look = TenantLook(o, body, meta, TenantSpec(), memory)
        return await _finish(look, None, [fault_of(exc)], done=False)
    look = TenantLook(o, body, meta, spec, memory)
    if meta.deletion_timestamp:
        return await _end(look)
    if FINALIZER not in meta.finalizers:
        try:
            await o.kubernetes.set_finalizer(TENANTS, body, FINALIZER)
        except GoneError:
            return Outcome(gone=True)
        except KubernetesError as exc:
            return Outcome(faults=(fault_of(exc),))
    return await _converge(look)


async def _converge(look: TenantLook) -> Outcome:
    faults: list[Fault] = []
    seen: SeenTenant | None = None
    done = False
    try:
        wanted, unknown = await look.wanted()
        for _ in range(ROUNDS):
            seen = await look.seen(suspended=wanted.suspended)
            grace = look.o.settings.key_grace
            actions = plan(wanted, seen, now=look.o.now(), grace=grace)
            done = not actions
            await _announce(look, actions)
            faults = [*unknown, *await _act_all(look, actions)]
            if done or len(faults) > len(unknown):
                break
        if done and seen is not None and seen.keys is not None:
            look.memory.keys_due = bool(retired(wanted, seen))
    except (*Known, FaultError) as exc:
        faults, done = [fault_of(exc)], False
    return await _finish(look, seen, faults, done=done)


async def _announce(look: TenantLook, actions: tuple[Action, ...]) -> None:
    """Say what is about to be ours before it is made: after a death in between, nobody else could."""
    before = dict(look.status)
    for action in actions:
        match action:
            case AddProvider(body):
                look.status["identityIssuer"] = body["issuer"]
            case AddConnector():
                look.status["connector"] = {"secretVersion": ""}
    if look.status != before:
        await look.o.kubernetes.apply_status(TENANTS, look.body, look.status)


async def _act_all(look: TenantLook, actions: tuple[Action, ...]) -> list[Fault]:
    """Make changes in order; one that fails keeps none of the others back."""
    faults = []
    for action in actions:
        try:
            await act(look, action)
        except Known as exc:
            refused = MEANING.get(type(action), Reason.PlatformRefused)
            faults.append(fault_of(exc, refused=refused))
        else:
            if type(action) in TOLD:
                await tell(look.o, look.body, *TOLD[type(action)])
    return faults


async def _finish(look: TenantLook, seen: SeenTenant | None, faults: list[Fault], *, done: bool) -> Outcome:
    usage, costs = await _spent(look) if done else (None, None)
    status = status_of(look, seen, faults, usage, costs, done=done)
    gone = not await publish(look.o, TENANTS, look.body, status, look.memory)
    look.o.cluster.wake(
        KNOWLEDGE_BASES, lambda kb: kb["spec"]["tenantRef"]["name"] == look.meta.name and _unwell(kb)
    )
    waiting = bool(seen and seen.tenant and seen.tenant.gone)
    due = look.o.settings.key_grace.total_seconds() + 1 if done and look.memory.keys_due else None
    return Outcome(faults=tuple(faults), waiting=waiting or not (done or faults), due=due, gone=gone)


async def _spent(look: TenantLook) -> tuple[Usage | None, Costs | None]:
    """What the tenant used and cost; without it the rest is no worse."""
    if look.tenant is None or look.tenant.gone:
        return None, None
    usage = costs = None
    with contextlib.suppress(PlatformError):
        usage = await look.o.platform.usage(look.tenant.tenant_id)
        costs = await look.o.platform.costs(look.tenant.tenant_id)
    return usage, costs


async def _end(look: TenantLook) -> Outcome:
    """Finish a deletion, as far as it can be at present."""
    if look.meta.annotations.get(RELEASE) == "true":
        return await _release(look)
    faults: list[Fault] = []
    seen: SeenTenant | None = None
    erase = look.spec.reclaim_policy == "Delete"
    try:
        look.memory.keys_due = True
        seen = await look.seen_at_end()
        faults = await _act_all(look, plan_end(seen, erase=erase, key_name=look.key_name))
        if not faults and not (erase and await look.still_there()):
            return await _release(look)
    except (*Known, FaultError) as exc:
        faults = [fault_of(exc)]
    return await _finish(look, seen, [held(fault) for fault in faults], done=False)


async def _release(look: TenantLook) -> Outcome:
    try:
        await look.o.kubernetes.set_finalizer(TENANTS, look.body, None)
    except GoneError:
        pass
    except KubernetesError as exc:
        return Outcome(faults=(fault_of(exc),))
    return Outcome(gone=True)


def _unwell(knowledge_base: Body) -> bool:
    conditions = (knowledge_base.get("status") or {}).get("conditions") or []
    return not any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
