"""The platform on Azure, in build order: each part needs only parts before it (R000-114)."""

from typing import TypedDict

import pulumi

from caseplane_infra.azure import llm
from caseplane_infra.azure.cluster import AzureCluster
from caseplane_infra.azure.database import AzureDatabase
from caseplane_infra.azure.edge import AzureEdge
from caseplane_infra.azure.identity import AzureIdentity
from caseplane_infra.azure.keys import AzureKeys
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.objects import AzureObjectStore
from caseplane_infra.azure.observability import AzureObservability
from caseplane_infra.azure.provider import AzureGroup, provider
from caseplane_infra.azure.queue import AzureQueue
from caseplane_infra.azure.registry import AzureRegistry
from caseplane_infra.azure.secrets import AzureSecrets
from caseplane_infra.azure.vectors import AzureVectorStore
from caseplane_infra.contract import Platform
from caseplane_infra.models import check_models
from caseplane_infra.naming import Labels
from caseplane_infra.settings import Settings


class Common(TypedDict):
    """Arguments of every part."""

    group: AzureGroup
    labels: Labels


def build(settings: Settings) -> Platform:
    """Declare the whole platform, after checking the settings against what Azure offers.

    Raises:
        SettingsError: a model is not offered in the region.
    """
    check_models(settings)
    azure, labels = provider(settings), settings.tags

    def after(*parts: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=azure, depends_on=list(parts))

    group = AzureGroup("group", settings, opts=after())
    common: Common = {"group": group, "labels": labels}
    network = AzureNetwork("network", settings.network, **common, opts=after(group))
    keys = AzureKeys(
        "keys",
        settings.keys,
        models_in=(settings.llm.region or settings.region) if settings.llm.enabled else "",
        protect=settings.protects,
        **common,
        opts=after(group),
    )
    secrets = AzureSecrets(
        "secrets",
        settings.secrets,
        network=network,
        protect=settings.protects,
        more=settings.vectors.secrets,
        **common,
        opts=after(network),
    )
    database = AzureDatabase(
        "database",
        settings.database,
        network=network,
        keys=keys,
        secrets=secrets,
        **common,
        opts=after(network, keys, secrets),
    )
    objects = AzureObjectStore(
        "objects", settings.objects, network=network, keys=keys, **common, opts=after(network, keys)
    )
    queue = AzureQueue(
        "queue", settings.queue, network=network, keys=keys, objects=objects, **common, opts=after(objects)
    )
    registry = AzureRegistry(
        "registry", settings.registry, network=network, keys=keys, **common, opts=after(network, keys)
    )
    cluster = AzureCluster(
        "cluster",
        settings.cluster,
        network=network,
        keys=keys,
        registry=registry,
        public=bool(settings.edge.domain),
        **common,
        opts=after(network, registry),
    )
    identity = AzureIdentity(
        "identity",
        namespace=settings.platform.namespace,
        cluster=cluster,
        objects=objects,
        queue=queue,
        secrets=secrets,
        **common,
        opts=after(database, queue, cluster),
    )
    vectors = AzureVectorStore("vectors", settings.vectors, keys=keys, **common, opts=after(keys))
    models = llm.AzureLlmEndpoint(
        "llm", settings.llm, network=network, keys=keys, identity=identity, **common, opts=after(identity)
    )
    edge = AzureEdge(
        "edge",
        settings.edge,
        network=network,
        secrets=secrets,
        cluster=cluster,
        **common,
        opts=after(cluster, secrets),
    )
    elsewhere = keys.models and keys.models.vault is not keys.vault
    watched: dict[str, pulumi.Input[str]] = {
        "keys": keys.vault.id,
        **({"models-keys": keys.models.vault.id} if keys.models and elsewhere else {}),
        "secrets": secrets.vault.id,
        "database": database.id,
        "objects": objects.blobs,
        "queue": queue.namespace.id,
        "registry": registry.registry.id,
        "cluster": cluster.id,
        **({"llm": models.account.id} if models.account else {}),
        **({"edge": edge.profile.id} if edge.profile else {}),
    }
    observability = AzureObservability(
        "observability",
        settings.observability,
        network=network,
        objects=objects,
        watched=watched,
        llm=settings.llm,
        **common,
        opts=after(database, objects, queue, cluster),
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
