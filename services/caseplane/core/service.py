"""What a service is, declared once.

Each service has a `service.py` with a `MANIFEST` (plain data, imported by everything that needs to know which services
there are) and an `app.py` with its `PARTS` (its code, imported only where it runs: `core.parts`). Composition,
routing, command line, addresses, database roles, the chart's list and network flows, workers' queues and import
contracts follow from the manifests that `caseplane.services` lists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Lane(StrEnum):
    """Who waits for the jobs of a queue; each lane has workers of its own, so that slow work delays no answer."""

    turns = "turns"
    """A customer waits for an answer."""
    interactive = "interactive"
    """A person waits: an agent, a desk, a customer for an agent's reply."""
    batch = "batch"
    """Nobody waits: ingestion, exports, clean-up. May run on spot nodes."""


class Access(StrEnum):
    """What a service does with the files of a store."""

    read = "read"
    write = "write"
    append = "append"
    """Write and read, never delete."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A service, as the rest of the house knows it.

    Attributes:
        name: of the service, its folder below `caseplane`, its Deployment and its command (`caseplane serve NAME`).
        summary: what it does, in a few words.
        areas: first parts of the paths below `/api/v1/` that it owns.
        unsigned: areas that callers reach without a credential, since the service checks a signature itself.
        schema: of its tables, and of the database role that it acts as.
        queues: of its jobs, with who waits for them.
        leads: the queue whose workers also run `Parts.working`; None where any of its queues will do.
        public: whether it is the edge: it forwards to every service that owns an area, and its requests are tenants' own.
        calls: services whom it calls over HTTP through their clients, by name.
        asks_models: whether it calls a language model.
        embeds: whether it calls the embedding model.
        vectors: whether it reads or writes a vector store outside of the database.
        stores: object stores that it uses, and how.
        layers: all modules and packages in its folder, the highest first; each imports only lower ones. Those of one
            layer are separated by ` | ` and do not import one another.
    """

    name: str
    summary: str
    schema: str
    areas: tuple[str, ...] = ()
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

    def worked_on_by(self, queues: "Sequence[str] | None") -> bool:
        """Whether a worker of these queues (None: all) also runs `Parts.working`."""
        return queues is None or bool(
            {self.leads} & set(queues) if self.leads else self.queues.keys() & set(queues)
        )


class Services(tuple[Manifest, ...]):
    """The services of an installation."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self)

    def named(self, name: str) -> Manifest:
        """Raises `KeyError` where there is none."""
        return {each.name: each for each in self}[name]

    @property
    def owners(self) -> dict[str, str]:
        """Area of the API to the name of the service that owns it."""
        return {area: each.name for each in self for area in each.areas}

    def called_by(self, manifest: Manifest) -> tuple[str, ...]:
        """Names of the services that a service sends requests to."""
        forwarded = {each.name for each in self if each.areas} if manifest.public else set()
        return tuple(sorted((forwarded | set(manifest.calls)) - {manifest.name}))

    def queues(self, lane: Lane) -> tuple[str, ...]:
        named = (queue for each in self for queue, of in each.queues.items() if of is lane)
        return tuple(dict.fromkeys(named))  # a job may cross from one service to another by one queue
