"""Contradictions between keys of the stack file."""

from ipaddress import IPv4Network
from typing import Protocol

from caseplane_infra.contract import (
    ClusterNeeds,
    DatabaseNeeds,
    LlmNeeds,
    NetworkNeeds,
    ObjectStoreNeeds,
    VectorStoreNeeds,
)


class Settings(Protocol):
    """The keys that may contradict one another; `caseplane_infra.settings.Settings` has them."""

    @property
    def cloud(self) -> str: ...
    @property
    def environment(self) -> str: ...
    @property
    def teardown(self) -> bool: ...
    @property
    def network(self) -> NetworkNeeds: ...
    @property
    def cluster(self) -> ClusterNeeds: ...
    @property
    def database(self) -> DatabaseNeeds: ...
    @property
    def objects(self) -> ObjectStoreNeeds: ...
    @property
    def vectors(self) -> VectorStoreNeeds: ...
    @property
    def llm(self) -> LlmNeeds: ...


def contradictions(settings: Settings) -> list[str]:
    """Every fault between keys, each with its key and what to do."""
    return [
        *_addresses(settings.network),
        *_sizes(settings),
        *_safety(settings),
        *_models(settings),
        *_vectors(settings),
    ]


def _vectors(settings: Settings) -> list[str]:
    if settings.vectors.backend == "qdrant" and settings.network.closed and settings.cloud != "local":
        return [
            "vectors.backend: Qdrant's image comes from the Internet; set network.nat to `single`, or keep pgvector"
        ]
    return []


def _addresses(network: NetworkNeeds) -> list[str]:
    faults = []
    if not 16 <= network.cidr.prefixlen <= 20:
        faults.append(
            f"network.cidr: {network.cidr} must be a /16 to a /20, so that three rings in three zones fit"
        )
    ranges = {"cidr": network.cidr, "pods_cidr": network.pods_cidr, "services_cidr": network.services_cidr}
    names = list(ranges)
    for index, one in enumerate(names):
        if not ranges[one].is_private:
            faults.append(f"network.{one}: {ranges[one]} is not a private range; use one inside 10.0.0.0/8")
        faults.extend(
            f"network.{one}: {ranges[one]} overlaps network.{other} {ranges[other]}; move one of them"
            for other in names[index + 1 :]
            if ranges[one].overlaps(ranges[other])
        )
    return faults


def _sizes(settings: Settings) -> list[str]:
    faults = [
        f"cluster.{name}: needs minimum ≤ desired ≤ maximum, has {pool.minimum}, {pool.desired}, {pool.maximum}"
        for name, pool in (("core", settings.cluster.core), ("workers", settings.cluster.workers))
        if not pool.minimum <= pool.desired <= pool.maximum
    ]
    if settings.database.max_storage_gib < settings.database.storage_gib:
        faults.append("database.max_storage_gib: smaller than database.storage_gib")
    return faults


def _safety(settings: Settings) -> list[str]:
    """Requirements of the environment."""
    cluster, database, network = settings.cluster, settings.database, settings.network
    faults = []
    if database.high_availability and network.zones < 2:
        faults.append("database.high_availability: needs network.zones of 2 or more")
    if network.closed and not network.endpoints:
        faults.append("network.nat: `none` needs network.endpoints: true, or pods reach no managed service")
    if settings.cloud == "local" or settings.environment == "dev":
        return faults
    if not cluster.private_control_plane and not cluster.authorized_cidrs:
        faults.append("cluster.private_control_plane: true, or name cluster.authorized_cidrs")
    if any(each == IPv4Network("0.0.0.0/0") for each in cluster.authorized_cidrs):
        faults.append("cluster.authorized_cidrs: 0.0.0.0/0 is every address; name your own addresses")
    if settings.environment != "prod":
        return faults
    required = {
        "database.high_availability": database.high_availability,
        "database.protect": database.protect,
        "objects.protect": settings.objects.protect,
        "cluster.protect": cluster.protect,
        "cluster.private_control_plane": cluster.private_control_plane,
    }
    faults.extend(
        f"{key}: must be true in prod"
        for key, value in required.items()
        if not value and not (settings.teardown and key.endswith(".protect"))
    )
    if database.backup_days < 7:
        faults.append(f"database.backup_days: {database.backup_days}; prod keeps at least 7")
    if network.zones < 2:
        faults.append("network.zones: prod needs 2 or more")
    return faults


def _models(settings: Settings) -> list[str]:
    llm = settings.llm
    if llm.enabled and settings.cloud != "local" and (llm.answer is None or llm.embedding is None):
        return ["llm.enabled: name the models (`answer`, `embedding`) or set `enabled: false`"]
    return []
