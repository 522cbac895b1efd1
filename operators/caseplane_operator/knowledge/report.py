"""Says how a knowledge base stands: its status, from what was seen and what went wrong."""

from collections.abc import Sequence

from caseplane_operator.conditions import Condition, Fault, Reason, degraded, holds, merge
from caseplane_operator.context import Body, stamp
from caseplane_operator.knowledge.look import BaseLook
from caseplane_operator.knowledge.plan import SCANNED, SeenBase, WantedBase, newest, running
from caseplane_operator.platform_types import Source

OUT_OF_SIGHT = frozenset([Reason.PlatformUnreachable, Reason.KubernetesUnavailable])


def status_of(
    look: BaseLook,
    wanted: WantedBase | None,
    seen: SeenBase | None,
    faults: Sequence[Fault],
    failures: Sequence[Fault],
    *,
    done: bool,
) -> Body:
    """The whole status; what could not be seen this time is said as it was last seen."""
    states = _states(wanted, seen)
    conditions = [
        _ready(look, seen, faults),
        _synced(look, states, faults, done=done),
        degraded([*faults, *failures]),
    ]
    before = look.body.get("status") or {}
    status: Body = {
        **look.status,
        "observedGeneration": look.meta.generation,
        "phase": _phase(look, conditions),
        "conditions": merge(
            before.get("conditions") or [],
            conditions,
            generation=look.meta.generation,
            now=stamp(look.o.now()),
        ),
    }
    if wanted is not None and seen is not None and seen.base is not None:
        status.update(_counted(look, seen, states))
        status["sources"] = _sources(look, wanted, seen, states, done=done)
    return {name: value for name, value in status.items() if value not in (None, "")}


def _counted(look: BaseLook, seen: SeenBase, states: dict[str, str]) -> Body:
    assert seen.base is not None, "the caller has looked"
    ours = [s for s in seen.sources if s.name in states]
    synced = [s.last_synced_at for s in ours if s.kind == SCANNED]
    return {
        "tenantId": look.tenant_id,
        "knowledgeBaseId": seen.base.id,
        "documents": seen.base.documents,
        "chunks": seen.base.chunks,
        "lastSyncTime": stamp(min(d for d in synced if d)) if synced and all(synced) else None,
        "lastSyncRequest": look.request if _obeyed(look, ours) else look.status.get("lastSyncRequest"),
    }


def _sources(
    look: BaseLook, wanted: WantedBase, seen: SeenBase, states: dict[str, str], *, done: bool
) -> list[Body]:
    """Our sources, by name. Only what says so here is ours at the next pass, whatever became of this one."""
    said = {s.name: _source(s, seen, states[s.name]) for s in seen.sources if s.name in states}
    # What was seen is older than what was done about it: one that was made may be missing there, or removed in vain.
    unclear = set[str]() if done else look.made - said.keys()
    names = {source.name for source in wanted.sources}
    said |= {name: {"name": name, "state": "Waiting" if name in names else "Removing"} for name in unclear}
    return [said[name] for name in sorted(said)]


def _obeyed(look: BaseLook, ours: Sequence[Source]) -> bool:
    """Every source was looked at since somebody asked."""
    return all(s.id in look.memory.synced for s in ours if s.kind == SCANNED)


def _source(source: Source, seen: SeenBase, state: str) -> Body:
    last = newest(source.id, seen.ingestions, state="done")
    said: Body = {"name": source.name, "id": source.id, "state": state, "documents": source.documents}
    if source.kind == SCANNED:
        said["failed"] = last.counts.get("failed", 0) if last else 0
    if source.last_synced_at:
        said["lastSyncTime"] = stamp(source.last_synced_at)
    return said


def _states(wanted: WantedBase | None, seen: SeenBase | None) -> dict[str, str]:
    """In a word, how each source of ours stands."""
    if wanted is None or seen is None:
        return {}
    names = {s.name: s.kind for s in wanted.sources}
    return {s.name: _state(s, seen) for s in seen.sources if names.get(s.name) == s.kind}


def _state(source: Source, seen: SeenBase) -> str:
    if source.kind != SCANNED:
        return "Idle"
    if running(source, seen.ingestions):
        return "Syncing"
    last = newest(source.id, seen.ingestions, state="done")
    if last is not None and last.counts.get("failed"):
        return "Failed"
    return "Idle" if source.last_synced_at else "Waiting"


def _ready(look: BaseLook, seen: SeenBase | None, faults: Sequence[Fault]) -> Condition:
    if look.meta.deletion_timestamp:
        return holds("Ready", False, Reason.Deleting, "The resource is being deleted.")
    if seen is not None and seen.base is not None:
        return holds("Ready", True, Reason.Provisioned, f"It is searched as {look.name}.")
    reason = faults[0].reason if faults else Reason.Reconciling
    message = faults[0].message if faults else ""
    return holds("Ready", None if reason in OUT_OF_SIGHT else False, reason, message)


def _synced(look: BaseLook, states: dict[str, str], faults: Sequence[Fault], *, done: bool) -> Condition:
    if faults:
        return holds("Synced", False, faults[0].reason, faults[0].message)
    if look.meta.deletion_timestamp:
        return holds("Synced", False, Reason.Deleting)
    if syncing := sorted(name for name, state in states.items() if state == "Syncing"):
        return holds("Synced", False, Reason.Syncing, f"Files are being read: {', '.join(syncing)}.")
    if waiting := sorted(name for name, state in states.items() if state == "Waiting"):
        message = f"Never read, as the schedule is suspended: {', '.join(waiting)}."
        return holds("Synced", False, Reason.SourceWaiting, message)
    return holds("Synced", done, Reason.Provisioned if done else Reason.Reconciling)


def _phase(look: BaseLook, conditions: Sequence[Condition]) -> str:
    ready, synced, degraded_now = conditions
    if look.meta.deletion_timestamp:
        return "Deleting"
    if degraded_now.status == "True":
        return "Degraded"
    if ready.status != "True":
        return "Pending"
    return "Syncing" if synced.reason in (Reason.Syncing, Reason.Reconciling) else "Ready"
