"""No stack is made dearer than its budget: the rule of `caseplane-infra budget`, asked before an `up`.

Budgets are a stack's own, so the policies are made for one: `policies(...)` gives two, one for what is told and one
for what is refused, as a policy of the engine has one level for all it says.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from caseplane_infra.cost import resources as planned
from caseplane_infra.cost.budgets import Budgets, Level, violations
from caseplane_infra.cost.catalog import Catalog
from caseplane_infra.cost.usage import Usage
from caseplane_infra.policies.model import UNKNOWN, Context, Finding, Resource, StackPolicy

REMEDY = "See what drives it with `caseplane-infra report`, then change the stack, or its budget"


def policies(
    budgets: Budgets,
    *,
    stack: str,
    region: str,
    usage: Usage,
    catalog: Catalog,
    config: Mapping[str, str] | None = None,
) -> tuple[StackPolicy, StackPolicy]:
    """The policy that warns, and the one that stops.

    Args:
        budgets: the stack's.
        stack: its name, such as `aws-prod`.
        region: the provider's.
        usage: what a month is expected to use.
        catalog: the provider's prices.
        config: the stack file's keys, as Pulumi tells them.
    """

    def judge(level: Level) -> Any:
        def judged(resources: Sequence[Resource], context: Context) -> Iterator[Finding]:
            found = violations(
                [_planned(each, stack) for each in resources], budgets, stack=stack, region=region, usage=usage,
                catalog=catalog, config=config,
            )  # fmt: skip
            for each in found:
                if each.level == level and resources:
                    yield resources[0], each.message

        return judged

    return (
        StackPolicy(
            name="budget-warning",
            sentence="The stack, its components and its tenants cost less than their budgets warn at.",
            remedy=REMEDY,
            judge=judge("warn"),
        ),
        StackPolicy(
            name="budget",
            sentence="The stack, its components and its tenants cost no more than their budgets.",
            remedy=REMEDY,
            judge=judge("stop"),
        ),
    )


def _planned(resource: Resource, stack: str) -> planned.Resource:
    """As costs see a resource: values that only `up` will know are left out."""
    urn = f"urn:pulumi:{stack}::{planned.PROJECT}::{resource.type}::{resource.name}"
    return planned.Resource(urn=urn, type=resource.type, inputs=_known(resource.props), op="create")


def _known(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _known(each) for key, each in value.items() if each is not UNKNOWN}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_known(each) if each is not UNKNOWN else "" for each in value]
    return value
