"""All parts together."""

from dataclasses import dataclass

from caseplane_infra.contract.cluster import Cluster
from caseplane_infra.contract.database import Database
from caseplane_infra.contract.edge import Edge
from caseplane_infra.contract.identity import Identity
from caseplane_infra.contract.keys import Keys
from caseplane_infra.contract.llm import LlmEndpoint
from caseplane_infra.contract.network import Network
from caseplane_infra.contract.objects import ObjectStore
from caseplane_infra.contract.observability import Observability
from caseplane_infra.contract.queue import Queue
from caseplane_infra.contract.registry import Registry
from caseplane_infra.contract.secrets import Secrets
from caseplane_infra.contract.vectors import VectorStore


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The platform on one cloud: one attribute per part, in build order."""

    network: Network
    keys: Keys
    secrets: Secrets
    database: Database
    objects: ObjectStore
    queue: Queue
    registry: Registry
    cluster: Cluster
    identity: Identity
    vectors: VectorStore
    llm: LlmEndpoint
    edge: Edge
    observability: Observability

    def outputs(self) -> dict[str, object]:
        """Outputs of the stack: endpoints and references, no secrets."""
        return {
            "network_id": self.network.id,
            "egress_addresses": self.network.egress_addresses,
            "key_id": self.keys.id,
            "secret_store": self.secrets.store,
            "secret_references": dict(self.secrets.references),
            "database_host": self.database.host,
            "database_name": self.database.name,
            "database_password_reference": self.database.password_reference,
            "object_urls": dict(self.objects.urls),
            "queue_url": self.queue.url,
            "dead_letter_url": self.queue.dead_letter_url,
            "registry_url": self.registry.url,
            "cluster_name": self.cluster.name,
            "cluster_endpoint": self.cluster.endpoint,
            "identities": dict(self.identity.annotations),
            "vector_store": self.vectors.backend,
            "models": {role: each.model for role, each in self.llm.models.items()},
            "api_host": self.edge.api_host,
            "console_url": self.edge.console_url,
            "name_servers": self.edge.name_servers,
            "logs": self.observability.logs,
        }
