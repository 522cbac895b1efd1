"""Reads a configuration from YAML, and names every fault with its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import ValidationError

from caseplane.triage.checking import Place, check
from caseplane.triage.configuration import Configuration

LONGEST = 256 * 1024
"""Characters of a file."""
DEEPEST = 20
SHIPPED = ("default", "ecommerce")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where; lines and columns count from 1."""

    line: int
    column: int
    where: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.where + ': ' if self.where else ''}{self.message}"


class BadConfigurationError(ValueError):
    """A file that is no configuration."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def load(text: str) -> Configuration:
    """A configuration from YAML.

    Raises:
        BadConfigurationError: with every fault that could be found.
    """
    root = _parse(text)
    doubled = list(_unfit(root))
    if doubled:
        raise BadConfigurationError(doubled)
    data = _value(root)
    if not isinstance(data, dict):
        raise BadConfigurationError([Fault(1, 1, "", "a configuration is a mapping; see the default one")])
    try:
        configuration = Configuration.model_validate(data)
    except ValidationError as exc:
        raise BadConfigurationError(
            [_fault(root, _plain(error["loc"]), _say(error)) for error in exc.errors()]
        ) from exc
    found = check(configuration)
    if found:
        raise BadConfigurationError([_fault(root, place, message) for place, message in found])
    return configuration


@cache
def shipped_text(name: str) -> str:
    """The YAML of a configuration that comes with the code."""
    return files("caseplane.triage").joinpath("defaults", f"{name}.yaml").read_text(encoding="utf-8")


@cache
def shipped(name: str = "default") -> Configuration:
    """A configuration that comes with the code."""
    return load(shipped_text(name))


def _parse(text: str) -> yaml.Node:
    if len(text) > LONGEST:
        raise BadConfigurationError([Fault(1, 1, "", f"is longer than {LONGEST} characters")])
    try:
        _check_events(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as exc:
        line = text.count("\n", 0, exc.position) + 1
        raise BadConfigurationError([Fault(line, 1, "", "a character that YAML does not allow")]) from exc
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise BadConfigurationError([Fault(line, column, "", exc.problem or "is not YAML")]) from exc
    if root is None:
        raise BadConfigurationError([Fault(1, 1, "", "is empty")])
    return root


def _check_events(text: str) -> None:
    """Before nodes are built, since a few lines of references can stand for gigabytes, and deep nesting ends the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            _refuse(event, "a reference (*name); write the value out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                _refuse(event, f"nested more than {DEEPEST} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refuse(event: yaml.Event, message: str) -> None:
    mark = event.start_mark
    raise BadConfigurationError([Fault(mark.line + 1, mark.column + 1, "", message)])


def _unfit(node: yaml.Node, path: Place = ()) -> Iterator[Fault]:
    """Keys that stand twice, of which YAML would silently keep the last, and keys that are no text."""
    if isinstance(node, yaml.SequenceNode):
        for index, each in enumerate(node.value):
            yield from _unfit(each, (*path, index))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                yield _at(key, path, "a key must be a plain word")
                continue
            if name in seen:
                yield _at(key, (*path, name), "stands twice")
            seen.add(name)
            yield from _unfit(value, (*path, name))


def _value(node: yaml.Node) -> Any:
    """The data of a node; keys are text, since `no:` and `1:` are names as well."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(each) for each in node.value]
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.MarkedYAMLError, ValueError) as exc:
        raise BadConfigurationError([_at(node, (), f"cannot be read: {exc}")]) from exc


def _fault(root: yaml.Node, place: Place, message: str) -> Fault:
    return _at(_find(root, place), place, message)


def _at(node: yaml.Node, place: Place, message: str) -> Fault:
    mark = node.start_mark
    return Fault(mark.line + 1, mark.column + 1, ".".join(map(str, place)), message)


def _find(node: yaml.Node, place: Place) -> yaml.Node:
    """The node at a place, or the nearest above it: what is missing has no line of its own."""
    for step in place:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if str(key.value) == str(step):
                    found = key if isinstance(value, yaml.CollectionNode) else value
                    inner = value
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = inner = node.value[step]
        if found is None:
            return node
        last, node = found, inner
    return last if place else node


def _plain(loc: tuple[str | int, ...]) -> Place:
    return tuple(each for each in loc if each != "[key]")


def _say(error: Any) -> str:
    message = str(error["msg"])
    if error["type"] == "extra_forbidden":
        return "is not known here"
    if error["type"] == "missing":
        return f"{error['loc'][-1]} is missing"
    return message.removeprefix("Value error, ")
