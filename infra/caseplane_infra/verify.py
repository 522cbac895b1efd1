"""Whether a stack is as it should be: the validation rows R000-152 to R000-159, asked of refreshed, real state.

A check reads what the cloud has (the state after `pulumi refresh`), never what the program would like. The rows of
each cloud are in its package, in `checks.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from caseplane_infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Row:
    """One assertion, and what was seen."""

    id: str
    """Of the requirement, such as `R000-153`."""
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

    def one(self, type_: str) -> Found:
        """The only resource of a type.

        Raises:
            LookupError: there is none, or more than one.
        """
        found = self.all(type_)
        if len(found) != 1:
            raise LookupError(f"{len(found)} of {type_}")
        return found[0]

    def named(self, type_: str, name: str) -> Found | None:
        """The resource of a type that the program calls so."""
        return next((each for each in self.all(type_) if each.urn.endswith(f"::{name}")), None)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One row: what must hold, how it is seen, and what is wanted."""

    id: str
    what: str
    wanted: Callable[[Settings], Any]
    seen: Callable[[State, Settings], Any]

    def run(self, state: State, settings: Settings) -> Row:
        """Compare; what cannot be seen has failed, with the reason in its place."""
        wanted = self.wanted(settings)
        try:
            seen = self.seen(state, settings)
        except (LookupError, TypeError, AttributeError, StopIteration) as exc:
            return Row(
                id=self.id,
                what=self.what,
                passed=False,
                seen=f"not to be seen: {exc!r}",
                wanted=_text(wanted),
            )
        return Row(id=self.id, what=self.what, passed=seen == wanted, seen=_text(seen), wanted=_text(wanted))


def verify(settings: Settings, deployment: Mapping[str, Any]) -> list[Row]:
    """Run every check of the stack's cloud.

    Args:
        settings: the stack's.
        deployment: of `pulumi stack export`, after a refresh.
    """
    checks: Iterable[Check] = import_module(f"caseplane_infra.{settings.cloud}.checks").CHECKS
    state = State(deployment)
    return [check.run(state, settings) for check in checks]


def failed(rows: Iterable[Row]) -> Iterator[Row]:
    """Those that do not hold."""
    return (row for row in rows if not row.passed)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(map(_text, value))) or "none"
    return "none" if value is None else str(value)
