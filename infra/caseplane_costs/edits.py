"""A stack, a month's use or a way of paying, changed in one respect: what levers are made of.

An edit takes a case and gives the changed one back; nothing is changed in place. One that finds nothing to change
gives an equal case back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from caseplane_costs.options import Commitment, Options
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Resource, Stack
from caseplane_costs.usage import Tokens, Usage


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is estimated."""

    stack: Stack
    usage: Usage
    options: Options


Edit = Callable[[Case], Case]
Value = Callable[[str, Any], Any]
"""From an input's key and value to its new value."""


def both(*edits: Edit) -> Edit:
    """One after the other."""

    def change(case: Case) -> Case:
        for edit in edits:
            case = edit(case)
        return case

    return change


# Resources ------------------------------------------------------------------------------------------------------------


def resources(function: Callable[[tuple[Resource, ...]], tuple[Resource, ...]]) -> Edit:
    """All resources at once, to leave some out or add some."""
    return lambda case: replace(case, stack=replace(case.stack, resources=function(case.stack.resources)))


def without(unwanted: Callable[[Resource], bool]) -> Edit:
    """Leave resources out."""
    return resources(lambda found: tuple(each for each in found if not unwanted(each)))


def inputs(wanted: Callable[[Resource], bool], value: Value) -> Edit:
    """Give some resources other inputs, however deep they lie."""

    def changed(resource: Resource) -> Resource:
        return replace(resource, inputs=_deep(resource.inputs, value)) if wanted(resource) else resource

    return resources(lambda found: tuple(map(changed, found)))


def _deep(node: Any, value: Value, key: str = "") -> Any:
    if isinstance(node, Mapping):
        return {name: _deep(each, value, str(name)) for name, each in node.items()}
    if isinstance(node, list | tuple):
        return [_deep(each, value, key) for each in node]
    return value(key, node)


def swapped(wanted: Callable[[Resource], bool], table: Mapping[Any, Any], *keys: str) -> Edit:
    """Put other values where a table has them, at some keys or at any."""

    def value(key: str, old: Any) -> Any:
        known = isinstance(old, str | bool | int) and (not keys or key in keys)
        return table.get(old, old) if known else old

    return inputs(wanted, value)


# Use and options ------------------------------------------------------------------------------------------------------


def used(section: str, **factors: Decimal | Callable[[Usage], Range]) -> Edit:
    """Multiply quantities of a section of the usage, or compute them anew."""

    def change(case: Case) -> Case:
        old = getattr(case.usage, section)
        new = {
            name: factor(case.usage) if callable(factor) else getattr(old, name) * factor
            for name, factor in factors.items()
        }
        return replace(case, usage=case.usage.model_copy(update={section: old.model_copy(update=new)}))

    return change


def asked(role: str, **factors: Decimal) -> Edit:
    """Multiply calls or tokens of a model's role; a role that is not used stays so."""

    def change(case: Case) -> Case:
        tokens = case.usage.llm.get(role)
        if tokens is None:
            return case
        new = tokens.model_copy(
            update={name: getattr(tokens, name) * factor for name, factor in factors.items()}
        )
        return _roles(case, {role: new})

    return change


def handed_over(source: str, target: str, part: Decimal) -> Edit:
    """Let another role's model take a part of the calls, with as many tokens each as they had."""

    def change(case: Case) -> Case:
        llm = case.usage.llm
        if source not in llm or target not in llm:
            return case
        moved = llm[source].model_copy(update={"calls": llm[source].calls * part})
        left = llm[source].model_copy(update={"calls": llm[source].calls * (1 - part)})
        return _roles(case, {source: left, target: _together(llm[target], moved)})

    return change


def _roles(case: Case, new: Mapping[str, Tokens]) -> Case:
    return replace(case, usage=case.usage.model_copy(update={"llm": {**case.usage.llm, **new}}))


def _together(one: Tokens, other: Tokens) -> Tokens:
    """All calls of both, each with the average tokens, so that the sum of tokens is the same."""
    return Tokens.model_construct(
        calls=one.calls + other.calls,
        input_per_call=_average(one, other, "input_per_call"),
        output_per_call=_average(one, other, "output_per_call"),
    )


def _average(one: Tokens, other: Tokens, name: str) -> Range:
    tokens, calls = (
        one.calls * getattr(one, name) + other.calls * getattr(other, name),
        one.calls + other.calls,
    )
    averages = [
        each / count if count else Decimal(0) for each, count in zip(tokens.parts, calls.parts, strict=True)
    ]
    return Range(*sorted(averages))  # they may cross, as the mix differs between low and high


def committed(length: Commitment) -> Edit:
    """Commit for a time."""
    return lambda case: replace(case, options=replace(case.options, commitment=length))


def released(length: Commitment) -> Edit:
    """Let a commitment of this length go; others stay."""
    return lambda case: committed("none")(case) if case.options.commitment == length else case


def spot(on: bool) -> Edit:
    """Price workers as interruptible, or on demand."""
    return lambda case: replace(case, options=replace(case.options, spot=on))
