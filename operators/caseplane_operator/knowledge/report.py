"""What a knowledge base's status reports."""

from collections.abc import Sequence

from caseplane_operator.conditions import Condition, Fault, Reason, condition
from caseplane_operator.context import Body, stamp
from caseplane_operator.faults import KNOWN_ERRORS
from caseplane_operator.knowledge.look import KnowledgeLook
from caseplane_operator.knowledge.plan import SCANNED, SeenBase, WantedBase, newest, next_sync, running
from caseplane_operator.passes import Report
from caseplane_operator.platform_types import Ingestion, KnowledgeBase, Source

States = dict[str, str]
"""The state of each source of ours, by name."""


async def report(look: KnowledgeLook, wanted: WantedBase, seen: SeenBase, *, done: bool) -> Report:
    if seen.base is None:
        return Report()
    states, due = _states(wanted, seen), next_sync(wanted, seen, now=look.o.now())
    pending = _pending(states)
    busy = pending.reason is Reason.Syncing if pending else not done
    return Report(
        fields=_fields(look, wanted, seen, seen.base, states, done=done),
        ready=condition("Ready", True, Reason.Provisioned, f"Its name in the platform is {look.name}."),
        pending=pending,
        phase="Syncing" if busy else "Ready",
        warnings=await _failures(look, seen),
        waiting=any(running(source, seen.ingestions) for source in seen.sources),
        due=None if due is None else due.total_seconds(),
    )


def _pending(states: States) -> Condition | None:
    if syncing := sorted(name for name, state in states.items() if state == "Syncing"):
        message = f"Files are being indexed: {', '.join(syncing)}."
        return condition("Synced", False, Reason.Syncing, message)
    if waiting := sorted(name for name, state in states.items() if state == "Waiting"):
        message = f"Never synchronised, because the schedule is suspended: {', '.join(waiting)}."
        return condition("Synced", False, Reason.SourceWaiting, message)
    return None


def _fields(
    look: KnowledgeLook,
    wanted: WantedBase,
    seen: SeenBase,
    base: KnowledgeBase,
    states: States,
    *,
    done: bool,
) -> Body:
    scanned = [s for s in seen.sources if s.name in states and s.kind == SCANNED]
    dates = [s.last_synced_at for s in scanned]
    served = all(s.id in look.memory.synced for s in scanned)
    return {
        "tenantId": look.tenant_id,
        "knowledgeBaseId": base.id,
        "documents": base.documents,
        "chunks": base.chunks,
        "lastSyncTime": stamp(min(d for d in dates if d)) if dates and all(dates) else None,
        "lastSyncRequest": look.request if served else look.status.get("lastSyncRequest"),
        "sources": _sources(look, wanted, seen, states, done=done),
    }


def _states(wanted: WantedBase, seen: SeenBase) -> States:
    kinds = {s.name: s.kind for s in wanted.sources}
    return {s.name: _state(s, seen) for s in seen.sources if kinds.get(s.name) == s.kind}


def _state(source: Source, seen: SeenBase) -> str:
    if source.kind != SCANNED:
        return "Idle"
    if running(source, seen.ingestions):
        return "Syncing"
    last = newest(source.id, seen.ingestions, state="done")
    if last is not None and last.counts.get("failed"):
        return "Failed"
    return "Idle" if source.last_synced_at else "Waiting"


def _sources(
    look: KnowledgeLook, wanted: WantedBase, seen: SeenBase, states: States, *, done: bool
) -> list[Body]:
    """Our sources, by name. Only a source listed here counts as ours in the next pass, however this one ended."""
    listed = {s.name: _source(s, seen, states[s.name]) for s in seen.sources if s.name in states}
    # What was seen is older than what was done: a source just made may be missing, one to be removed still there.
    unclear = set[str]() if done else look.made - listed.keys()
    names = {source.name for source in wanted.sources}
    listed |= {n: {"name": n, "state": "Waiting" if n in names else "Removing"} for n in unclear}
    return [listed[name] for name in sorted(listed)]


def _source(source: Source, seen: SeenBase, state: str) -> Body:
    last = newest(source.id, seen.ingestions, state="done")
    entry: Body = {"name": source.name, "id": source.id, "state": state, "documents": source.documents}
    if source.kind == SCANNED:
        entry["failed"] = last.counts.get("failed", 0) if last else 0
    if source.last_synced_at:
        entry["lastSyncTime"] = stamp(source.last_synced_at)
    return entry


async def _failures(look: KnowledgeLook, seen: SeenBase) -> Sequence[Fault]:
    """What the latest ingestions could not index, in words."""
    faults = []
    for source in seen.sources:
        last = newest(source.id, seen.ingestions, state="done")
        if last is not None and last.counts.get("failed"):
            examples = await _examples(look, last)
            total = sum(last.counts.values())
            message = f"Source {source.name}: {last.counts['failed']} of {total} files failed{examples}."
            faults.append(Fault(Reason.DocumentsFailed, message, lasting=True))
    return faults


async def _examples(look: KnowledgeLook, ingestion: Ingestion) -> str:
    """A few of the files, read once per ingestion."""
    if ingestion.id not in look.memory.failures:
        try:
            items = await look.session.failed_items(look.base_id, ingestion.id)
        except KNOWN_ERRORS:
            return ""
        listed = "; ".join(f"{item.path} ({item.reason})" for item in items)
        look.memory.failures = {ingestion.id: f", such as {listed}"}
    return look.memory.failures[ingestion.id]
