"""Examples of resource types, made and broken without an engine, to test each rule by itself."""

import copy
import re
from collections.abc import Mapping
from typing import Any

from tests.integration.infra.simulator.accounts import account_of
from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.rulebook import Drop, Ref, RefusedError
from tests.integration.infra.simulator.values import Properties


class Bench:
    """An empty account and the examples of its rulebook."""

    def __init__(self, package: str) -> None:
        self.cloud: Cloud = account_of(package)
        self._made: dict[tuple[str, int], Record] = {}

    def inputs(self, kind: str, overrides: Mapping[str, Any] | None = None, number: int = 1) -> Properties:
        """A kind's example with overrides; referenced resources are made first."""
        declared = self.cloud.book.kinds[kind]
        inputs = copy.deepcopy(dict(declared.example))
        if number > 1:
            _override(inputs, declared.further[number - 2])
        _override(inputs, overrides or {})
        return {key: self._resolved(value) for key, value in inputs.items()}

    def made(self, kind: str, number: int = 1) -> Record:
        """The n-th example of a kind, made once."""
        key = (kind, number)
        if key not in self._made:
            self._made[key] = self.create(kind, number=number, name=f"example-{number}")
        return self._made[key]

    def create(
        self, kind: str, overrides: Mapping[str, Any] | None = None, *, number: int = 1, name: str = "tried"
    ) -> Record:
        """Make an example with overrides, as the engine would: types first, then the account.

        Raises:
            RefusedError: `Type` if the SDK's classes do not allow it, else the account's code.
        """
        inputs = self.inputs(kind, overrides, number)
        self._check(kind, inputs)
        return self._ready(self.cloud.create(kind, name, self.cloud.named(kind, name, inputs)))

    def _ready(self, record: Record) -> Record:
        """Wait, as a provider does."""
        while record.polls > 0:
            self.cloud.read(record.kind, record.id)
        return record

    def change(self, record: Record, overrides: Mapping[str, Any]) -> Record:
        """Change a made example in place."""
        inputs = copy.deepcopy(record.inputs)
        _override(inputs, overrides)
        inputs = {key: self._resolved(value) for key, value in inputs.items()}
        self._check(record.kind, inputs)
        return self.cloud.update(record.kind, record.id, inputs)

    def _check(self, kind: str, inputs: Properties) -> None:
        for fault in self.cloud.type_faults(kind, inputs):
            raise RefusedError("Type", f"{fault.path}: {fault.reason}")

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self.made(value.kind, value.number).get(value.property)
        if isinstance(value, Mapping):
            return {key: self._resolved(each) for key, each in value.items()}
        return [self._resolved(each) for each in value] if isinstance(value, list | tuple) else value


def _override(inputs: Properties, overrides: Mapping[str, Any]) -> None:
    """Set each path to its value, or drop it."""
    for path, value in overrides.items():
        *steps, last = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]
        place: Any = inputs
        for step, following in zip(steps, [*steps[1:], last], strict=False):
            if isinstance(place, dict):
                place.setdefault(step, [] if isinstance(following, int) else {})
            place = place[step]
        if isinstance(value, Drop) or value is Drop:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
