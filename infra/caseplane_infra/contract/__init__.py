"""What the platform needs from a cloud and what a cloud provides, in terms that fit every cloud.

Each part has two classes. `…Needs` is the input: a section of the stack file, each setting with unit, default,
reason and effect on cost. The component class of the same noun is the output: its attributes are all that
`__main__` and `kubernetes/` may use of it. `aws/`, `azure/` and `gcp/` implement the parts in modules of the same
names.

Outputs refer to secrets by their names in the cloud's secret store and never contain their values. The one exception
is the cluster's kubeconfig, which Pulumi keeps encrypted and does not export.
"""

from caseplane_infra.contract.cluster import Cluster, ClusterNeeds, CoreNodes, WorkerNodes
from caseplane_infra.contract.database import Database, DatabaseNeeds
from caseplane_infra.contract.edge import Edge, EdgeNeeds
from caseplane_infra.contract.identity import WORKLOADS, Identity
from caseplane_infra.contract.keys import Keys, KeysNeeds
from caseplane_infra.contract.llm import MODEL_CALLERS, LlmEndpoint, LlmModel, LlmNeeds, ModelEndpoint
from caseplane_infra.contract.network import Network, NetworkNeeds, Subnets
from caseplane_infra.contract.objects import OBJECT_STORES, ObjectStore, ObjectStoreNeeds
from caseplane_infra.contract.observability import Observability, ObservabilityNeeds
from caseplane_infra.contract.part import Part, Section
from caseplane_infra.contract.platform import Platform
from caseplane_infra.contract.queue import Queue, QueueNeeds
from caseplane_infra.contract.registry import Registry, RegistryNeeds
from caseplane_infra.contract.secrets import Secrets, SecretsNeeds
from caseplane_infra.contract.vectors import VectorStore, VectorStoreNeeds

__all__ = [
    "MODEL_CALLERS",
    "OBJECT_STORES",
    "WORKLOADS",
    "Cluster",
    "ClusterNeeds",
    "CoreNodes",
    "Database",
    "DatabaseNeeds",
    "Edge",
    "EdgeNeeds",
    "Identity",
    "Keys",
    "KeysNeeds",
    "LlmEndpoint",
    "LlmModel",
    "LlmNeeds",
    "ModelEndpoint",
    "Network",
    "NetworkNeeds",
    "ObjectStore",
    "ObjectStoreNeeds",
    "Observability",
    "ObservabilityNeeds",
    "Part",
    "Platform",
    "Queue",
    "QueueNeeds",
    "Registry",
    "RegistryNeeds",
    "Secrets",
    "SecretsNeeds",
    "Section",
    "Subnets",
    "VectorStore",
    "VectorStoreNeeds",
    "WorkerNodes",
]
