"""Renders templates that support leads write, and says by line what is wrong with one.

A template is a small part of Jinja: values, conditions, and loops over short lists. Everything that a template may
do is listed here; Jinja's own sandbox is the second lock. Without assignments, calls, arithmetic and literal lists, the
work of a template is bounded by its size, since lists are short and loops nest no deeper than twice. So there is
no clock: a slow machine refuses no template that a fast one takes.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from jinja2 import Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST_SOURCE: Final = 8_000
"""Characters of a template."""
LONGEST_OUTPUT: Final = 20_000
"""Characters of a rendered text; a ticket's comment may have five times as many."""
MOST_NODES: Final = 1_000
DEEPEST: Final = 30
LOOPS_WITHIN: Final = 2
LONGEST_LIST: Final = 20
MOST_FAULTS: Final = 20

FILTERS: Final = frozenset(
    {
        "capitalize",
        "count",
        "d",
        "default",
        "first",
        "join",
        "last",
        "length",
        "lower",
        "title",
        "trim",
        "upper",
    }
)
TESTS: Final = frozenset(
    {"defined", "eq", "equalto", "ge", "gt", "in", "le", "lt", "ne", "none", "undefined"}
)
_NODES: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.If,
    nodes.CondExpr, nodes.For, nodes.Filter, nodes.Keyword, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.Concat,
)  # fmt: skip
_TAG_LINE: Final = re.compile(r"^[ \t]*(\{%[-+]?(?:(?!%\}).)*?)([-+]?%\})[ \t]*\n", re.MULTILINE)
_LOOP: Final = {"first": None, "last": None, "index": None, "length": None}

Shape = Mapping[str, Any] | list[Any] | None
"""What a template may name: a mapping by attribute (`*` for any), a list of one shape, or None for a text or number."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a template, and where."""

    line: int
    message: str


class TemplateFaultyError(ValueError):
    """A template cannot be used; `faults` says where and why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"line {fault.line}: {fault.message}" for fault in faults))
        self.faults = faults


class OutputTooLongError(TemplateFaultyError):
    """A template makes more text than anybody would send."""


class _Environment(ImmutableSandboxedEnvironment):
    """Reads values from mappings only: no attribute of a Python object is within reach, but those of a loop."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return obj.get(attribute, "")
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)


def _environment() -> _Environment:
    # Mail and tickets are text, and what may be in a draft's Markdown is checked after rendering.
    made = _Environment(autoescape=False, cache_size=0)
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.tests = {name: made.tests[name] for name in TESTS}
    return made


_ENVIRONMENT: Final = _environment()


def check(source: str, shape: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a template, by line; nothing if it can be used.

    Args:
        source: of the template.
        shape: what it may name.
    """
    if len(source) > LONGEST_SOURCE:
        return [
            Fault(1, f"The template has {len(source):,} characters; at most {LONGEST_SOURCE:,} are allowed.")
        ]
    source = _without_empty_lines(source)
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as exc:
        return [Fault(exc.lineno, f"{exc.message or 'It cannot be read.'}".rstrip(".") + ".")]
    except RecursionError:
        return [Fault(1, "Its expressions are nested too deeply.")]
    faults = list(_Checker(shape).template(tree))
    if not faults:
        try:
            _compiled(source)
        except (TemplateError, SyntaxError, RecursionError, MemoryError) as exc:
            line = getattr(exc, "lineno", None)
            return [
                Fault(line if isinstance(exc, TemplateSyntaxError) and line else 1, "It cannot be compiled.")
            ]
    return sorted(set(faults), key=lambda fault: (fault.line, fault.message))[:MOST_FAULTS]


def render(source: str, values: Mapping[str, Any], shape: Mapping[str, Any]) -> str:
    """The text of a template; blank lines are never more than one.

    Raises:
        TemplateFaultyError: the template cannot be used.
        OutputTooLongError: its text grew too long.
    """
    if faults := check(source, shape):
        raise TemplateFaultyError(faults)
    return fill(source, values)


def fill(source: str, values: Mapping[str, Any]) -> str:
    """The text of a template that was checked.

    Raises:
        OutputTooLongError: its text grew too long.
    """
    pieces: list[str] = []
    length = 0
    for piece in _compiled(_without_empty_lines(source)).generate(**values):
        pieces.append(piece)
        length += len(piece)
        if length > LONGEST_OUTPUT:
            raise OutputTooLongError([Fault(1, f"Its text grows past {LONGEST_OUTPUT:,} characters.")])
    return _tidied("".join(pieces))


def _without_empty_lines(source: str) -> str:
    """The template with the end of each line that is nothing but a tag moved into the tag, so that lines keep their numbers.

    Jinja's own trimming would also join two lines of text where the first ends with a tag.
    """
    return _TAG_LINE.sub(r"\1\n\2", source)


@lru_cache(maxsize=512)
def _compiled(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)


def _tidied(text: str) -> str:
    lines: list[str] = []
    for line in (each.rstrip() for each in text.split("\n")):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip()


class _Checker:
    """Walks a template and yields its faults."""

    def __init__(self, shape: Mapping[str, Any]) -> None:
        self._shape = shape
        self._nodes = 0

    def template(self, tree: nodes.Template) -> Iterator[Fault]:
        yield from self._walk(tree, dict(self._shape), depth=0, loops=0)
        if self._nodes > MOST_NODES:
            yield Fault(1, f"The template has more than {MOST_NODES:,} parts; make several of it.")

    def _walk(self, node: nodes.Node, names: dict[str, Shape], *, depth: int, loops: int) -> Iterator[Fault]:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            return
        if not isinstance(node, _NODES):
            yield Fault(node.lineno, f"{_called(node)} cannot be used in a template.")
            return
        if depth > DEEPEST:
            yield Fault(node.lineno, "It is nested too deeply.")
            return
        if isinstance(node, nodes.For):
            yield from self._loop(node, names, depth=depth, loops=loops)
            return
        if isinstance(node, nodes.Getattr | nodes.Name):
            yield from self._path(node, names)
            return
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            yield Fault(node.lineno, f"There is no filter {node.name!r} here;{_nearest(node.name, FILTERS)}")
        if isinstance(node, nodes.Test) and node.name not in TESTS:
            yield Fault(node.lineno, f"There is no test {node.name!r} here;{_nearest(node.name, TESTS)}")
        for child in node.iter_child_nodes():
            yield from self._walk(child, names, depth=depth + 1, loops=loops)

    def _path(self, node: nodes.Getattr | nodes.Name, names: dict[str, Shape]) -> Iterator[Fault]:
        _, fault = _resolved(node, names)
        if fault is not None:
            yield fault

    def _loop(self, node: nodes.For, names: dict[str, Shape], *, depth: int, loops: int) -> Iterator[Fault]:
        found, fault = _resolved(node.iter, names)
        if not isinstance(node.iter, nodes.Name | nodes.Getattr) or (
            fault is None and not isinstance(found, list)
        ):
            lists = ", ".join(sorted(name for name, shape in self._shape.items() if isinstance(shape, list)))
            fault = Fault(node.lineno, f"A loop runs over a list: {lists}.")
        if loops >= LOOPS_WITHIN:
            fault = Fault(node.lineno, f"Loops nest at most {LOOPS_WITHIN} deep.")
        if node.recursive:
            fault = Fault(node.lineno, "A loop cannot call itself.")
        if not isinstance(node.target, nodes.Name):
            fault = Fault(node.lineno, "A loop has one name: `{% for each in missing %}`.")
        if fault is not None:
            yield fault
            return
        assert isinstance(found, list)
        assert isinstance(node.target, nodes.Name)
        inner = {**names, node.target.name: found[0], "loop": _LOOP}
        for child in (*node.body, *([node.test] if node.test else ())):
            yield from self._walk(child, inner, depth=depth + 1, loops=loops + 1)
        for child in node.else_:
            yield from self._walk(child, names, depth=depth + 1, loops=loops)


def _resolved(node: nodes.Node, names: Mapping[str, Shape]) -> tuple[Shape, Fault | None]:
    """The shape that a dotted name stands for, or what is wrong with it."""
    if isinstance(node, nodes.Name):
        if node.name not in names:
            return None, Fault(node.lineno, f"There is no value {node.name!r};{_nearest(node.name, names)}")
        return names[node.name], None
    if not isinstance(node, nodes.Getattr):
        return None, Fault(node.lineno, "A value is named, as in `ticket.subject`.")
    found, fault = _resolved(node.node, names)
    if fault is not None:
        return None, fault
    if not isinstance(found, Mapping):
        return None, Fault(node.lineno, f"{_spelled(node.node)} has no parts, so not {node.attr!r} either.")
    if node.attr in found:
        return found[node.attr], None
    if "*" in found:
        return found["*"], None
    return None, Fault(
        node.lineno, f"{_spelled(node.node)} has no {node.attr!r};{_nearest(node.attr, found)}"
    )


def _spelled(node: nodes.Node) -> str:
    return (
        f"{_spelled(node.node)}.{node.attr}" if isinstance(node, nodes.Getattr) else getattr(node, "name", "")
    )


def _nearest(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" did you mean {close[0]!r}?" if close else f" there are {', '.join(sorted(known))}."


def _called(node: nodes.Node) -> str:
    known = {
        nodes.Assign: "`set`", nodes.AssignBlock: "`set`", nodes.Call: "A call", nodes.Include: "`include`",
        nodes.Import: "`import`", nodes.FromImport: "`import`", nodes.Extends: "`extends`",
        nodes.Macro: "`macro`", nodes.CallBlock: "`call`", nodes.Block: "`block`", nodes.Getitem: "`[…]`",
        nodes.List: "A list", nodes.Dict: "A mapping", nodes.Tuple: "A tuple", nodes.FilterBlock: "`filter`",
        nodes.With: "`with`",
    }  # fmt: skip
    return known.get(
        type(node), "Arithmetic" if isinstance(node, nodes.BinExpr | nodes.UnaryExpr) else "This"
    )
