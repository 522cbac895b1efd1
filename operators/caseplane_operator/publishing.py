"""Writes what a pass found to the resource: the status, only if it says something new, and events."""

from datetime import datetime

from caseplane_operator import metrics
from caseplane_operator.context import Body, Memory, Operator, stamp
from caseplane_operator.faults import fault_of
from caseplane_operator.kubernetes import ConflictError, GoneError, KubernetesError
from caseplane_operator.logs import log


async def publish(o: Operator, resource: str, body: Body, status: Body, memory: Memory) -> bool:
    """Write a status that differs from the one there is; False if the resource is gone.

    Raises:
        KubernetesError: it could not be written; the pass is to be made again.
    """
    before = body.get("status") or {}
    if status == before:
        return True
    try:
        await o.kubernetes.apply_status(resource, body, status)
    except (GoneError, ConflictError):  # another object of this name, or none
        return False
    await _tell_changes(o, body, before, status)
    _measure(body, status, memory)
    return True


async def tell(o: Operator, body: Body, reason: str, message: str, *, kind: str = "Normal") -> None:
    """Post an event; without it the resource is no worse."""
    try:
        await o.kubernetes.tell(body, kind, reason, message, at=stamp(o.now()))
    except KubernetesError as exc:
        log.warning("event %s was not posted: %s", reason, fault_of(exc).message)


async def _tell_changes(o: Operator, body: Body, before: Body, status: Body) -> None:
    """An event for a condition that turned, or whose reason did while it is not as it should be."""
    known = {c["type"]: (c["status"], c["reason"]) for c in before.get("conditions") or []}
    for condition in status["conditions"]:
        now = (condition["status"], condition["reason"])
        good = now[0] == ("False" if condition["type"] == "Degraded" else "True")
        if known.get(condition["type"], ("", "")) == now or condition["type"] == "Synced":
            continue
        if condition["type"] == "Degraded" and not good:
            await tell(o, body, condition["reason"], condition["message"], kind="Warning")
        elif condition["type"] == "Ready" and good:
            await tell(o, body, "Ready", condition["message"])


def _measure(body: Body, status: Body, memory: Memory) -> None:
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status["conditions"])
    if not ready or memory.was_ready:
        return
    memory.was_ready = True
    if any(
        c["type"] == "Ready" and c["status"] == "True"
        for c in (body.get("status") or {}).get("conditions") or []
    ):
        return
    made = datetime.fromisoformat(body["metadata"]["creationTimestamp"])
    since = next(c["lastTransitionTime"] for c in status["conditions"] if c["type"] == "Ready")
    seconds = (datetime.fromisoformat(since) - made).total_seconds()
    metrics.TIME_TO_READY.labels(body["kind"]).observe(max(0.0, seconds))
