"""A policy: a name, a sentence, a remedy, and a pure function over one resource or over the whole stack.

Most policies are tables of required property values by type of resource. In a preview a value may not be known yet; it
then breaks no policy, and `up` checks again with the value before the resource is created.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final


class Unknown:
    """Type of `UNKNOWN`, the placeholder for a value that only `up` will know."""

    def __repr__(self) -> str:
        return "not known yet"


UNKNOWN: Final = Unknown()
Environments = frozenset[str]
EVERYWHERE: Final[Environments] = frozenset({"dev", "stage", "prod"})
SERIOUS: Final[Environments] = frozenset({"stage", "prod"})
PROD: Final[Environments] = frozenset({"prod"})


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a policy may use of the stack in addition to its resources."""

    environment: str = "prod"
    """An unknown environment counts as prod, the strictest."""
    regions: Sequence[str] = ()
    """Regions where resources may be; empty: any region."""
    teardown: bool = False
    """The stack is being prepared for `destroy`, so protection may be removed."""
    stack: str = ""
    """Its name, such as `aws-prod`."""
    config: Mapping[str, str] = field(default_factory=dict)
    """The stack file's keys as Pulumi passes them, structures as JSON."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the program declares it."""

    type: str
    name: str
    props: Mapping[str, Any]
    protect: bool = False
    """Whether Pulumi refuses to delete it."""
    parent: str = ""
    """URN of its component."""
    links: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Property to the names of the resources that its value comes from."""

    def find(self, path: str) -> list[Any]:
        """All values at a path such as `rules[].filter.prefix`, without missing ones."""
        return list(_walk(self.props, path.replace("[]", ".[]").split(".")))

    def get(self, path: str) -> Any:
        """The one value at a path, or None."""
        return next(iter(self.find(path)), None)


def _walk(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    if value is UNKNOWN:
        yield UNKNOWN
    elif not steps:
        if value is not None:
            yield value
    elif steps[0] == "[]":
        if isinstance(value, Sequence) and not isinstance(value, str):
            for each in value:
                yield from _walk(each, steps[1:])
    elif isinstance(value, Mapping):
        yield from _walk(value.get(steps[0]), steps[1:])


@dataclass(frozen=True)
class Want:
    """A requirement on a property."""

    path: str
    holds: Callable[[Any], bool]
    requirement: str
    optional: bool = False
    """Whether the property may be missing."""
    where: Environments = EVERYWHERE
    exempt: Callable[["Resource"], bool] = lambda resource: False
    """Which resources it does not apply to."""

    def fault(self, resource: Resource, context: Context) -> str | None:
        """What is wrong, if anything."""
        if context.environment not in self.where or self.exempt(resource):
            return None
        found = resource.find(self.path)
        if not found:
            return None if self.optional else f"{self.path} is not set; it {self.requirement}"
        wrong = [each for each in found if each is not UNKNOWN and not self.holds(each)]
        return f"{self.path} is {wrong[0]!r}; it {self.requirement}" if wrong else None

    def only(self, where: Environments) -> "Want":
        """The same, only in some environments."""
        return replace(self, where=where)

    def unless(self, exempt: Callable[["Resource"], bool]) -> "Want":
        """The same, except for some resources."""
        return replace(self, exempt=exempt)


def equals(path: str, *allowed: Any) -> Want:
    """One of these values."""
    return Want(path, lambda value: value in allowed, f"must be {' or '.join(map(repr, allowed))}")


def given(path: str) -> Want:
    """Any value."""
    return Want(path, bool, "must be given")


def at_least(path: str, least: float) -> Want:
    """This number or more."""
    return Want(path, lambda value: float(value) >= least, f"must be {least:g} or more")


def never(path: str, *refused: Any) -> Want:
    """Any value but these; it may be missing."""
    return Want(
        path,
        lambda value: value not in refused,
        f"must not be {' or '.join(map(repr, refused))}",
        optional=True,
    )


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A broken policy, and where."""

    policy: str
    resource: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Attributes of every policy."""

    name: str
    sentence: str
    """What is true if the policy is kept."""
    remedy: str
    """What to do if it is broken."""

    def broken(self, resource: str, message: str) -> Violation:
        """A violation of this policy."""
        return Violation(policy=self.name, resource=resource, message=f"{message}. {self.remedy}")


def _no_faults(resource: Resource, context: Context) -> Iterable[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class ResourcePolicy(Policy):
    """Checks each resource separately, before it is created."""

    wants: Mapping[str, Sequence[Want]] = field(default_factory=dict)
    """Type to the requirements on its properties."""
    judge: Callable[[Resource, Context], Iterable[str]] = _no_faults
    """Faults that a table cannot express."""

    def check(self, resource: Resource, context: Context) -> Iterator[Violation]:
        """Every violation by the resource."""
        faults = [want.fault(resource, context) for want in self.wants.get(resource.type, ())]
        for message in (*faults, *self.judge(resource, context)):
            if message:
                yield self.broken(resource.name, message)


Finding = tuple[Resource, str]


@dataclass(frozen=True, kw_only=True)
class StackPolicy(Policy):
    """Checks several resources together."""

    judge: Callable[[Sequence[Resource], Context], Iterable[Finding]]
    advisory: bool = False
    """Whether a violation is only reported and stops nothing."""

    def check(self, stack: Sequence[Resource], context: Context) -> Iterator[Violation]:
        """Every violation by the stack."""
        for resource, message in self.judge(stack, context):
            yield self.broken(resource.name, message)


def violations(
    policies: Iterable[Policy], stack: Sequence[Resource], context: Context
) -> Iterator[Violation]:
    """Every violation of the policies by a stack."""
    for policy in policies:
        if isinstance(policy, StackPolicy):
            yield from policy.check(stack, context)
        elif isinstance(policy, ResourcePolicy):
            for resource in stack:
                yield from policy.check(resource, context)
