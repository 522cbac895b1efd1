"""What every pass over a resource shares, and what is remembered of one between its passes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol, Self

from caseplane_operator.conditions import Fault
from caseplane_operator.kubernetes import Kubernetes
from caseplane_operator.platform import PlatformAdmin
from caseplane_operator.settings import OperatorSettings

Body = dict[str, Any]


class Key(NamedTuple):
    """Which resource."""

    resource: str
    namespace: str
    name: str

    @classmethod
    def of(cls, resource: str, meta: Any) -> Self:
        """By a resource's metadata."""
        return cls(resource, meta.get("namespace") or "", meta["name"])

    def __str__(self) -> str:
        return (
            f"{self.resource}/{self.namespace}/{self.name}"
            if self.namespace
            else f"{self.resource}/{self.name}"
        )


@dataclass
class Memory:
    """What need not be looked up at every pass, and may be lost at any time.

    Attributes:
        keys_due: the platform's list of keys is worth a look: they are only left over by a rotation, or by a death.
        synced: sources whose synchronisation was started because somebody asked.
        failures: of an ingestion, in words.
        was_ready: the time to Ready was measured.
    """

    keys_due: bool = True
    synced: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)
    was_ready: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a pass ended.

    Attributes:
        faults: what keeps the resource from being as its spec says.
        waiting: the platform is about to finish something.
        due: seconds until something is to be done in any case.
        gone: the resource is no more.
    """

    faults: tuple[Fault, ...] = ()
    waiting: bool = False
    due: float | None = None
    gone: bool = False


class Cluster(Protocol):
    """What is known of the other resources, from the watches."""

    def body(self, key: Key) -> Body | None: ...

    def bodies(self, resource: str) -> list[Body]: ...

    def wake(self, resource: str, chosen: Callable[[Body], bool]) -> None: ...


def stamp(moment: datetime) -> str:
    """A moment as Kubernetes writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Operator:
    """The collaborators of a pass; `now` is the platform's time, which its dates are compared with."""

    settings: OperatorSettings
    kubernetes: Kubernetes
    platform: PlatformAdmin
    cluster: Cluster
    now: Callable[[], datetime]
