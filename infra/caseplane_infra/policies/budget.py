"""A stack must not cost more than its budget: the rule of `caseplane-infra budget`, checked before an `up`.

Budgets and expected use are the stack file's `budgets` and `usage`; a stack without budgets breaks no policy. There are
two policies, a warning and a refusal, because a policy of the engine has one level for all its reports.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from caseplane_costs import budgets, usage
from caseplane_costs import stacks as planned
from caseplane_costs.budgets import Level, Verdict, violations
from caseplane_costs.catalog import load
from caseplane_costs.files import FileError
from caseplane_infra.policies.model import UNKNOWN, Context, Finding, Policy, Resource, StackPolicy

REMEDY = "See what drives it with `caseplane-infra report`, then change the stack, or its `budgets`"
Judge = Callable[[Sequence[Resource], Context], Iterable[Finding]]


def _judge(level: Level) -> Judge:
    def judged(resources: Sequence[Resource], context: Context) -> Iterator[Finding]:
        try:
            found = _broken(resources, context)
        except FileError as exc:
            # Settings refuse such a file earlier; if they did not, an unreadable budget must not count as none.
            found = ()
            if level == "stop":
                yield resources[0], str(exc)
        yield from ((resources[0], each.message) for each in found if each.level == level)

    return judged


def _broken(resources: Sequence[Resource], context: Context) -> tuple[Verdict, ...]:
    """The budgets that the declared resources would exceed."""
    stack = planned.Stack(
        name=context.stack,
        resources=tuple(_planned(each, context.stack) for each in resources),
        config=context.config,
    )
    if not stack.section("budgets") or not resources:
        return ()
    return violations(
        stack,
        budgets.of(stack),
        usage=usage.of(stack),
        catalog=load(stack.cloud),
    )


def _planned(resource: Resource, stack: str) -> planned.Resource:
    """The resource in the form that cost estimates use, without values that only `up` will know."""
    urn = f"urn:pulumi:{stack}::{planned.PROJECT}::{resource.type}::{resource.name}"
    return planned.Resource(
        urn=urn, type=resource.type, inputs=_known(resource.props), parent=resource.parent, op="create"
    )


def _known(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _known(each) for key, each in value.items() if each is not UNKNOWN}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_known(each) if each is not UNKNOWN else "" for each in value]
    return value


POLICIES: tuple[Policy, ...] = (
    StackPolicy(
        name="budget-warning",
        sentence="The stack, its components and its tenants cost no more than their budgets warn at; this warns.",
        remedy=REMEDY,
        judge=_judge("warn"),
        advisory=True,
    ),
    StackPolicy(
        name="budget",
        sentence="The stack, its components and its tenants cost no more than their budgets stop at.",
        remedy=REMEDY,
        judge=_judge("stop"),
    ),
)
