"""What the services of one process share, built once by a composition root."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version as distribution_version

import httpx

from caseplane.core.auth import ServiceTokens
from caseplane.core.database import Database
from caseplane.core.drain import Drain
from caseplane.core.embeddings import Embedder
from caseplane.core.jobs import Jobs
from caseplane.core.llm import Llm
from caseplane.core.objects import ObjectStore
from caseplane.core.precedence import Precedence
from caseplane.core.reading import Reader
from caseplane.core.service import Services
from caseplane.core.settings import CoreSettings

REQUESTS = httpx.Limits(max_connections=200, max_keepalive_connections=50)
STREAMS = httpx.Limits(max_connections=20_000, max_keepalive_connections=50)


@dataclass
class Runtime:
    """Connections and clients of a process.

    `transports` holds, by service name, the in-process way to a service that runs in this same process; any
    other is called over the network at its address in `urls`. Callers use both in the same way. `answering` is held
    while a customer waits for an answer.
    """

    settings: CoreSettings
    tokens: ServiceTokens
    jobs: Jobs
    objects: ObjectStore
    embedder: Embedder
    further_embedders: Mapping[str, Callable[[], Embedder]] = field(default_factory=dict)
    llm: Llm | None = None
    reader: Reader | None = None
    services: Services = field(default_factory=Services)
    urls: Mapping[str, str] = field(default_factory=dict)
    transports: Mapping[str, httpx.AsyncBaseTransport] = field(default_factory=dict)
    drain: Drain = field(default_factory=Drain)
    answering: Precedence = field(default_factory=Precedence)
    version: str = field(default_factory=lambda: distribution_version("caseplane"))
    _databases: dict[str, Database] = field(default_factory=dict)
    _clients: dict[tuple[str, bool], httpx.AsyncClient] = field(default_factory=dict)

    def database(self, schema: str) -> Database:
        """The pool of connections that act as the role of `schema`; one per schema and process."""
        if schema not in self._databases:
            self._databases[schema] = Database(
                self.settings.database_url.get_secret_value(),
                schema=schema,
                pool_size=self.settings.database_pool_size,
            )
        return self._databases[schema]

    def http(self, service: str, *, streams: bool = False) -> httpx.AsyncClient:
        """A client with a service's base URL; one per service and process.

        Args:
            service: its name.
            streams: for event streams. They hold a connection while a client watches, so they have their own
                limit and cannot block ordinary requests.
        """
        if (service, streams) not in self._clients:
            transport = self.transports.get(service)
            self._clients[service, streams] = httpx.AsyncClient(
                base_url="http://in-process"
                if transport
                else self.urls.get(service, f"http://{service}:8080"),
                transport=transport,
                timeout=self.settings.request_timeout.total_seconds(),
                limits=STREAMS if streams else REQUESTS,
            )
        return self._clients[service, streams]

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        for database in self._databases.values():
            await database.close()


def freeze_startup() -> None:
    """Exclude the objects from start-up (modules, routes, schemas, models) from garbage collection.

    Otherwise the collector traverses them repeatedly, and each time delays every request by a tenth of a second.
    Call it once, when a process is ready to serve.
    """
    gc.collect()
    gc.freeze()
