"""One pass over a KnowledgeBase, the same for creation, edit, restart, drift and deletion."""

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.context import Body, Memory, Operator, Outcome
from caseplane_operator.crds import KnowledgeBaseSpec, TenantRef, metadata_of, spec_of
from caseplane_operator.faults import FaultError, Known, fault_of, held
from caseplane_operator.knowledge.act import TOLD, act
from caseplane_operator.knowledge.look import BaseLook
from caseplane_operator.knowledge.plan import (
    Action,
    AddBase,
    AddSource,
    SeenBase,
    StartSync,
    WantedBase,
    newest,
    next_look,
    plan,
    running,
    taken,
)
from caseplane_operator.knowledge.report import status_of
from caseplane_operator.kubernetes import GoneError, KubernetesError
from caseplane_operator.names import FINALIZER, KNOWLEDGE_BASES, RELEASE
from caseplane_operator.platform_types import Ingestion
from caseplane_operator.publishing import publish, tell

ROUNDS = 6
NOWHERE = KnowledgeBaseSpec(tenant_ref=TenantRef(name="none"))


async def reconcile_knowledge_base(o: Operator, body: Body, memory: Memory) -> Outcome:
    """Bring the platform nearer to what a KnowledgeBase says, and say how it stands."""
    meta = metadata_of(body)
    if meta.deletion_timestamp and FINALIZER not in meta.finalizers:
        return Outcome(gone=True)
    try:
        spec = spec_of(body, KnowledgeBaseSpec)
    except Known as exc:
        look = BaseLook(o, body, meta, NOWHERE, memory)
        return await _finish(look, None, None, [fault_of(exc)], done=False)
    look = BaseLook(o, body, meta, spec, memory)
    if meta.deletion_timestamp:
        return await _end(look)
    if FINALIZER not in meta.finalizers:
        try:
            await o.kubernetes.set_finalizer(KNOWLEDGE_BASES, body, FINALIZER)
        except GoneError:
            return Outcome(gone=True)
        except KubernetesError as exc:
            return Outcome(faults=(fault_of(exc),))
    return await _converge(look)


async def _converge(look: BaseLook) -> Outcome:
    faults: list[Fault] = []
    wanted: WantedBase | None = None
    seen: SeenBase | None = None
    done = False
    try:
        await look.enter()
        wanted, impossible = look.wanted()
        for _ in range(ROUNDS):
            seen = await look.seen()
            actions = plan(wanted, seen, now=look.o.now())
            done = not actions
            await _announce(look, wanted, actions)
            failed = await _act_all(look, actions)
            faults = [*impossible, *_taken(wanted, seen), *failed]
            if done or failed:
                break
    except (*Known, FaultError) as exc:
        faults, done = [fault_of(exc)], False
    return await _finish(look, wanted, seen, faults, done=done)


async def _announce(look: BaseLook, wanted: WantedBase, actions: tuple[Action, ...]) -> None:
    """Say what is about to be ours before it is made: after a death in between, nobody else could."""
    before = dict(look.status)
    new = {action.name for action in actions if isinstance(action, AddSource)}
    if any(isinstance(action, AddBase) for action in actions):
        look.status["tenantId"] = look.tenant_id  # it is deleted from there, whatever becomes of the Tenant
        new = {source.name for source in wanted.sources} - wanted.blocked  # they come next
    if new - look.made:
        named = [{"name": name, "state": "Waiting"} for name in sorted(new - look.made)]
        look.made |= new
        look.status["sources"] = [*(look.status.get("sources") or []), *named]
    if look.status != before:
        await look.o.kubernetes.apply_status(KNOWLEDGE_BASES, look.body, look.status)


async def _act_all(look: BaseLook, actions: tuple[Action, ...]) -> list[Fault]:
    """Make changes in order; one that fails keeps none of the others back."""
    faults = []
    for action in actions:
        try:
            await act(look, action)
        except Known as exc:
            faults.append(fault_of(exc))
        else:
            if type(action) in TOLD:
                await tell(look.o, look.body, *TOLD[type(action)])
            elif isinstance(action, StartSync) and action.asked:
                await tell(look.o, look.body, "SyncStarted", "A source is looked at, as somebody asked.")
    return faults


def _taken(wanted: WantedBase, seen: SeenBase) -> list[Fault]:
    return [
        Fault(
            Reason.SourceTaken,
            f"Source {name} was made by somebody else, of another kind; rename this one.",
            lasting=True,
        )
        for name in taken(wanted, seen)
    ]


async def _finish(
    look: BaseLook, wanted: WantedBase | None, seen: SeenBase | None, faults: list[Fault], *, done: bool
) -> Outcome:
    failures: list[Fault] = []
    if seen is not None and look.session is not None:
        failures = await _failures(look, seen)
    status = status_of(look, wanted, seen, faults, failures, done=done)
    if status.get("lastSyncRequest", "") == look.request:
        look.memory.synced.clear()
    gone = not await publish(look.o, KNOWLEDGE_BASES, look.body, status, look.memory)
    waiting = bool(seen and any(running(s, seen.ingestions) for s in seen.sources))
    due = next_look(wanted, seen, now=look.o.now()) if wanted and seen else None
    return Outcome(
        faults=tuple(faults),
        waiting=waiting or not (done or faults),
        due=due.total_seconds() if due is not None and not waiting else None,
        gone=gone,
    )


async def _failures(look: BaseLook, seen: SeenBase) -> list[Fault]:
    """What of the latest ingestions could not be indexed, in words."""
    faults = []
    for source in seen.sources:
        last = newest(source.id, seen.ingestions, state="done")
        if last is not None and last.counts.get("failed"):
            examples = await _examples(look, last)
            total = sum(last.counts.values())
            message = f"Source {source.name}: {last.counts['failed']} of {total} files failed{examples}."
            faults.append(Fault(Reason.DocumentsFailed, message, lasting=True))
    return faults


async def _examples(look: BaseLook, ingestion: Ingestion) -> str:
    """A few of the files, asked for once per ingestion."""
    if ingestion.id not in look.memory.failures:
        assert look.base is not None, "an ingestion is of a knowledge base"
        try:
            items = await look.at.failed_items(look.base.id, ingestion.id)
        except Known:
            return ""
        shown = "; ".join(f"{item.path} ({item.reason})" for item in items)
        look.memory.failures = {ingestion.id: f", such as {shown}"}
    return look.memory.failures[ingestion.id]


async def _end(look: BaseLook) -> Outcome:
    """Finish a deletion, as far as it can be at present."""
    forget = look.spec.reclaim_policy == "Delete" and look.meta.annotations.get(RELEASE) != "true"
    if forget and look.tenant_id:  # without it, nothing was made
        try:
            # Not with the tenant's own key: its Tenant may be gone, or suspended, or no longer admit this resource.
            await look.o.platform.remove_base(look.tenant_id, look.name)
        except Known as exc:
            return await _finish(look, None, None, [held(fault_of(exc))], done=False)
    try:
        await look.o.kubernetes.set_finalizer(KNOWLEDGE_BASES, look.body, None)
    except GoneError:
        pass
    except KubernetesError as exc:
        return Outcome(faults=(fault_of(exc),))
    return Outcome(gone=True)
