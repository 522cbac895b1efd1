"""What a policy is: a name, a sentence, a remedy, and a pure function over one resource or over the whole stack.

Most policies are tables: for a type of resource, what its properties must be. In a preview a value may not be known
yet; such a value breaks nothing, as `up` asks again with the value before anything is made.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final


class Unknown:
    """Stands for a value that only `up` will know."""

    def __repr__(self) -> str:
        return "not known yet"


UNKNOWN: Final = Unknown()
Environments = frozenset[str]
EVERYWHERE: Final[Environments] = frozenset({"dev", "stage", "prod"})
SERIOUS: Final[Environments] = frozenset({"stage", "prod"})
PROD: Final[Environments] = frozenset({"prod"})


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a policy may know of the stack besides its resources."""

    environment: str = "prod"
    """Unknown ones count as prod, the strictest."""
    regions: Sequence[str] = ()
    """Where resources may be; empty: nowhere in particular."""
    teardown: bool = False
    """The stack is being prepared for `destroy`, so protection may go."""
    stack: str = ""
    """Its name, such as `aws-prod`."""
    config: Mapping[str, str] = field(default_factory=dict)
    """The stack file's keys as Pulumi tells them, structures as JSON."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the program declares it."""

    type: str
    name: str
    props: Mapping[str, Any]
    protect: bool = False
    """Whether Pulumi refuses to delete it."""
    parent: str = ""
    """URN of the component that it is part of."""
    links: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Property to the names of the resources that its value comes from."""

    def find(self, path: str) -> list[Any]:
        """All values at a path such as `rules[].filter.prefix`; what is not there is left out."""
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
    """What a property must be."""

    path: str
    holds: Callable[[Any], bool]
    says: str
    optional: bool = False
    """Whether it is fine where nothing is said."""
    where: Environments = EVERYWHERE
    apart: Callable[["Resource"], bool] = lambda resource: False
    """Which resources it is not asked of."""

    def fault(self, resource: Resource, context: Context) -> str | None:
        """What is wrong, if anything."""
        if context.environment not in self.where or self.apart(resource):
            return None
        found = resource.find(self.path)
        if not found:
            return None if self.optional else f"{self.path} is not set; it {self.says}"
        wrong = [each for each in found if each is not UNKNOWN and not self.holds(each)]
        return f"{self.path} is {wrong[0]!r}; it {self.says}" if wrong else None

    def only(self, where: Environments) -> "Want":
        """The same, in some environments."""
        return replace(self, where=where)

    def unless(self, apart: Callable[["Resource"], bool]) -> "Want":
        """The same, but not asked of some resources."""
        return replace(self, apart=apart)


def equals(path: str, *allowed: Any) -> Want:
    """One of these values."""
    return Want(path, lambda value: value in allowed, f"must be {' or '.join(map(repr, allowed))}")


def given(path: str) -> Want:
    """Something, whatever it is."""
    return Want(path, bool, "must be given")


def at_least(path: str, least: float) -> Want:
    """A number, this or more."""
    return Want(path, lambda value: float(value) >= least, f"must be {least:g} or more")


def never(path: str, *refused: Any) -> Want:
    """Anything but these values; nothing at all is fine."""
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
    """What every policy has."""

    name: str
    sentence: str
    """What holds where it is kept."""
    remedy: str
    """What to do where it is broken."""

    def broken(self, resource: str, message: str) -> Violation:
        """A violation of this policy."""
        return Violation(policy=self.name, resource=resource, message=f"{message}. {self.remedy}")


def _no_faults(resource: Resource, context: Context) -> Iterable[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class ResourcePolicy(Policy):
    """Judges one resource by itself, before it is made."""

    wants: Mapping[str, Sequence[Want]] = field(default_factory=dict)
    """Type to what its properties must be."""
    judge: Callable[[Resource, Context], Iterable[str]] = _no_faults
    """What a table cannot say."""

    def check(self, resource: Resource, context: Context) -> Iterator[Violation]:
        """Every way in which the resource breaks it."""
        faults = [want.fault(resource, context) for want in self.wants.get(resource.type, ())]
        for message in (*faults, *self.judge(resource, context)):
            if message:
                yield self.broken(resource.name, message)


Finding = tuple[Resource, str]


@dataclass(frozen=True, kw_only=True)
class StackPolicy(Policy):
    """Judges what only several resources together can get wrong."""

    judge: Callable[[Sequence[Resource], Context], Iterable[Finding]]
    advisory: bool = False
    """Whether it is told of, and stops nothing."""

    def check(self, stack: Sequence[Resource], context: Context) -> Iterator[Violation]:
        """Every way in which the stack breaks it."""
        for resource, message in self.judge(stack, context):
            yield self.broken(resource.name, message)


def violations(
    policies: Iterable[Policy], stack: Sequence[Resource], context: Context
) -> Iterator[Violation]:
    """Everything that is wrong with a stack."""
    for policy in policies:
        if isinstance(policy, StackPolicy):
            yield from policy.check(stack, context)
        elif isinstance(policy, ResourcePolicy):
            for resource in stack:
                yield from policy.check(resource, context)
