"""What the platform needs of a cloud, and what a cloud gives back; no cloud is named here.

Each part has two classes. `…Needs` is the input: a section of the stack file, every knob with unit, default,
reason and effect on cost. The component class of the same noun is the output: its attributes are all that
`__main__` and `kubernetes/` may know of it. `aws/`, `azure/` and `gcp/` fulfil both, a module per part, under
the same file names.

Secrets leave as references (names in the cloud's secret store), never as values; the one exception is the
cluster's kubeconfig, which Pulumi keeps encrypted and does not export.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, ClassVar, Literal

import pulumi
import pulumi_kubernetes
from pydantic import BaseModel, ConfigDict, Field

from caseplane_infra.naming import Labels

Gib = Annotated[int, Field(ge=1, le=65_536)]
Days = Annotated[int, Field(ge=1, le=3_650)]
Tier = Literal["small", "medium", "large"]


class Section(BaseModel):
    """A part of the stack file: an unknown key is an error, and nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Part(pulumi.ComponentResource):
    """One part of the platform on one cloud: `caseplane:<cloud>:<Noun>`, a permanent name."""

    cloud: ClassVar[str]

    def __init__(self, name: str, labels: Labels, opts: pulumi.ResourceOptions | None = None) -> None:
        noun = type(self).__mro__[1].__name__
        super().__init__(f"caseplane:{self.cloud}:{noun}", name, None, opts)
        self.labels = labels.of(name)

    def child(self, *depends_on: pulumi.Resource, protect: bool | None = None) -> pulumi.ResourceOptions:
        """Options of a child: parent, and what the engine cannot see from its inputs."""
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on), protect=protect)

    def done(self) -> None:
        """Register what the contract promises, and fail where a promise was not kept."""
        promised = type(self).__mro__[1].__annotations__
        missing = [each for each in promised if not hasattr(self, each)]
        if missing:
            raise NotImplementedError(f"{type(self).__name__} does not set {', '.join(missing)}")
        values = {each: getattr(self, each) for each in promised}
        self.register_outputs({each: value for each, value in values.items() if _recordable(value)})


def _recordable(value: object) -> bool:
    """Whether the engine can keep a value in its state: text, outputs, and mappings of them."""
    if isinstance(value, Mapping):
        return all(_recordable(each) for each in value.values())
    return isinstance(value, str | pulumi.Output)


# Network ------------------------------------------------------------------------------------------------------


class Subnets(StrEnum):
    """The three rings: ingress alone is public, pods run in `app`, managed data services answer in `data`."""

    public = "public"
    app = "app"
    data = "data"


class NetworkNeeds(Section):
    """Addresses, zones and the way out."""

    cidr: IPv4Network = IPv4Network("10.20.0.0/16")
    """IPv4 range of the network, /16 to /20; every subnet is cut from it. No cost."""
    pods_cidr: IPv4Network = IPv4Network("10.60.0.0/16")
    """Range of pods where the cloud gives them one of their own (Google, Azure overlay). No cost."""
    services_cidr: IPv4Network = IPv4Network("10.70.0.0/20")
    """Range of cluster-internal service addresses. No cost."""
    zones: Annotated[int, Field(ge=1, le=3)] = 2
    """Availability zones. One is enough for dev; each further one costs a NAT where `nat` is `per_zone`."""
    nat: Literal["none", "single", "per_zone"] = "per_zone"
    """Way out of the private subnets. `none`: only private endpoints, so desks and sites outside cannot be
    reached; saves about 32 USD a month per gateway plus 0.045 USD per GB."""
    endpoints: bool = True
    """Private endpoints of managed services. About 7 USD a month each and zone, saves NAT traffic."""
    flow_logs: bool = False
    """Record of connections, kept as long as logs are. About 0.50 USD per GB."""

    @property
    def closed(self) -> bool:
        """Whether nothing leads out of the network but private endpoints."""
        return self.nat == "none"

    @property
    def gateways(self) -> int:
        """How many NAT gateways there are; on Google, how many addresses the one gateway has."""
        return {"none": 0, "single": 1, "per_zone": self.zones}[self.nat]


class Network(Part):
    """An isolated network with three rings of subnets."""

    id: pulumi.Output[str]
    cidr: str
    subnets: Mapping[Subnets, pulumi.Output[list[str]]]
    """Ids per ring, one per zone where the cloud's subnets are zonal, else one."""
    egress_addresses: pulumi.Output[list[str]]
    """Public addresses that the platform calls out from, for allow-lists of desks; empty without NAT."""


# Keys, secrets, identity --------------------------------------------------------------------------------------


class KeysNeeds(Section):
    """Own encryption keys for everything at rest."""

    rotation_days: Annotated[int, Field(ge=90, le=2_560)] = 365
    """New key material every so many days. About 1 USD a month per key."""
    deletion_window_days: Annotated[int, Field(ge=7, le=90)] = 30
    """How long a deleted key can still be brought back; without it the data is gone. No cost.
    Clouds cap it (AWS 30, Azure 90)."""


class Keys(Part):
    """The key that encrypts database, objects, secrets, queue, disks and logs."""

    id: pulumi.Output[str]
    """As the cloud names it: ARN, key URL or resource name."""


class SecretsNeeds(Section):
    """The cloud's secret store."""

    recovery_days: Annotated[int, Field(ge=7, le=30)] = 30
    """How long a deleted secret can be restored. No cost while deleted."""


class Secrets(Part):
    """A store of secrets, encrypted with the own key; values are generated once and never overwritten."""

    store: pulumi.Output[str]
    """What External Secrets' ClusterSecretStore points at: region, vault URL or project id."""
    references: Mapping[str, pulumi.Output[str]]
    """Logical name to name in the store: `service-secret`, `platform-admin-key`, `app-config`."""


WORKLOADS = ("gateway", "orchestrator", "retrieval", "escalation", "worker", "operator", "external-secrets")
"""Service accounts of the platform; each has a cloud identity of its own, with its own least rights."""


class Identity(Part):
    """Cloud identities of the workloads, without long-lived credentials."""

    annotations: Mapping[str, pulumi.Output[Mapping[str, str]]]
    """Workload to the annotations that its Kubernetes service account needs; empty where the cloud needs none."""
    pod_labels: Mapping[str, str]
    """Labels that pods need for the cloud to hand them an identity."""


# Data ---------------------------------------------------------------------------------------------------------


class DatabaseNeeds(Section):
    """PostgreSQL with pgvector."""

    tier: Tier = "small"
    """Compute and memory: small 2 vCPU/4 to 8 GiB, medium 2 vCPU/16 GiB, large 4 vCPU/32 GiB.
    The largest fixed cost: about 60, 200 and 400 USD a month, twice that with `high_availability`."""
    version: Literal["15", "16", "17"] = "17"
    """Major version; raising it is an upgrade with downtime, lowering it is refused. No cost."""
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")] = "gc_ticketing"
    """Database of the application; cannot change later. No cost."""
    admin: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "gc_admin"
    """Login that owns the schemas and runs migrations; services never use it. Cannot change later."""
    storage_gib: Annotated[int, Field(ge=20, le=16_384)] = 50
    """Disk at the start, GiB. About 0.12 to 0.17 USD per GiB and month, twice with `high_availability`."""
    max_storage_gib: Annotated[int, Field(ge=20, le=16_384)] = 500
    """Disk may grow by itself up to this, GiB; it never shrinks."""
    high_availability: bool = False
    """Standby in a second zone. Doubles compute and storage."""
    backup_days: Annotated[int, Field(ge=1, le=35)] = 7
    """Point-in-time recovery reaches so far back. Storage beyond the database's size is billed."""
    protect: bool = True
    """Refuse deletion, in Pulumi and in the cloud. No cost."""
    performance_insights: bool = True
    """Query statistics kept 7 days. No cost at that length."""


class Database(Part):
    """A PostgreSQL server that only the app ring can reach, TLS only, and the application's database in it."""

    id: pulumi.Output[str]
    host: pulumi.Output[str]
    port: pulumi.Output[int]
    name: pulumi.Output[str]
    password_reference: pulumi.Output[str]
    """Secret that holds the password, and nothing else, of the services' login `caseplane_app`. No resource makes
    that login on any cloud: the first migration does, and each migration sets this password."""
    admin_password_reference: pulumi.Output[str]
    """Secret that holds the password, and nothing else, of the owner, for migrations alone."""


class ObjectStoreNeeds(Section):
    """Buckets or containers: documents, attachments, audit."""

    redundancy: Literal["zone", "region"] = "region"
    """`zone`: one zone or data centre where the cloud offers it; `region`: several zones, about 25 % dearer
    on Azure, the same price on AWS and Google."""
    noncurrent_days: Days = 30
    """Overwritten or deleted versions are kept so long. Their storage is billed."""
    cool_after_days: Days = 90
    """Attachments and audit records move to a cheaper class after this; reading them back costs more."""
    audit_days: Days = 400
    """Audit records cannot be deleted or changed before. Their storage is billed."""
    protect: bool = True
    """Refuse deletion. No cost."""


OBJECT_STORES = ("docs", "attachments", "audit")


class ObjectStore(Part):
    """Three versioned, encrypted, private stores that speak TLS only."""

    urls: Mapping[str, pulumi.Output[str]]
    """`docs`, `attachments`, `audit` to the URL that the services read: `s3://…`, `az://…`, `gs://…`."""
    options: Mapping[str, pulumi.Output[str]]
    """Environment that the services' object client needs beside the URL, such as the storage account's name."""


class VectorStoreNeeds(Section):
    """Where vectors are searched."""

    backend: Literal["pgvector", "qdrant"] = "pgvector"
    """`pgvector`: in the database, no further cost. `qdrant`: on the cluster, disks and memory are extra."""
    storage_gib: Gib = 20
    """Disk of the one Qdrant, GiB. Unused with pgvector. About 0.10 USD per GiB and month."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets that the backend needs beside the platform's own."""
        return ("qdrant-api-key",) if self.backend == "qdrant" else ()


class VectorStore(Part):
    """pgvector's home, or an encrypted storage class for Qdrant's disks."""

    backend: str
    storage_class: Mapping[str, pulumi.Input[str]]
    """Parameters of the Kubernetes StorageClass, with the own key; `provisioner` is one of them."""


class QueueNeeds(Section):
    """One queue of object events and jobs from outside, with a dead end that can be redriven."""

    visibility_seconds: Annotated[int, Field(ge=10, le=600)] = 60
    """A message is another worker's after this without acknowledgement, seconds."""
    retention_seconds: Annotated[int, Field(ge=60, le=604_800)] = 345_600
    """Unread messages are dropped after this, seconds (4 days)."""
    dead_letter_seconds: Annotated[int, Field(ge=60, le=1_209_600)] = 1_209_600
    """Dead letters are kept for so long, seconds (14 days)."""
    attempts: Annotated[int, Field(ge=5, le=100)] = 5
    """Deliveries before a message is a dead letter. Google allows 5 to 100."""


class Queue(Part):
    """The `jobs` queue; new, changed and deleted objects of `docs` are announced on it."""

    url: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]


# Compute ------------------------------------------------------------------------------------------------------


class RegistryNeeds(Section):
    """Where images are pulled from."""

    keep_images: Annotated[int, Field(ge=1, le=1_000)] = 30
    """Newest images kept per repository. About 0.10 USD per GB and month."""


class Registry(Part):
    """A private registry whose tags cannot be overwritten, scanned on push."""

    url: pulumi.Output[str]
    """Prefix of image names: `<url>/services:<tag>`."""
    mirrors: Mapping[str, pulumi.Output[str]]
    """Where nodes have no way out: another registry's host to the prefix of what stands in for it. Else empty."""


class CoreNodes(Section):
    """On-demand nodes of the services."""

    tier: Tier = "medium"
    """Node size: small 2 vCPU/4 GiB, medium 2 vCPU/8 GiB, large 4 vCPU/16 GiB; about 25, 50 and 100 USD each."""
    minimum: Annotated[int, Field(ge=1, le=100)] = 2
    """Fewest nodes in all zones together."""
    desired: Annotated[int, Field(ge=1, le=100)] = 3
    """Nodes at the start; the autoscaler moves it afterwards."""
    maximum: Annotated[int, Field(ge=1, le=100)] = 4
    """Most nodes in all zones together: the ceiling of the bill."""
    disk_gib: Gib = 50
    """Disk of each node, GiB."""


class WorkerNodes(Section):
    """Nodes of the background workers, from zero."""

    tier: Tier = "medium"
    """Node size, as for `core`."""
    minimum: Annotated[int, Field(ge=0, le=100)] = 0
    """Fewest nodes; zero costs nothing while there is no work."""
    desired: Annotated[int, Field(ge=0, le=100)] = 1
    """Nodes at the start; the autoscaler moves it afterwards."""
    maximum: Annotated[int, Field(ge=1, le=100)] = 5
    """Most nodes in all zones together: the ceiling of the bill."""
    disk_gib: Gib = 50
    """Disk of each node, GiB."""
    spot: bool = True
    """Interruptible capacity, 60 to 90 % cheaper; jobs are safe to interrupt."""


class ClusterNeeds(Section):
    """Kubernetes."""

    version: Annotated[str, Field(pattern=r"^1\.\d{2}$")] = "1.34"
    """Minor version; raise it one at a time. Old versions cost extra on AWS (0.60 instead of 0.10 USD an hour)."""
    architecture: Literal["amd64", "arm64"] = "amd64"
    """Processor of all nodes; arm64 is about 20 % cheaper where the cloud offers it."""
    private_control_plane: bool = False
    """The Kubernetes API answers inside the network only; then deploy from inside (VPN, bastion, runner)."""
    authorized_cidrs: tuple[IPv4Network, ...] = ()
    """Addresses that may reach a public control plane; empty with a public one is refused outside dev."""
    core: CoreNodes = CoreNodes()
    """On-demand nodes of the services."""
    workers: WorkerNodes = WorkerNodes()
    """Spot nodes of the background workers."""
    protect: bool = False
    """Refuse deletion of the cluster. No cost."""


class Cluster(Part):
    """A managed Kubernetes cluster with workload identity and two node pools."""

    name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    issuer: pulumi.Output[str]
    """OIDC issuer of its service-account tokens."""
    kubeconfig: pulumi.Output[str]
    provider: pulumi_kubernetes.Provider


class LlmModel(Section):
    """A model by its name at the provider."""

    name: str
    """Model id, for instance `anthropic.claude-sonnet-4-5-20250929-v1:0`, `gpt-4.1-mini`, `gemini-2.5-flash`."""
    version: str = ""
    """Version, where the provider deploys one (Azure). Empty: the provider's default."""
    capacity: Annotated[int, Field(ge=1, le=100_000)] = 50
    """Thousands of tokens a minute that are reserved (Azure) or alarmed at (elsewhere)."""


class LlmNeeds(Section):
    """Language and embedding models; without them answers are extractive and embeddings local."""

    enabled: bool = False
    """Whether models are set up at all. Their tokens are the budget line to watch."""
    region: str = ""
    """Where the models are, if not in the stack's region."""
    answer: LlmModel | None = None
    """Writes answers from evidence."""
    small: LlmModel | None = None
    """Tags, summaries, routing."""
    embedding: LlmModel | None = None
    """Vectors of passages and questions."""
    embedding_dimension: Annotated[int, Field(ge=64, le=4_000)] = 1_536
    """Length of the embedding model's vectors."""


@dataclass(frozen=True, kw_only=True)
class ModelEndpoint:
    """A model in the one form that the services' settings take (`CASEPLANE_LLM_<ROLE>__*`)."""

    provider: Literal["openai", "azure", "bedrock", "vertex"]
    model: pulumi.Output[str]
    base_url: pulumi.Output[str] | None = None
    region: str = ""
    project: str = ""


class LlmEndpoint(Part):
    """Models by role, called under the workloads' own identities."""

    models: Mapping[str, ModelEndpoint]
    """`answer`, `small`, `embedding`; empty if disabled."""


# Edge and sight -----------------------------------------------------------------------------------------------


class EdgeNeeds(Section):
    """How the world reaches the platform."""

    domain: Annotated[str, Field(pattern=r"^$|^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")] = ""
    """DNS name of the platform, such as `support.example.com`; its API is at `api.`. Empty: no public edge."""
    zone: str = ""
    """Existing DNS zone to write into; empty: a zone for `domain` is made, to be delegated by its owner."""
    waf: bool = True
    """Managed rules against common attacks, and throttling. About 20 to 40 USD a month."""
    requests_per_5_minutes: Annotated[int, Field(ge=100, le=2_000_000)] = 2_000
    """Requests of one address in five minutes before it is blocked. No cost."""
    cdn: bool = True
    """The console's files from a content delivery network. Billed per GB."""


class Edge(Part):
    """DNS, TLS, web application firewall, load balancer, and the console's content delivery."""

    api_host: pulumi.Output[str]
    console_url: pulumi.Output[str]
    ingress: Mapping[str, pulumi.Output[str]]
    """Annotations of the chart's Ingress; `class` is one of them."""
    name_servers: pulumi.Output[list[str]]
    """To delegate the domain to; empty if an existing zone is used."""


class ObservabilityNeeds(Section):
    """Logs, dashboards, alarms."""

    log_days: Literal[7, 14, 30, 60, 90, 180, 365] = 30
    """Logs are kept so long. About 0.50 USD per GB taken in, then 0.03 USD per GB and month."""
    alarm_email: str = ""
    """Whom alarms reach; empty: they are recorded only."""
    dashboards: bool = True
    """A dashboard of the managed services. About 3 USD a month on AWS."""


class Observability(Part):
    """Log sinks encrypted with the own key, alarms on what people must act on."""

    logs: pulumi.Output[str]
    """Log group, workspace or bucket of the platform's logs."""
    alarms: pulumi.Output[list[str]]
    """Ids of the alarms."""


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
        """What the stack exports: endpoints and references, never a secret."""
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


PARTS = tuple(each.name for each in fields(Platform))
