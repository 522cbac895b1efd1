"""Who is worked on, and when: one loop per resource, woken by the watches, by time, or by another resource.

A loop makes a pass, then sleeps until something changes, or as long as the outcome of the pass says. Nothing is remembered
that a new process could not see for itself, so that it does not matter when one dies.
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
from caseplane_operator.faults import Known, fault_of
from caseplane_operator.kubernetes import path_of
from caseplane_operator.logs import log
from caseplane_operator.names import FINALIZER
from caseplane_operator.settings import OperatorSettings

Reconcile = Callable[[Operator, Body, Memory], Awaitable[Outcome]]


@dataclass
class Entry:
    """A resource that is looked after."""

    body: Body
    memory: Memory = field(default_factory=Memory)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    failures: int = 0
    waits: int = 0
    out_of_reach: bool = False
    """The platform did not answer the last pass."""
    phase: str = ""


class Controller:
    """Looks after resources; it is also what a pass may know of other resources.

    Args:
        settings: times and the number of passes at once.
        reconcilers: the pass by resource.
    """

    def __init__(self, settings: OperatorSettings, reconcilers: dict[str, Reconcile]) -> None:
        self._settings, self._reconcilers = settings, reconcilers
        self._entries: dict[Key, Entry] = {}
        self._turns = asyncio.Semaphore(settings.concurrency)
        self._roused = -math.inf
        self._operator: Operator | None = None

    def start(self, operator: Operator) -> None:
        """Begin; until then resources are only noted."""
        self._operator = operator
        for key, entry in list(self._entries.items()):
            self._spawn(key, entry)

    async def stop(self) -> None:
        """End every loop; what a pass was doing is found half done by the next process, as after a death."""
        tasks = [entry.task for entry in self._entries.values() if entry.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._entries.clear()

    # What the watches tell -------------------------------------------------------------------------

    def see(self, resource: str, kind: str | None, body: Any) -> None:
        """Note a resource as it is; `kind` is of the watch event, None for what was there at the start."""
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
        changed = _wanted(entry.body) != _wanted(plain) or (_held(entry.body) and not _held(plain))
        entry.body = plain
        self._count(key, entry)
        if changed:
            entry.failures = entry.waits = 0
            entry.woken.set()

    def meet(self, resource: str, body: Any) -> None:
        """Note a resource that a list holds, unless it is looked after: its watch may be deaf, or its loop have ended."""
        key = Key.of(resource, body["metadata"])
        entry = self._entries.get(key)
        if entry is not None and entry.task is not None and not entry.task.done():
            return  # and reads what is new by itself
        if entry is not None:
            self._forget(key)
        log.info("%s was found in a list and is looked after now", key)
        self.see(resource, None, body)

    # What a pass may know ---------------------------------------------------------------------------

    def body(self, key: Key) -> Body | None:
        """A resource as the watches last told of it."""
        entry = self._entries.get(key)
        return entry.body if entry else None

    def bodies(self, resource: str) -> list[Body]:
        """All resources of a kind."""
        return [entry.body for key, entry in self._entries.items() if key.resource == resource]

    def wake(self, resource: str, chosen: Callable[[Body], bool]) -> None:
        """Have some resources looked at now, because another one changed."""
        for key, entry in self._entries.items():
            if key.resource == resource and chosen(entry.body):
                entry.woken.set()

    # Loops ------------------------------------------------------------------------------------------

    def _spawn(self, key: Key, entry: Entry) -> None:
        self._count(key, entry)
        if self._operator is not None:
            entry.task = asyncio.create_task(self._live(key, entry, self._operator), name=str(key))

    def _forget(self, key: Key, *, uid: str | None = None) -> None:
        entry = self._entries.get(key)
        if entry is None or (uid is not None and entry.body["metadata"]["uid"] != uid):
            return
        del self._entries[key]
        metrics.RESOURCES.labels(entry.body["kind"], entry.phase).dec()
        if entry.task is not None and entry.task is not asyncio.current_task():
            entry.task.cancel()

    async def _live(self, key: Key, entry: Entry, operator: Operator) -> None:
        """Pass after pass, as long as the resource is there."""
        while self._entries.get(key) is entry:
            metrics.QUEUE.inc()
            async with self._turns:
                metrics.QUEUE.dec()
                entry.woken.clear()
                outcome = await self._pass(key, entry, operator)
            if outcome.gone:
                self._forget(key)
                return
            self._note_reach(entry, outcome)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(entry.woken.wait(), self._rest(entry, outcome))

    async def _pass(self, key: Key, entry: Entry, operator: Operator) -> Outcome:
        kind, started = entry.body["kind"], time.perf_counter()
        try:
            if not await self._refresh(key, entry, operator):
                return Outcome(gone=True)
            outcome = await self._reconcilers[key.resource](operator, entry.body, entry.memory)
        except Known as exc:
            outcome = Outcome(faults=(fault_of(exc),))
        except Exception as exc:  # noqa: BLE001 - a fault of ours in one resource must not end the others
            log.exception("the pass over %s failed", key)
            outcome = Outcome(faults=(Fault(Reason.Reconciling, f"{type(exc).__name__}: {exc}"),))
            metrics.RECONCILIATIONS.labels(kind, "error").inc()
        metrics.DURATION.labels(kind).observe(time.perf_counter() - started)
        said = "fault" if outcome.faults else "waiting" if outcome.waiting else "settled"
        metrics.RECONCILIATIONS.labels(kind, said).inc()
        for fault in outcome.faults:
            log.warning("%s: %s: %s", key, fault.reason, fault.message)
        return outcome

    def _note_reach(self, entry: Entry, outcome: Outcome) -> None:
        """Have all looked at that waited for the platform, once the first of them has reached it again.

        Not again before the longest wait is over: where it answers one time and not the next, the waits are to hold.
        """
        back = entry.out_of_reach
        entry.out_of_reach = any(
            fault.reason is Reason.PlatformUnreachable and fault.retry_after is None
            for fault in outcome.faults
        )
        now = time.monotonic()
        if not back or entry.out_of_reach or now - self._roused < self._settings.retry_cap.total_seconds():
            return
        self._roused = now
        for other in self._entries.values():
            if other.out_of_reach:
                other.woken.set()

    async def _refresh(self, key: Key, entry: Entry, operator: Operator) -> bool:
        """Read the resource as it is now; False if it is gone.

        The watch may be behind. It must not be behind our own last status, which says what is ours, nor behind a deletion.

        Raises:
            KubernetesError
        """
        found = await operator.kubernetes.get(path_of(key.resource, entry.body["metadata"]))
        if found is None or found["metadata"]["uid"] != entry.body["metadata"]["uid"]:
            return False
        entry.body = _plain(found)
        return True

    def _rest(self, entry: Entry, outcome: Outcome) -> float:
        """Seconds until the next pass, if nothing happens before."""
        s = self._settings
        passing = [fault for fault in outcome.faults if not fault.lasting]
        if passing:
            entry.failures += 1
            asked = max((fault.retry_after or 0.0 for fault in passing), default=0.0)
            grown = s.retry.total_seconds() * 2.0 ** min(entry.failures - 1, 20)
            return max(asked, min(grown, s.retry_cap.total_seconds())) * random.uniform(0.5, 1.0)  # noqa: S311
        entry.failures = 0
        if outcome.waiting:
            entry.waits += 1
            grown = s.settle.total_seconds() * 1.5 ** min(entry.waits - 1, 20)
            return float(min(grown, s.patience.total_seconds()))
        entry.waits = 0
        # What a person must change outside of the watches, such as a Secret, is looked for more often.
        longest = s.retry_cap if outcome.faults else s.resync
        rest = longest.total_seconds() * random.uniform(0.9, 1.1)  # noqa: S311
        # The platform tells its time in whole seconds, hence one more.
        return rest if outcome.due is None else min(rest, outcome.due + 1.0)

    def _count(self, key: Key, entry: Entry) -> None:
        phase = str((entry.body.get("status") or {}).get("phase") or "Pending")
        if phase != entry.phase:
            if entry.phase:
                metrics.RESOURCES.labels(entry.body["kind"], entry.phase).dec()
            metrics.RESOURCES.labels(entry.body["kind"], phase).inc()
            entry.phase = phase


def _plain(body: Any) -> Body:
    """A resource without the history of who wrote which field, which would be most of it."""
    kept = {name: body[name] for name in ("apiVersion", "kind", "metadata", "spec", "status") if name in body}
    meta = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    return {**kept, "metadata": meta}


def _wanted(body: Body) -> tuple[Any, ...]:
    """What of a resource asks for something; our own status is not among it."""
    meta = body["metadata"]
    return meta.get("generation"), meta.get("annotations"), meta.get("deletionTimestamp")


def _held(body: Body) -> bool:
    """Whether our finalizer is there; that it came is no news to us, that somebody took it is."""
    return FINALIZER in (body["metadata"].get("finalizers") or [])
