"""Declarations of services.

Each service has a `service.py` with a `MANIFEST` (plain data, which any code may import) and an `app.py` with its
`PARTS` (its code, imported only where it runs). Composition, routing, command line, addresses, database roles, the
chart's list and network flows, workers' queues and import contracts are derived from the manifests that
`caseplane.services` lists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Lane(StrEnum):
    """Who waits for the jobs of a queue; each lane has its own workers, so that slow work does not delay answers."""

    turns = "turns"
    """A customer waits for an answer."""
    interactive = "interactive"
    """A person waits: an agent, a desk, a customer for an agent's reply."""
    soon = "soon"
    """A person will look at it soon, such as a draft. Has few workers of its own, and lets answers and tickets go first."""
    batch = "batch"
    """Background work: ingestion, exports, clean-up. May run on spot nodes."""


class Access(StrEnum):
    """A service's access to the files of a store."""

    read = "read"
    write = "write"
    append = "append"
    """Write and read, never delete."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The declaration of a service.

    Attributes:
        name: of the service, its folder below `caseplane`, its Deployment and its command (`caseplane serve NAME`).
        summary: what it does, in a few words.
        areas: first parts of the paths below `/api/v1/` that it owns.
        within: paths in areas of other services that it serves all the same; `*` is any one part.
        unsigned: areas that need no credential, since the service checks a signature itself.
        schema: of its tables, and of the database role that it acts as.
        queues: of its jobs, with who waits for them.
        leads: the queue whose workers also run `Parts.working`; None for any of its queues.
        public: whether it is the edge, which forwards to every service that owns an area and counts tenants' requests.
        calls: names of services that it calls over HTTP through their clients.
        asks_models: whether it calls a language model.
        embeds: whether it calls the embedding model.
        vectors: whether it uses a vector store outside the database.
        stores: object stores that it uses, with its access.
        layers: all modules and packages in its folder, the highest first; each imports only lower ones. Those of one
            layer are separated by ` | ` and do not import one another.
    """

    name: str
    summary: str
    schema: str
    areas: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    unsigned: frozenset[str] = frozenset()
    queues: Mapping[str, Lane] = field(default_factory=dict)
    leads: str | None = None
    public: bool = False
    calls: tuple[str, ...] = ()
    asks_models: bool = False
    embeds: bool = False
    vectors: bool = False
    stores: Mapping[str, Access] = field(default_factory=dict)
    layers: tuple[str, ...] = ()

    def worked_on_by(self, queues: Sequence[str] | None) -> bool:
        """Whether a worker of these queues (none named: all) also runs `Parts.working`."""
        leading = {self.leads} if self.leads else set(self.queues)
        return not queues or not leading.isdisjoint(queues)


class Services(tuple[Manifest, ...]):
    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self)

    def named(self, name: str) -> Manifest:
        """Raises `KeyError` where there is none."""
        return {each.name: each for each in self}[name]

    @property
    def edge(self) -> Manifest:
        """The one public service."""
        (found,) = (each for each in self if each.public)
        return found

    @property
    def owners(self) -> dict[str, str]:
        """API areas to the names of the services that own them."""
        return {area: each.name for each in self for area in each.areas}

    def owner_of(self, path: str) -> str | None:
        """Name of the service that serves a path below `/api/v1/`; None for a path that none does."""
        parts = path.split("/")
        for each in self:
            if any(_fits(pattern.split("/"), parts) for pattern in each.within):
                return each.name
        return self.owners.get(parts[0])

    def called_by(self, manifest: Manifest) -> tuple[str, ...]:
        """Names of the services that a service sends requests to."""
        forwarded = {each.name for each in self if each.areas} if manifest.public else set()
        return tuple(sorted((forwarded | set(manifest.calls)) - {manifest.name}))

    def queues(self, lane: Lane) -> tuple[str, ...]:
        named = (queue for each in self for queue, of in each.queues.items() if of is lane)
        return tuple(dict.fromkeys(named))  # a job may cross from one service to another by one queue


def _fits(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    return len(pattern) == len(parts) and all(
        p in ("*", part) for p, part in zip(pattern, parts, strict=True)
    )
