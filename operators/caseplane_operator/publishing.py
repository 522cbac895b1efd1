"""Writes the status, only if it changed, and posts the events that follow from the change."""

from datetime import datetime

from caseplane_operator import metrics
from caseplane_operator.conditions import is_true
from caseplane_operator.context import Body, Memory, Operator, stamp
from caseplane_operator.faults import fault_of
from caseplane_operator.kubernetes import ConflictError, GoneError, KubernetesError
from caseplane_operator.logs import log


async def publish(o: Operator, resource: str, body: Body, status: Body, memory: Memory) -> bool:
    """Write a status that differs from the stored one; False if the resource is gone.

    Raises:
        KubernetesError: it could not be written; the pass must be repeated.
    """
    before = body.get("status") or {}
    if status == before:
        return True
    try:
        await o.kubernetes.apply_status(resource, body, status)
    except (GoneError, ConflictError):  # a conflict: another object has the name by now
        return False
    await _post_changes(o, body, before, status)
    _measure(body, before, status, memory)
    return True


async def post_event(o: Operator, body: Body, reason: str, message: str, *, kind: str = "Normal") -> None:
    """Post an event; a failure to post one is only logged."""
    try:
        await o.kubernetes.post_event(body, kind, reason, message, at=stamp(o.now()))
    except KubernetesError as exc:
        log.warning("event %s was not posted: %s", reason, fault_of(exc).message)


async def _post_changes(o: Operator, body: Body, before: Body, status: Body) -> None:
    """Post an event when the resource becomes Ready, and for every new reason of Degraded."""
    known = {c["type"]: (c["status"], c["reason"]) for c in before.get("conditions") or []}
    for each in status["conditions"]:
        kind, now = each["type"], (each["status"], each["reason"])
        if known.get(kind) == now:
            continue
        if kind == "Degraded" and each["status"] == "True":
            await post_event(o, body, each["reason"], each["message"], kind="Warning")
        elif kind == "Ready" and each["status"] == "True":
            await post_event(o, body, "Ready", each["message"])


def _measure(body: Body, before: Body, status: Body, memory: Memory) -> None:
    """Record the time from creation to the first Ready."""
    if memory.was_ready or not is_true(status, "Ready"):
        return
    memory.was_ready = True
    if is_true(before, "Ready"):
        return
    made = datetime.fromisoformat(body["metadata"]["creationTimestamp"])
    since = next(c["lastTransitionTime"] for c in status["conditions"] if c["type"] == "Ready")
    seconds = (datetime.fromisoformat(since) - made).total_seconds()
    metrics.TIME_TO_READY.labels(body["kind"]).observe(max(0.0, seconds))
