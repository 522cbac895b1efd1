"""Decides which resource gets a pass, and when: one loop per resource.

A loop makes a pass, then sleeps until a watch reports a change, until another resource wakes it, or as long as the outcome of
the pass says. It remembers nothing that a new process could not find out, so it may be stopped at any time.
"""

import asyncio
import contextlib
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from caseplane_operator import metrics
from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.context import Body, Key, Memory, Operator, Outcome
from caseplane_operator.faults import KNOWN_ERRORS, fault_of
from caseplane_operator.kubernetes import path_of
from caseplane_operator.logs import log
from caseplane_operator.names import FINALIZER
from caseplane_operator.settings import OperatorSettings

Reconcile = Callable[[Operator, Body, Memory], Awaitable[Outcome]]


@dataclass
class Entry:
    """A resource with the state of its loop."""

    body: Body
    memory: Memory = field(default_factory=Memory)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    failures: int = 0
    waits: int = 0
    unreachable: bool = False
    """The platform did not answer the last pass."""
    phase: str = ""


class Controller:
    """Runs the loops; it is also the `Cluster` of every pass.

    Args:
        settings: times and the number of passes at once.
        reconcilers: the pass of each resource.
    """

    def __init__(self, settings: OperatorSettings, reconcilers: dict[str, Reconcile]) -> None:
        self._settings, self._reconcilers = settings, reconcilers
        self._entries: dict[Key, Entry] = {}
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._woke_all_at = -math.inf
        self._operator: Operator | None = None

    @property
    def resources(self) -> list[str]:
        return list(self._reconcilers)

    def start(self, operator: Operator) -> None:
        """Start the loops; before this, resources are only recorded."""
        self._operator = operator
        for key, entry in list(self._entries.items()):
            self._spawn(key, entry)

    async def stop(self) -> None:
        """Cancel every loop; the next process continues what a pass leaves unfinished, as after a crash."""
        tasks = [entry.task for entry in self._entries.values() if entry.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._entries.clear()

    # What watches and lists report ------------------------------------------------------------------

    def observe(self, resource: str, kind: str | None, body: Any) -> None:
        """Record a resource that a watch reports; `kind` is the event's, None for what existed at the start."""
        meta = body["metadata"]
        key = Key.of(resource, meta)
        if kind == "DELETED":
            self._forget(key, uid=meta["uid"])
            return
        entry = self._entries.get(key)
        plain = _plain(body)
        if entry is None or entry.body["metadata"]["uid"] != meta["uid"]:
            self._forget(key)
            self._entries[key] = entry = Entry(plain)
            self._spawn(key, entry)
            return
        changed = _wanted(entry.body) != _wanted(plain) or (
            _has_finalizer(entry.body) and not _has_finalizer(plain)
        )
        entry.body = plain
        self._count(entry)
        if changed:
            entry.failures = entry.waits = 0
            entry.woken.set()

    def observe_listed(self, resource: str, body: Any) -> None:
        """Record a resource that a list holds, unless it has a loop: its watch may have ended, or its loop."""
        key = Key.of(resource, body["metadata"])
        entry = self._entries.get(key)
        if entry is not None and entry.task is not None and not entry.task.done():
            return  # the loop reads the resource itself before each pass
        if entry is not None:
            self._forget(key)
        log.info("%s was found in a list and gets a loop now", key)
        self.observe(resource, None, body)

    # What a pass may know ---------------------------------------------------------------------------

    def body(self, key: Key) -> Body | None:
        entry = self._entries.get(key)
        return entry.body if entry else None

    def bodies(self, resource: str) -> list[Body]:
        return [entry.body for key, entry in self._entries.items() if key.resource == resource]

    def wake(self, resource: str, chosen: Callable[[Body], bool]) -> None:
        """Start a pass over some resources now, because another one changed."""
        for key, entry in self._entries.items():
            if key.resource == resource and chosen(entry.body):
                entry.woken.set()

    # Loops ------------------------------------------------------------------------------------------

    def _spawn(self, key: Key, entry: Entry) -> None:
        self._count(entry)
        if self._operator is not None:
            entry.task = asyncio.create_task(self._loop(key, entry, self._operator), name=str(key))

    def _forget(self, key: Key, *, uid: str | None = None) -> None:
        entry = self._entries.get(key)
        if entry is None or (uid is not None and entry.body["metadata"]["uid"] != uid):
            return
        del self._entries[key]
        metrics.RESOURCES.labels(entry.body["kind"], entry.phase).dec()
        if entry.task is not None and entry.task is not asyncio.current_task():
            entry.task.cancel()

    async def _loop(self, key: Key, entry: Entry, operator: Operator) -> None:
        """Make pass after pass while the resource exists."""
        while self._entries.get(key) is entry:
            metrics.QUEUE.inc()
            async with self._slots:
                metrics.QUEUE.dec()
                entry.woken.clear()
                outcome = await self._pass(key, entry, operator)
            if outcome.gone:
                self._forget(key)
                return
            self._note_reach(entry, outcome)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(entry.woken.wait(), self._delay(entry, outcome))

    async def _pass(self, key: Key, entry: Entry, operator: Operator) -> Outcome:
        kind, started = entry.body["kind"], time.perf_counter()
        try:
            if not await self._refresh(key, entry, operator):
                return Outcome(gone=True)
            outcome = await self._reconcilers[key.resource](operator, entry.body, entry.memory)
        except KNOWN_ERRORS as exc:
            outcome = Outcome(faults=(fault_of(exc),))
        except Exception as exc:  # noqa: BLE001 - a bug in one pass must not stop the other loops
            log.exception("the pass over %s failed", key)
            outcome = Outcome(faults=(Fault(Reason.Reconciling, f"{type(exc).__name__}: {exc}"),))
            metrics.RECONCILIATIONS.labels(kind, "error").inc()
        metrics.DURATION.labels(kind).observe(time.perf_counter() - started)
        result = "fault" if outcome.faults else "waiting" if outcome.waiting else "settled"
        metrics.RECONCILIATIONS.labels(kind, result).inc()
        for fault in outcome.faults:
            log.warning("%s: %s: %s", key, fault.reason, fault.message)
        return outcome

    def _note_reach(self, entry: Entry, outcome: Outcome) -> None:
        """Wake every resource that could not reach the platform, once the first of them reaches it again.

        At most once per longest retry delay: while the platform answers only now and then, the delays must hold.
        """
        was_unreachable = entry.unreachable
        entry.unreachable = any(
            fault.reason is Reason.PlatformUnreachable and fault.retry_after is None
            for fault in outcome.faults
        )
        back, now = was_unreachable and not entry.unreachable, time.monotonic()
        if not back or now - self._woke_all_at < self._settings.retry_cap.total_seconds():
            return
        self._woke_all_at = now
        for other in self._entries.values():
            if other.unreachable:
                other.woken.set()

    async def _refresh(self, key: Key, entry: Entry, operator: Operator) -> bool:
        """Read the resource as it is now; False if it is gone.

        The watch may be late. A pass must not miss a deletion, nor our own last status, which records what is ours.

        Raises:
            KubernetesError
        """
        found = await operator.kubernetes.get(path_of(key.resource, entry.body["metadata"]))
        if found is None or found["metadata"]["uid"] != entry.body["metadata"]["uid"]:
            return False
        entry.body = _plain(found)
        return True

    def _delay(self, entry: Entry, outcome: Outcome) -> float:
        """Seconds until the next pass, unless something wakes the loop earlier."""
        s = self._settings
        transient = [fault for fault in outcome.faults if not fault.lasting]
        if transient:
            entry.failures += 1
            asked = max((fault.retry_after or 0.0 for fault in transient), default=0.0)
            grown = s.retry.total_seconds() * 2.0 ** min(entry.failures - 1, 20)
            return max(asked, min(grown, s.retry_cap.total_seconds())) * random.uniform(0.5, 1.0)  # noqa: S311
        entry.failures = 0
        if outcome.waiting:
            entry.waits += 1
            grown = s.settle.total_seconds() * 1.5 ** min(entry.waits - 1, 20)
            return float(min(grown, s.patience.total_seconds()))
        entry.waits = 0
        # A lasting fault may be resolved where no watch reports it, such as in a Secret, so it is checked more often.
        longest = s.retry_cap if outcome.faults else s.resync
        delay = longest.total_seconds() * random.uniform(0.9, 1.1)  # noqa: S311
        # The platform's clock is known in whole seconds, hence one more.
        return delay if outcome.due is None else min(delay, outcome.due + 1.0)

    def _count(self, entry: Entry) -> None:
        phase = str((entry.body.get("status") or {}).get("phase") or "Pending")
        if phase != entry.phase:
            if entry.phase:
                metrics.RESOURCES.labels(entry.body["kind"], entry.phase).dec()
            metrics.RESOURCES.labels(entry.body["kind"], phase).inc()
            entry.phase = phase


def _plain(body: Any) -> Body:
    """A resource without its managed fields, which would be most of it."""
    kept = {name: body[name] for name in ("apiVersion", "kind", "metadata", "spec", "status") if name in body}
    meta = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    return {**kept, "metadata": meta}


def _wanted(body: Body) -> tuple[Any, ...]:
    """The part of a resource that asks for something; our own status is not in it."""
    meta = body["metadata"]
    return meta.get("generation"), meta.get("annotations"), meta.get("deletionTimestamp")


def _has_finalizer(body: Body) -> bool:
    """Whether our finalizer is set; a pass follows when another party removes it, not when we add it."""
    return FINALIZER in (body["metadata"].get("finalizers") or [])
