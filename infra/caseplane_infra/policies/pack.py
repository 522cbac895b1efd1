"""The policies as Pulumi's engine runs them: `pulumi preview --policy-pack infra/policies`.

The engine starts a process per pack, which reads environment and region from the stack's settings.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Policy as EnginePolicy
from pulumi_policy.proxy import UnknownValueError

from caseplane_infra.policies.catalog import POLICIES
from caseplane_infra.policies.model import UNKNOWN, Context, Policy, Resource, ResourcePolicy, StackPolicy

NAME = "caseplane"


def serve() -> None:
    """Serve the policies to the engine until it is done."""
    PolicyPack(
        NAME,
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[offered(each) for each in POLICIES],
    )


def offered(policy: Policy) -> EnginePolicy:
    """A policy in the engine's form."""
    if isinstance(policy, ResourcePolicy):
        return ResourceValidationPolicy(policy.name, policy.sentence, _on_resource(policy))
    assert isinstance(policy, StackPolicy)
    level = EnforcementLevel.ADVISORY if policy.advisory else EnforcementLevel.MANDATORY
    return StackValidationPolicy(policy.name, policy.sentence, _on_stack(policy), level)


def _on_resource(policy: ResourcePolicy) -> Any:
    def validate(args: ResourceValidationArgs, report: Any) -> None:
        resource = Resource(
            type=args.resource_type, name=args.name, props=_plain(args.props), protect=bool(args.opts.protect)
        )
        for each in policy.check(resource, _context()):
            report(f"{each.resource}: {each.message}", args.urn)

    return validate


def _on_stack(policy: StackPolicy) -> Any:
    def validate(args: StackValidationArgs, report: Any) -> None:
        stack = [_linked(each) for each in args.resources]
        urns = {each.name: each.urn for each in args.resources}
        for each in policy.check(stack, _context()):
            report(f"{each.resource}: {each.message}", urns[each.resource])

    return validate


def _linked(resource: PolicyResource) -> Resource:
    links = {
        path: [each.name for each in found] for path, found in (resource.property_dependencies or {}).items()
    }
    return Resource(
        type=resource.resource_type,
        name=resource.name,
        props=_plain(resource.props),
        protect=bool(resource.opts.protect),
        parent=resource.parent.urn if resource.parent else "",
        links=links,
    )


def _context() -> Context:
    """The stack file's values; the strictest where it has none."""
    config = pulumi.Config(NAME)
    llm = config.get_object("llm") or {}
    regions = [each for each in (config.get("region"), llm.get("region")) if each]
    return Context(
        environment=config.get("environment") or "prod",
        regions=regions,
        teardown=bool(config.get_bool("teardown")),
        stack=pulumi.get_stack(),
        config={**get_config_env(), **CONFIG.get()},
    )


def _plain(value: Any) -> Any:
    """A value without the engine's proxies, which raise for values that are not known yet."""
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_item(value, index) for index in range(len(value))]
    return value


def _item(value: Any, key: Any) -> Any:
    try:
        return _plain(value[key])
    except UnknownValueError:
        return UNKNOWN
