"""The form of a cloud's rules: one `Kind` per resource type, and rules in plain functions.

A rulebook is data about one cloud: the form of ids, which properties name other resources, what cannot
change, what protects from deletion, account limits, and further rules that the real cloud
enforces. Each rule carries the input that breaks it, so that a test can show that it refuses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.integration.infra.simulator.values import Properties

if TYPE_CHECKING:
    from tests.integration.infra.simulator.cloud import Cloud, Record
    from tests.integration.infra.simulator.facts import Facts


class RefusedError(Exception):
    """The cloud refuses: its code for the reason, and what is wrong."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason = code, reason


@dataclass(frozen=True)
class Ref:
    """In an example: a property of another type's example, which is created first."""

    kind: str
    property: str = "id"
    number: int = 1
    """The number of the resource: a second, third … of that type."""


class Drop:
    """In a broken example: leave the property out."""


@dataclass(frozen=True)
class To:
    """What a property names."""

    kinds: tuple[str, ...]
    by: str = "id"
    """The property of the other resource: `id`, `arn`, `name`, `selfLink` …"""
    holds: bool = True
    """Whether the other resource cannot be deleted while this one names it."""
    outside: str = ""
    """Regular expression of names that are not in this account, such as the vendor's own policies."""


def to(*kinds: str, by: str = "id", holds: bool = True, outside: str = "") -> To:
    """Declare what a property names; see `To`."""
    return To(kinds, by, holds, outside)


Template = str | Callable[["Facts"], Any]
"""`arn:aws:s3:::{bucket}`, filled from inputs, account facts, `id` and `hex`; or a function of the facts."""


@dataclass(frozen=True)
class Kind:
    """One resource type."""

    token: str
    id: Template
    example: Mapping[str, Any]
    """A valid resource; `Ref` names another type's example. Rules break it."""
    further: tuple[Mapping[str, Any], ...] = ()
    """Overrides that make a second, third … valid example."""
    outputs: Mapping[str, Template] = field(default_factory=dict)
    nested: Mapping[str, Template] = field(default_factory=dict)
    """Outputs inside a property that is also an input, such as `properties.vaultUri`."""
    refs: Mapping[str, To] = field(default_factory=dict)
    within: str = ""
    """The reference to the resource that this is a part of: deleted with it, although Pulumi does not delete it."""
    immutable: tuple[str, ...] = ()
    """Properties whose change replaces the resource, in addition to the documented ones."""
    protected_by: str = ""
    """Boolean property that refuses deletion while it is true."""
    autoname: str = ""
    """Property that gets `<name>-<7 hex digits>` if the program leaves it out."""
    unique: tuple[tuple[str, ...], ...] = ()
    """Sets of properties that no two resources of this type may share."""
    quota: int = 0
    """Maximum number in an account; 0 is no limit."""
    polls: int = 0
    """Reads after creation until it is ready."""
    open_sets: tuple[str, ...] = ()
    """Properties whose closed set in the SDK is older than the service, so that other values are accepted."""


@dataclass(frozen=True)
class Rule:
    """One thing that the real cloud refuses."""

    kind: str
    code: str
    sentence: str
    check: Callable[["Facts"], str | None]
    broken: Mapping[str, Any]
    """Overrides of the kind's example that break the rule; keys may be paths (`vpcConfig.subnetIds[0]`)."""
    beside: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """Resources that exist before: examples of these kinds with these overrides."""
    change: bool = False
    """Break it by changing the good example, rather than by creating a broken one."""


Check = Callable[["Facts"], str | None]


class Rulebook:
    """All that the simulator knows of one cloud beyond the SDK's classes."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.kinds: dict[str, Kind] = {}
        self.rules: list[Rule] = []
        self.invokes: dict[str, Callable[[Cloud, Properties], Properties]] = {}
        self.outputs: dict[str, Template] = {}
        """Outputs that any type of this cloud may have, filled where the SDK promises them."""
        self.born: dict[str, Callable[[Cloud, Record], None]] = {}
        """What the cloud makes by itself for a new resource; see `Cloud.imply`."""
        self.empty: dict[str, Callable[[Cloud, Record], str | None]] = {}
        """Why a resource cannot be deleted yet, such as a bucket with objects."""

        self.configure: Callable[[Cloud, Properties], None] | None = None

    def kind(self, token: str, **declared: Any) -> str:
        """Declare a resource type; the keywords are `Kind`'s. Returns the token, which names it."""
        if token in self.kinds:
            raise ValueError(f"{token} is declared twice")
        self.kinds[token] = Kind(token=token, **declared)
        return token

    def rule(
        self,
        kind: str,
        code: str,
        *,
        broken: Mapping[str, Any],
        beside: Sequence[tuple[str, Mapping[str, Any]]] = (),
        change: bool = False,
    ) -> Callable[[Check], Check]:
        """Declare a rule: its docstring is the sentence; it returns what is wrong, or `None`."""

        def add(check: Check) -> Check:
            sentence = " ".join((check.__doc__ or "").split())
            if not sentence:
                raise ValueError(f"the rule {check.__name__} needs a docstring: the sentence it enforces")
            self.rules.append(Rule(kind, code, sentence, check, broken, tuple(beside), change))
            return check

        return add

    def configuration(
        self, function: Callable[["Cloud", Properties], None]
    ) -> Callable[["Cloud", Properties], None]:
        """Declare a check of a provider's configuration, such as the account that it may change."""
        self.configure = function
        return function

    def invoke(self, token: str) -> Callable[[Any], Any]:
        """Declare a function that programs may call; it gets the cloud and the arguments."""

        def add(function: Callable[["Cloud", Properties], Properties]) -> Any:
            self.invokes[token] = function
            return function

        return add

    def when_born(self, kind: str) -> Callable[[Any], Any]:
        """Declare what the cloud creates by itself along with a new resource."""

        def add(function: Callable[["Cloud", "Record"], None]) -> Any:
            self.born[kind] = function
            return function

        return add

    def while_full(self, kind: str) -> Callable[[Any], Any]:
        """Declare why a resource cannot be deleted yet."""

        def add(function: Callable[["Cloud", "Record"], str | None]) -> Any:
            self.empty[kind] = function
            return function

        return add
