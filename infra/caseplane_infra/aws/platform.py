"""The platform on AWS, in build order: each part needs only parts before it (R000-114)."""

from typing import TypedDict

import pulumi

from caseplane_infra.aws import llm
from caseplane_infra.aws.cluster import AwsCluster
from caseplane_infra.aws.database import AwsDatabase
from caseplane_infra.aws.edge import AwsEdge, Host
from caseplane_infra.aws.identity import AwsIdentity, workload_rights
from caseplane_infra.aws.keys import AwsKeys
from caseplane_infra.aws.network import AwsNetwork
from caseplane_infra.aws.objects import AwsObjectStore
from caseplane_infra.aws.observability import AwsObservability
from caseplane_infra.aws.provider import Place, check, place, provider
from caseplane_infra.aws.queue import AwsQueue
from caseplane_infra.aws.registry import AwsRegistry
from caseplane_infra.aws.secrets import AwsSecrets
from caseplane_infra.aws.vectors import AwsVectorStore
from caseplane_infra.contract import Platform
from caseplane_infra.images import foreign
from caseplane_infra.models import check_models
from caseplane_infra.naming import Labels
from caseplane_infra.settings import Settings


class Common(TypedDict):
    """Arguments of every part."""

    place: Place
    labels: Labels
    opts: pulumi.ResourceOptions


def build(settings: Settings) -> Platform:
    """Declare the whole platform, after checking the settings against what AWS offers.

    Raises:
        SettingsError: the settings ask for something that AWS does not offer.
    """
    check(settings)
    check_models(settings)
    opts = pulumi.ResourceOptions(provider=provider(settings))
    common: Common = {"place": place(settings), "labels": settings.tags, "opts": opts}
    log_days = settings.observability.log_days

    network = AwsNetwork("network", settings.network, models=settings.llm.enabled, **common)
    keys = AwsKeys("keys", settings.keys, protect=settings.protects, **common)
    secrets = AwsSecrets(
        "secrets",
        settings.secrets,
        key=keys.id,
        protect=settings.protects,
        more=settings.vectors.secrets,
        **common,
    )
    database = AwsDatabase(
        "database",
        settings.database,
        network=network,
        key=keys.id,
        secrets=settings.secrets,
        log_days=log_days,
        labels=settings.tags,
        opts=opts,
    )
    objects = AwsObjectStore("objects", settings.objects, key=keys.id, **common)
    queue = AwsQueue("queue", settings.queue, key=keys.id, objects=objects, **common)
    copies = foreign("aws", settings.cluster.version) if settings.network.closed else ()
    registry = AwsRegistry("registry", settings.registry, key=keys.id, copies=copies, **common)
    cluster = AwsCluster(
        "cluster",
        settings.cluster,
        network=network,
        services_cidr=str(settings.network.services_cidr),
        key=keys.id,
        log_days=log_days,
        **common,
    )
    models = llm.AwsLlmEndpoint("llm", settings.llm, **common)
    rights = workload_rights(
        key=keys.id,
        place=common["place"],
        buckets=objects.arns,
        queue=queue.arn,
        secrets=[*secrets.arns.values(), *database.secret_arns],
        models=models.arns,
    )
    identity = AwsIdentity(
        "identity", namespace=settings.platform.namespace, cluster=cluster, rights=rights, **common
    )
    vectors = AwsVectorStore("vectors", settings.vectors, key=keys.id, labels=settings.tags, opts=opts)
    host = Host(cluster=cluster, nodes=cluster.nodes, network=network.id, nodes_group=cluster.nodes_group)
    edge = AwsEdge("edge", settings.edge, key=keys.id, host=host, log_days=log_days, **common)
    observability = AwsObservability(
        "observability",
        settings.observability,
        network=network,
        flow_logs=settings.network.flow_logs,
        key=keys.id,
        database=database,
        queue=queue,
        cluster=cluster,
        **common,
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
