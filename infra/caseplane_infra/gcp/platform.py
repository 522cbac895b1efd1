"""The platform on Google Cloud, in build order: each part needs only parts before it (R000-114)."""

from typing import TypedDict

import pulumi

from caseplane_infra.contract import Platform
from caseplane_infra.gcp import llm
from caseplane_infra.gcp.cluster import GcpCluster
from caseplane_infra.gcp.database import GcpDatabase
from caseplane_infra.gcp.edge import GcpEdge
from caseplane_infra.gcp.identity import GcpIdentity
from caseplane_infra.gcp.keys import GcpKeys
from caseplane_infra.gcp.network import GcpNetwork
from caseplane_infra.gcp.objects import GcpObjectStore
from caseplane_infra.gcp.observability import GcpObservability
from caseplane_infra.gcp.provider import GcpProject, provider
from caseplane_infra.gcp.queue import GcpQueue
from caseplane_infra.gcp.registry import GcpRegistry
from caseplane_infra.gcp.secrets import GcpSecrets
from caseplane_infra.gcp.vectors import GcpVectorStore
from caseplane_infra.models import check_models
from caseplane_infra.naming import Labels
from caseplane_infra.settings import Settings


class Common(TypedDict):
    """Arguments of every part."""

    project: GcpProject
    labels: Labels


def build(settings: Settings) -> Platform:
    """Declare the whole platform, after checking the settings against what Google offers.

    Raises:
        SettingsError: a model is not offered in the region, or the project cannot be used.
    """
    check_models(settings)
    google, labels = provider(settings), settings.tags

    def after(*parts: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=google, depends_on=list(parts))

    project = GcpProject("project", settings, opts=after())
    common: Common = {"project": project, "labels": labels}
    network = GcpNetwork("network", settings.network, **common, opts=after(project))
    keys = GcpKeys("keys", settings.keys, protect=settings.protects, **common, opts=after(project))
    secrets = GcpSecrets(
        "secrets",
        settings.secrets,
        keys=keys,
        protect=settings.protects,
        more=settings.vectors.secrets,
        **common,
        opts=after(keys),
    )
    database = GcpDatabase(
        "database",
        settings.database,
        network=network,
        keys=keys,
        secrets=secrets,
        **common,
        opts=after(network, secrets),
    )
    objects = GcpObjectStore("objects", settings.objects, keys=keys, **common, opts=after(keys))
    queue = GcpQueue("queue", settings.queue, keys=keys, objects=objects, **common, opts=after(objects))
    closed = settings.network.closed
    registry = GcpRegistry(
        "registry", settings.registry, closed=closed, keys=keys, **common, opts=after(keys)
    )
    cluster = GcpCluster(
        "cluster",
        settings.cluster,
        network=network,
        keys=keys,
        registry=registry,
        **common,
        opts=after(network, registry),
    )
    identity = GcpIdentity(
        "identity",
        namespace=settings.platform.namespace,
        cluster=cluster,
        objects=objects,
        queue=queue,
        secrets=secrets,
        **common,
        opts=after(database, queue),
    )
    vectors = GcpVectorStore(
        "vectors", settings.vectors, cluster=settings.cluster, keys=keys, labels=labels, opts=after(keys)
    )
    models = llm.GcpLlmEndpoint("llm", settings.llm, identity=identity, **common, opts=after(identity))
    edge = GcpEdge("edge", settings.edge, **common, opts=after(project))
    observability = GcpObservability(
        "observability",
        settings.observability,
        keys=keys,
        cluster=cluster,
        database=database,
        queue=queue,
        llm=settings.llm,
        protect=settings.protects,
        **common,
        opts=after(cluster, database),
    )
    return Platform(
        network=network,
        keys=keys,
        secrets=secrets,
        database=database,
        objects=objects,
        queue=queue,
        registry=registry,
        cluster=cluster,
        identity=identity,
        vectors=vectors,
        llm=models,
        edge=edge,
        observability=observability,
    )
