"""One pass over a resource: the same for every kind, and for creation, edit, restart, drift and deletion.

It looks at what is wanted and at what exists, plans what differs, makes the changes, and looks again until the plan is empty;
then it reports. A kind is a subclass of `Pass` with what is particular to it. What a subclass does may raise any of
`KNOWN_ERRORS`, which then becomes a fault in the status.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from pydantic import ValidationError

from caseplane_operator import metrics
from caseplane_operator.actions import Action
from caseplane_operator.conditions import Condition, Fault, Reason, condition, degraded, failing, merge
from caseplane_operator.context import Body, Memory, Operator, Outcome, stamp
from caseplane_operator.crds import ResourceSpec, metadata_of, spec_of
from caseplane_operator.faults import KNOWN_ERRORS, fault_of, with_release_hint
from caseplane_operator.kubernetes import GoneError
from caseplane_operator.names import FINALIZER, RELEASE
from caseplane_operator.publishing import post_event, publish

ROUNDS = 8
"""Looks of one pass. Each sees further than the one before; a plan that never ends would be a bug."""

SpecT = TypeVar("SpecT", bound=ResourceSpec)
WantedT = TypeVar("WantedT")
SeenT = TypeVar("SeenT")


@dataclass
class Findings(Generic[WantedT, SeenT]):
    """What a pass found out.

    Attributes:
        looked: what is wanted and what existed at the last look; None if the pass failed before.
        faults: what keeps the resource from matching its spec.
        done: the last plan was empty.
    """

    looked: tuple[WantedT, SeenT] | None = None
    faults: list[Fault] = field(default_factory=list)
    done: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a kind reports of a pass.

    Attributes:
        fields: of the status, besides those that every kind has.
        ready: the condition Ready; None if only the faults say why it does not hold.
        pending: the condition Synced while the platform is busy.
        phase: of a resource that is ready and has no fault.
        warnings: faults for Degraded that no further pass would change.
        waiting: the platform is about to finish something.
        due: seconds until the next pass must be made in any case.
    """

    fields: Body = field(default_factory=dict)
    ready: Condition | None = None
    pending: Condition | None = None
    phase: str = "Ready"
    warnings: Sequence[Fault] = ()
    waiting: bool = False
    due: float | None = None


class Pass(ABC, Generic[SpecT, WantedT, SeenT]):
    """A pass over one resource of a kind."""

    resource: ClassVar[str]
    namespaced: ClassVar[bool]
    model: type[SpecT]
    unknown_with: ClassVar = frozenset([Reason.PlatformUnreachable, Reason.KubernetesUnavailable])
    """With a fault of these reasons it is unknown whether the resource is ready."""

    spec: SpecT

    def __init__(self, o: Operator, body: Body, memory: Memory) -> None:
        self.o, self.body, self.memory = o, body, memory
        self.meta = metadata_of(body)
        self.deleting = self.meta.deletion_timestamp is not None
        self.status: Body = dict(body.get("status") or {})
        """As last reported; a subclass adds to it what is to be reported however the pass ends."""

    @classmethod
    async def reconcile(cls, o: Operator, body: Body, memory: Memory) -> Outcome:
        """Bring the platform closer to the resource's spec, and report the result."""
        return await cls(o, body, memory)._run()

    # What a kind supplies ---------------------------------------------------------------------------

    @abstractmethod
    async def wanted(self) -> tuple[WantedT, list[Fault]]:
        """What the spec asks for, and the faults of the parts that cannot be provided."""

    @abstractmethod
    async def seen(self, wanted: WantedT) -> SeenT:
        """What exists, as far as it can be seen at present."""

    @abstractmethod
    def plan(self, wanted: WantedT, seen: SeenT) -> Sequence[Action]:
        """What brings the platform closer to what is wanted; empty once it is there."""

    @abstractmethod
    async def act(self, action: Action) -> None:
        """Make one change."""

    @abstractmethod
    async def report(
        self, wanted: WantedT, seen: SeenT, *, faults: Sequence[Fault], done: bool
    ) -> Report: ...

    @abstractmethod
    async def last_actions(self, *, delete: bool) -> Sequence[Action]:
        """What is left to do before the finalizer may be removed; `delete` is the reclaim policy."""

    async def ended(self, *, delete: bool) -> bool:
        """Whether the last actions have taken effect."""
        return True

    def conflicts(self, wanted: WantedT, seen: SeenT) -> list[Fault]:
        """Faults of the parts that what exists rules out."""
        return []

    def announce(self, wanted: WantedT, actions: Sequence[Action]) -> None:
        """Add to `status` what the actions will make and nothing but the status would identify as ours."""

    def published(self, status: Body) -> None:
        """Called once the status is written."""

    # The pass ---------------------------------------------------------------------------------------

    async def _run(self) -> Outcome:
        has_finalizer = FINALIZER in self.meta.finalizers
        if self.deleting and not has_finalizer:
            return Outcome(gone=True)
        if self.deleting and self.meta.annotations.get(RELEASE) == "true":
            return await self._release()
        try:
            self.spec = spec_of(self.body, self.model)
        except ValidationError as exc:  # reported before a finalizer could hold the resource
            return await self._finish(Findings(faults=[fault_of(exc)]))
        if self.deleting:
            return await self._end()
        if not has_finalizer and not await self._set_finalizer(FINALIZER):
            return Outcome(gone=True)
        return await self._finish(await self._converge())

    async def _converge(self) -> Findings[WantedT, SeenT]:
        found = Findings[WantedT, SeenT]()
        try:
            wanted, impossible = await self.wanted()
            for _ in range(ROUNDS):
                seen = await self.seen(wanted)
                actions = self.plan(wanted, seen)
                found.looked, found.done = (wanted, seen), not actions
                await self._announce(wanted, actions)
                failed = await self._make(actions)
                found.faults = [*impossible, *self.conflicts(wanted, seen), *failed]
                if found.done or failed:
                    break
        except KNOWN_ERRORS as exc:
            found.faults, found.done = [fault_of(exc)], False
        return found

    async def _announce(self, wanted: WantedT, actions: Sequence[Action]) -> None:
        """Report what is about to be ours before it is made: after a crash in between, nothing else would show it."""
        before = dict(self.status)
        self.announce(wanted, actions)
        if self.status != before:
            await self.o.kubernetes.apply_status(self.resource, self.body, self.status)

    async def _make(self, actions: Sequence[Action]) -> list[Fault]:
        """Make the changes in order; one that fails does not stop the others."""
        faults = []
        for action in actions:
            try:
                await self.act(action)
            except KNOWN_ERRORS as exc:
                faults.append(fault_of(exc, refused_as=action.refused_as))
                continue
            metrics.ACTIONS.labels(type(action).__name__).inc()
            if action.event:
                await post_event(self.o, self.body, *action.event)
        return faults

    async def _end(self) -> Outcome:
        """Finish a deletion, as far as possible at present."""
        delete = self.spec.reclaim_policy == "Delete"
        try:
            faults = await self._make(await self.last_actions(delete=delete))
            ended = not faults and await self.ended(delete=delete)
        except KNOWN_ERRORS as exc:
            faults, ended = [fault_of(exc)], False
        return await self._release() if ended else await self._finish(Findings(faults=faults))

    async def _release(self) -> Outcome:
        await self._set_finalizer(None)
        return Outcome(gone=True)

    async def _set_finalizer(self, finalizer: str | None) -> bool:
        """Add or remove our finalizer; False if the resource is gone."""
        try:
            await self.o.kubernetes.set_finalizer(self.resource, self.body, finalizer)
        except GoneError:
            return False
        return True

    # The report -------------------------------------------------------------------------------------

    async def _finish(self, found: Findings[WantedT, SeenT]) -> Outcome:
        if self.deleting:
            found.faults = [with_release_hint(fault) for fault in found.faults]
        report = Report()
        if found.looked:
            report = await self.report(*found.looked, faults=found.faults, done=found.done)
        status = self._status(found, report)
        there = await publish(self.o, self.resource, self.body, status, self.memory)
        self.published(status)
        return Outcome(
            faults=tuple(found.faults),
            waiting=report.waiting or not (found.done or found.faults),
            due=report.due,
            gone=not there,
        )

    def _status(self, found: Findings[WantedT, SeenT], report: Report) -> Body:
        """The whole status; what could not be seen this time stays as last reported."""
        ready, synced = self._ready(found.faults, report), self._synced(found, report)
        problems = [*found.faults, *report.warnings]
        before = (self.body.get("status") or {}).get("conditions") or []
        generation, now = self.meta.generation, stamp(self.o.now())
        status: Body = {
            **self.status,
            "observedGeneration": generation,
            "phase": self._phase(ready, report, degraded=bool(problems)),
            "conditions": merge(before, (ready, synced, degraded(problems)), generation=generation, now=now),
            **report.fields,
        }
        return {name: value for name, value in status.items() if value not in (None, "", {})}

    def _ready(self, faults: Sequence[Fault], report: Report) -> Condition:
        if self.deleting:
            return condition("Ready", False, Reason.Deleting, "The resource is being deleted.")
        unknown = bool(faults) and faults[0].reason in self.unknown_with
        return report.ready or failing("Ready", faults, unknown=unknown)

    def _synced(self, found: Findings[WantedT, SeenT], report: Report) -> Condition:
        if found.faults:
            return failing("Synced", found.faults)
        if self.deleting:
            return condition("Synced", False, Reason.Deleting, "The platform has not finished the deletion.")
        reason = Reason.Provisioned if found.done else Reason.Reconciling
        return report.pending or condition("Synced", found.done, reason)

    def _phase(self, ready: Condition, report: Report, *, degraded: bool) -> str:
        if self.deleting:
            return "Deleting"
        if ready.reason is Reason.Suspended:
            return "Suspended"
        if degraded:
            return "Degraded"
        return report.phase if ready.status == "True" else "Pending"
