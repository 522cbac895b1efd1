"""Whether a stack is as its settings say: the validation rows R000-152 to R000-159, on refreshed state.

What is wanted of every cloud is in `checks.py`. How a row is read from the state, and the rows of one cloud only, are
in that cloud's `checks.py`. A check reads what the cloud has, after `pulumi refresh`, never what the program declares.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from caseplane_infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Row:
    """The result of one check."""

    id: str
    """The requirement, such as `R000-153`."""
    what: str
    passed: bool
    seen: str
    wanted: str


@dataclass(frozen=True)
class Found:
    """A resource as the cloud has it."""

    urn: str
    type: str
    id: str
    outputs: Mapping[str, Any]

    def __getitem__(self, path: str) -> Any:
        """A value by its path, such as `accessPolicy.0.state`; None where there is none."""
        value: Any = self.outputs
        for step in path.split("."):
            if isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(value, Sequence) and not isinstance(value, str) and step.isdigit():
                value = value[int(step)] if int(step) < len(value) else None
            else:
                return None
        return value


class State:
    """A stack's resources, by type."""

    def __init__(self, deployment: Mapping[str, Any]) -> None:
        self._all = [
            Found(each["urn"], each["type"], str(each.get("id", "")), each.get("outputs") or {})
            for each in deployment.get("resources", ())
            if each.get("custom") and not each.get("delete")
        ]

    def all(self, type_: str) -> list[Found]:
        """Every resource of a type, by URN."""
        return sorted((each for each in self._all if each.type == type_), key=lambda each: each.urn)

    def one(self, type_: str, name: str = "") -> Found:
        """The only resource of a type, or the one that the program gives this name.

        Raises:
            LookupError: there is none, or more than one.
        """
        found = [each for each in self.all(type_) if each.urn.endswith(f"::{name}" if name else "")]
        if len(found) != 1:
            raise LookupError(f"{len(found)} of {type_} {name}".rstrip())
        return found[0]


@dataclass(frozen=True)
class Wanted:
    """A row before it is read: the requirement, what it is about, and the value that the settings call for."""

    id: str
    what: str
    wanted: Callable[[Settings], Any]

    def seen(self, seen: Callable[[State], Any]) -> "Check":
        """The row on one cloud.

        Args:
            seen: reads the value from the cloud's state.
        """
        return Check(self, seen)


@dataclass(frozen=True)
class Check:
    """A row that can be read on one cloud."""

    row: Wanted
    seen: Callable[[State], Any]

    def run(self, state: State, settings: Settings) -> Row:
        """Compare; a value that cannot be read fails the row, with the reason in its place."""
        wanted = self.row.wanted(settings)
        try:
            seen = self.seen(state)
            passed, text = seen == wanted, as_text(seen)
        except (LookupError, TypeError, AttributeError, StopIteration) as exc:
            passed, text = False, f"cannot be read: {exc!r}"
        return Row(id=self.row.id, what=self.row.what, passed=passed, seen=text, wanted=as_text(wanted))


def verify(settings: Settings, deployment: Mapping[str, Any]) -> list[Row]:
    """Run every check of the stack's cloud.

    Args:
        settings: the stack's settings.
        deployment: the output of `pulumi stack export`, after a refresh.
    """
    checks: Iterable[Check] = import_module(f"caseplane_infra.{settings.cloud}.checks").CHECKS
    state = State(deployment)
    return [check.run(state, settings) for check in checks]


def failed(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if not row.passed)


def as_text(value: Any) -> str:
    """A value as rows print it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(map(as_text, value))) or "none"
    return "none" if value is None else str(value)
