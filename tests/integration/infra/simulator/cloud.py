"""The simulated account: what exists in it, and what it refuses.

It outlives every `up`, so that a test can look at it, change it behind Pulumi's back, and compare it with the
stack's state. Only `provider.py` talks to the engine; this is the server side of the provider's API calls.
"""

import copy
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.integration.infra.simulator import shapes
from tests.integration.infra.simulator.facts import Facts, NotKnownYetError
from tests.integration.infra.simulator.faults import FaultPlan
from tests.integration.infra.simulator.rulebook import Kind, RefusedError, Rulebook, Template, To
from tests.integration.infra.simulator.values import UNKNOWN, Properties, has_unknown, pick, plain


@dataclass
class Record:
    """A resource in the account."""

    kind: str
    id: str
    name: str
    """Its name in the program; the cloud has only the id."""
    inputs: Properties
    birth: int
    """The number of earlier creations in the account; the random parts derive from it."""
    outputs: Properties = field(default_factory=dict)
    polls: int = 0
    """Reads until it is ready."""
    owner: str = ""
    """Id of the resource that the cloud made this one for, and deletes it with."""
    content: dict[str, Any] = field(default_factory=dict)
    """Content that no provider sees, such as a bucket's objects."""

    def get(self, key: str) -> Any:
        """Its id, an output or an input."""
        return self.id if key == "id" else self.outputs.get(key, self.inputs.get(key))


class Cloud:
    """One account, project or subscription."""

    def __init__(self, book: Rulebook, **account: str) -> None:
        self.book, self.account = book, account
        self.records: dict[tuple[str, str], Record] = {}
        self.faults = FaultPlan()
        self.taken: set[tuple[str, str]] = set()
        """(type, id) that another customer of the cloud has."""
        self.settings: Properties = {}
        """The provider's configuration, such as the region and default tags."""
        self.births = 0
        self.lock = threading.RLock()

    def configure(self, settings: Properties) -> None:
        """Take a provider's configuration.

        Raises:
            RefusedError: it is for another account.
        """
        self.settings = settings
        if self.book.configure:
            self.book.configure(self, settings)

    # Reading ------------------------------------------------------------------------------------------------------

    def of(self, *kinds: str) -> list[Record]:
        """Everything of these types; of all types if none is named."""
        return [each for each in self.records.values() if not kinds or each.kind in kinds]

    def one(self, kind: str, **same: Any) -> Record:
        """The only resource of a type with these inputs or outputs."""
        found = [each for each in self.of(kind) if all(each.get(k) == v for k, v in same.items())]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources of {kind} with {same}, expected one")
        return found[0]

    def resolve(self, ref: To, value: Any) -> Record | None:
        """Find the resource that a value names; `None` if it is declared to be outside the account."""
        if isinstance(value, str) and ref.outside and re.search(ref.outside, value):
            return None
        for record in self.of(*ref.kinds):
            if record.get(ref.by) == value and record.polls <= 0:
                return record
        wrong = next((each.kind for each in self.of() if value in (each.id, each.outputs.get("arn"))), "")
        what = f"names a {wrong}" if wrong else "names nothing in this account"
        raise RefusedError(
            "NotFound", f"{value!r} {what}; expected the {ref.by} of a {' or '.join(ref.kinds)}"
        )

    def dependents(self, record: Record) -> Iterator[Record]:
        """The resources that name a resource and so prevent its deletion."""
        for other in self.of():
            refs = self.book.kinds[other.kind].refs if other is not record else {}
            for path, ref in refs.items():
                if ref.holds and record.kind in ref.kinds and other.owner != record.id:
                    given = [value for _, value in pick(other.inputs, path)]
                    if record.get(ref.by) in given:
                        yield other

    # Before any change: the provider's answers without the account ----------------------------------------------

    def type_faults(self, kind: str, inputs: Properties) -> list[shapes.Fault]:
        """What the SDK's classes do not allow."""
        open_sets = self.book.kinds[kind].open_sets
        faults = shapes.check(shapes.inputs_of(kind), inputs)
        return [each for each in faults if not (each.closed and plain(each.path) in open_sets)]

    def named(
        self, kind: str, name: str, inputs: Properties, old: str | None = None, digits: str = ""
    ) -> Properties:
        """Inputs with a generated name where the program gives none."""
        key = self.book.kinds[kind].autoname
        if not key or key in inputs:
            return inputs
        return {**inputs, key: old or f"{name}-{digits[:7] or '0000000'}"}

    # Changing it, as a provider does --------------------------------------------------------------------------

    def plan(self, kind: str, name: str, inputs: Properties, before: Record | None = None) -> Properties:
        """The result of a preview: the known outputs, after every rule that can be checked already.

        Raises:
            RefusedError: a rule is broken.
        """
        with self.lock:
            facts = Facts(self, kind, name, inputs, before, preview=True)
            self._judge(facts)
            known = self._outputs(facts, before.outputs if before else None)
            return known if before else {**known, **self._unknown_outputs(facts)}

    def create(self, kind: str, name: str, inputs: Properties) -> Record:
        """Make a resource.

        Raises:
            RefusedError: a rule is broken, a name is taken, or a reference names nothing.
        """
        with self.lock:
            self.births += 1
            facts = Facts(self, kind, name, inputs)
            self._judge(facts)
            return self._add(facts)

    def _add(self, facts: Facts, owner: str = "") -> Record:
        kind = self.book.kinds[facts.kind]
        facts.id = _fill(facts, kind.id)
        if (facts.kind, facts.id) in self.records or (facts.kind, facts.id) in self.taken:
            raise RefusedError("AlreadyExists", f"{facts.id} is there already, or belongs to another account")
        inputs = copy.deepcopy(facts.inputs)
        record = Record(facts.kind, facts.id, facts.name, inputs, facts.birth, polls=kind.polls, owner=owner)
        self.records[facts.kind, facts.id] = record
        record.outputs = self._outputs(facts, None)
        born = self.book.born.get(facts.kind)
        if born:
            born(self, record)
        return record

    def imply(self, owner: Record, kind: str, **inputs: Any) -> Record:
        """Create a resource that the cloud creates by itself, such as a network's default security group."""
        self.births += 1
        return self._add(Facts(self, kind, f"{owner.name}-implied", inputs), owner=owner.id)

    def read(self, kind: str, id_: str) -> Record | None:
        """Read a resource; each read of one that is still being made brings it closer to ready."""
        with self.lock:
            record = self.records.get((kind, id_))
            if record and record.polls > 0:
                record.polls -= 1
            return record

    def update(self, kind: str, id_: str, inputs: Properties) -> Record:
        """Change a resource in place.

        Raises:
            RefusedError: it is gone, or a rule is broken.
        """
        with self.lock:
            record = self.records.get((kind, id_))
            if record is None:
                raise RefusedError("NotFound", f"{id_} is gone")
            facts = Facts(self, kind, record.name, inputs, record)
            self._judge(facts)
            record.inputs = copy.deepcopy(inputs)
            record.outputs = self._outputs(facts, record.outputs)
            return record

    def delete(self, kind: str, id_: str) -> None:
        """Delete a resource; one that is gone already is no error.

        Raises:
            RefusedError: it is protected, not empty, or something depends on it.
        """
        with self.lock:
            record = self.records.get((kind, id_))
            if record is None:
                return
            self._may_delete(record)
            self.forget(record)

    def _may_delete(self, record: Record) -> None:
        kind = self.book.kinds[record.kind]
        if kind.protected_by and record.inputs.get(kind.protected_by) is True:
            raise RefusedError("DeletionProtected", f"{record.id}: set {kind.protected_by} to false first")
        for other in self.dependents(record):
            raise RefusedError("DependencyViolation", f"{record.id} is in use by {other.kind} {other.id}")
        full = self.book.empty.get(record.kind)
        reason = full(self, record) if full else None
        if reason:
            raise RefusedError("NotEmpty", f"{record.id}: {reason}")

    # Changing it behind Pulumi's back -------------------------------------------------------------------------

    def edit(self, record: Record, **inputs: Any) -> None:
        """Change a resource as in the console: no rule is checked."""
        with self.lock:
            record.inputs.update(inputs)
            shown = {key: value for key, value in inputs.items() if key in shapes.outputs_of(record.kind)}
            record.outputs.update(shown)

    def forget(self, record: Record) -> None:
        """Remove a resource, and what the cloud made for it: no rule is checked."""
        with self.lock:
            self.records.pop((record.kind, record.id), None)
            for each in [each for each in self.of() if each.owner == record.id or self._within(each, record)]:
                self.forget(each)

    def _within(self, record: Record, whole: Record) -> bool:
        """Whether a resource is a part of another, and so is deleted with it."""
        kind = self.book.kinds[record.kind]
        if not kind.within:
            return False
        ref = kind.refs[kind.within]
        given = [value for _, value in pick(record.inputs, kind.within)]
        return whole.kind in ref.kinds and whole.get(ref.by) in given

    # Comparing it with a stack's state ------------------------------------------------------------------------

    def orphans(self, state: Iterable[tuple[str, str]]) -> list[Record]:
        """Resources that exist here, but not in the state: `state` has (type, id)."""
        kept = set(state)
        return [each for each in self.of() if not each.owner and (each.kind, each.id) not in kept]

    def missing(self, state: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Resources of this cloud that are in the state, but do not exist here."""
        return [each for each in state if each[0] in self.book.kinds and each not in self.records]

    def duplicates(self) -> list[list[Record]]:
        """Resources that the same program resource made more than once."""
        groups: dict[tuple[str, str], list[Record]] = {}
        for each in self.of():
            if not each.owner:
                groups.setdefault((each.kind, each.name), []).append(each)
        return [group for group in groups.values() if len(group) > 1]

    # Checking -----------------------------------------------------------------------------------------------------

    def _judge(self, facts: Facts) -> None:
        kind = self.book.kinds[facts.kind]
        if not facts.preview:
            self._references(facts, kind)
            self._limits(facts, kind)
        for rule in self.book.rules:
            if rule.kind == facts.kind:
                try:
                    reason = rule.check(facts)
                except NotKnownYetError:
                    continue
                if reason:
                    raise RefusedError(rule.code, f"{rule.sentence} {facts.name}: {reason}")

    def _references(self, facts: Facts, kind: Kind) -> None:
        for path, ref in kind.refs.items():
            for where, value in pick(facts.inputs, path):
                if value is UNKNOWN:
                    continue
                try:
                    self.resolve(ref, value)
                except RefusedError as exc:
                    raise RefusedError(exc.code, f"{facts.name}.{where}: {exc.reason}") from None

    def _limits(self, facts: Facts, kind: Kind) -> None:
        others = facts.others()
        if kind.quota and not facts.before and len(others) >= kind.quota:
            raise RefusedError(
                "LimitExceeded", f"{facts.name}: an account has at most {kind.quota} of {kind.token}"
            )
        for properties in kind.unique:
            mine = {each: facts.inputs.get(each) for each in properties}
            if has_unknown(mine) or None in mine.values():
                continue
            for other in facts.others(**mine):
                raise RefusedError(
                    "AlreadyExists", f"{facts.name}: {other.id} has the same {', '.join(properties)}"
                )

    def _outputs(self, facts: Facts, before: Mapping[str, Any] | None) -> Properties:
        """Inputs as they come back, then what the rulebook computes, then the rest that the SDK promises."""
        promised = shapes.outputs_of(facts.kind)
        outputs = {key: value for key, value in facts.inputs.items() if key in promised}
        templates = {**self.book.outputs, **self.book.kinds[facts.kind].outputs}
        for key, field_ in promised.items():
            if key in outputs:
                outputs[key] = shapes.complete(field_.hint, copy.deepcopy(outputs[key]))
            elif key in templates and facts.id:
                outputs[key] = _fill(facts, templates[key])
            elif before and key in before and not facts.was(key):
                outputs[key] = before[key]
            elif field_.required and facts.id:
                outputs[key] = shapes.empty(field_.hint) or _word(field_.hint, key, facts)
        for path, template in self.book.kinds[facts.kind].nested.items():
            _deepen(outputs, path, _fill(facts, template) if facts.id else UNKNOWN)
        return outputs

    def _unknown_outputs(self, facts: Facts) -> Properties:
        promised = shapes.outputs_of(facts.kind)
        templates = {**self.book.outputs, **self.book.kinds[facts.kind].outputs}
        return {
            key: UNKNOWN
            for key, field_ in promised.items()
            if key not in facts.inputs and (field_.required or key in templates)
        }


def _fill(facts: Facts, template: Template) -> Any:
    try:
        return facts.text(template) if isinstance(template, str) else template(facts)
    except NotKnownYetError:
        return UNKNOWN


def _deepen(outputs: Properties, path: str, value: Any) -> None:
    """Set a value inside a property, if that exists."""
    *steps, last = path.split(".")
    place: Any = outputs
    for step in steps:
        place = place.get(step) if isinstance(place, dict) else None
    if isinstance(place, dict):
        place[last] = value


def _word(hint: Any, key: str, facts: Facts) -> Any:
    """A promised text that no rulebook computes: it must exist, and must be unique."""
    return f"{key}-of-{facts.id}" if str in shapes.alternatives(hint) else shapes.empty(hint)
