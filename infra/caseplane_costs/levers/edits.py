"""Changes of a case in one respect, which levers are made of.

An edit takes a case and returns a changed copy, or an equal one if there is nothing to change.
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
Which = Callable[[Resource], bool]
Value = Callable[[str, Any], Any]
"""From an input's key and value to its new value."""


def in_turn(*edits: Edit) -> Edit:
    def change(case: Case) -> Case:
        for edit in edits:
            case = edit(case)
        return case

    return change


# Resources ------------------------------------------------------------------------------------------------------------


def resources(function: Callable[[tuple[Resource, ...]], tuple[Resource, ...]]) -> Edit:
    """Replace all resources."""
    return lambda case: replace(case, stack=replace(case.stack, resources=function(case.stack.resources)))


def without(which: Which) -> Edit:
    """Remove resources."""
    return resources(lambda all_: tuple(each for each in all_ if not which(each)))


def inputs(which: Which, value: Value) -> Edit:
    """Change inputs of some resources, at any depth."""

    def changed(resource: Resource) -> Resource:
        return replace(resource, inputs=_deep(resource.inputs, value)) if which(resource) else resource

    return resources(lambda all_: tuple(map(changed, all_)))


def _deep(node: Any, value: Value, key: str = "") -> Any:
    if isinstance(node, Mapping):
        return {name: _deep(each, value, str(name)) for name, each in node.items()}
    if isinstance(node, list | tuple):
        return [_deep(each, value, key) for each in node]
    return value(key, node)


def swap(which: Which, table: Mapping[Any, Any], *keys: str) -> Edit:
    """Replace the inputs that a table has, at some keys or at any."""

    def value(key: str, old: Any) -> Any:
        known = isinstance(old, str | bool | int) and (not keys or key in keys)
        return table.get(old, old) if known else old

    return inputs(which, value)


# Use and options ------------------------------------------------------------------------------------------------------


def scale(section: str, **factors: Decimal | Callable[[Usage], Range]) -> Edit:
    """Multiply quantities of a section of the usage, or compute them from the old usage."""

    def change(case: Case) -> Case:
        old = getattr(case.usage, section)
        new = {
            name: factor(case.usage) if callable(factor) else getattr(old, name) * factor
            for name, factor in factors.items()
        }
        return replace(case, usage=case.usage.model_copy(update={section: old.model_copy(update=new)}))

    return change


def scale_role(role: str, **factors: Decimal) -> Edit:
    """Multiply calls or tokens of a model's role, if the role is used."""

    def change(case: Case) -> Case:
        tokens = case.usage.llm.get(role)
        if tokens is None:
            return case
        new = {name: getattr(tokens, name) * factor for name, factor in factors.items()}
        return _roles(case, {role: tokens.model_copy(update=new)})

    return change


def move_calls(source: str, target: str, part: Decimal) -> Edit:
    """Let the model of another role answer a part of the calls, with the same tokens per call."""

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
    """All calls of both, with the average tokens per call, so that the sum of tokens is the same."""
    return Tokens.model_construct(
        calls=one.calls + other.calls,
        input_per_call=_average(one, other, "input_per_call"),
        output_per_call=_average(one, other, "output_per_call"),
    )


def _average(one: Tokens, other: Tokens, name: str) -> Range:
    calls = one.calls + other.calls
    tokens = one.calls * getattr(one, name) + other.calls * getattr(other, name)
    averages = [
        each / count if count else Decimal(0) for each, count in zip(tokens.parts, calls.parts, strict=True)
    ]
    return Range(
        *sorted(averages)
    )  # the mix differs between low and high, so their averages may be out of order


def commit(length: Commitment) -> Edit:
    return lambda case: replace(case, options=replace(case.options, commitment=length))


def release(length: Commitment) -> Edit:
    """End a commitment of this length; others stay."""
    return lambda case: commit("none")(case) if case.options.commitment == length else case


def spot(on: bool) -> Edit:
    """Price workers as interruptible, or on demand."""
    return lambda case: replace(case, options=replace(case.options, spot=on))
