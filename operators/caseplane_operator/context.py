"""What every pass shares, and what is remembered of a resource between its passes."""

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
    """What identifies a resource; the namespace of a cluster-scoped one is empty."""

    resource: str
    namespace: str
    name: str

    @classmethod
    def of(cls, resource: str, meta: Any) -> Self:
        return cls(resource, meta.get("namespace") or "", meta["name"])

    def __str__(self) -> str:
        return "/".join(part for part in self if part)


@dataclass
class Memory:
    """What a pass need not look up again; losing it costs requests only.

    Attributes:
        keys_due: the platform's list of keys must be read: a rotation or a crash may have left some.
        synced: ids of the sources that were synchronised for the present request.
        failures: failed files of the latest ingestion, in words, by its id.
        was_ready: the time to Ready was recorded.
    """

    keys_due: bool = True
    synced: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)
    was_ready: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a pass ended.

    Attributes:
        faults: what keeps the resource from matching its spec.
        waiting: the platform is about to finish something.
        due: seconds until the next pass must be made in any case.
        gone: the resource no longer exists.
    """

    faults: tuple[Fault, ...] = ()
    waiting: bool = False
    due: float | None = None
    gone: bool = False


class Cluster(Protocol):
    """The other resources, as the watches last reported them."""

    def body(self, key: Key) -> Body | None: ...

    def bodies(self, resource: str) -> list[Body]: ...

    def wake(self, resource: str, chosen: Callable[[Body], bool]) -> None: ...


def stamp(moment: datetime) -> str:
    """A moment in Kubernetes' notation."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Operator:
    """What a pass works with; `now` is the platform's time, because the dates it is compared with are the platform's."""

    settings: OperatorSettings
    kubernetes: Kubernetes
    platform: PlatformAdmin
    cluster: Cluster
    now: Callable[[], datetime]
