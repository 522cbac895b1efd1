"""Add-ons that the chart needs and clusters do not include.

External Secrets copies credentials; KEDA scales workers from zero. Azure's and Google's clusters add nodes and create
load balancers on their own; EKS needs the cluster autoscaler and the load balancer controller for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs

from caseplane_infra import images
from caseplane_infra.contract import Platform
from caseplane_infra.images import Image
from caseplane_infra.kubernetes import placement
from caseplane_infra.naming import service_account
from caseplane_infra.settings import Settings

SYSTEM = "kube-system"
"""AWS's roles are bound to the controllers' service accounts in this namespace."""


@dataclass(frozen=True, kw_only=True)
class Addon:
    """Another project's chart, in a namespace of its own unless one is named."""

    name: str
    repository: str
    version: str
    namespace: str = ""


EXTERNAL_SECRETS = Addon(
    name="external-secrets", repository="https://charts.external-secrets.io", version=images.EXTERNAL_SECRETS
)
KEDA = Addon(name="keda", repository="https://kedacore.github.io/charts", version=images.KEDA)
NODES = Addon(
    name="cluster-autoscaler",
    repository="https://kubernetes.github.io/autoscaler",
    version="9.59.0",
    namespace=SYSTEM,
)
BALANCERS = Addon(
    name="aws-load-balancer-controller",
    repository="https://aws.github.io/eks-charts",
    version="3.5.0",
    namespace=SYSTEM,
)


def install(settings: Settings, platform: Platform, opts: pulumi.ResourceOptions) -> list[Release]:
    """Install or upgrade the add-ons of this cloud's cluster, with their custom resource definitions."""
    released = partial(_released, core=placement.core(settings), opts=opts)
    releases = [
        released(EXTERNAL_SECRETS, _external_secrets(settings, platform)),
        released(KEDA, _keda(platform)),
    ]
    if settings.cloud == "aws":
        releases.append(released(NODES, _nodes(settings, platform)))
        if settings.edge.domain:
            releases.append(released(BALANCERS, _balancers(settings, platform)))
    return releases


def mirrored(settings: Settings, platform: Platform) -> dict[str, pulumi.Output[str]]:
    """Other projects' images that nodes pull from the stack's registry: published name to name in the registry."""
    return {
        f"{each.registry}/{each.name}:{each.tag}": pulumi.Output.concat(_path(platform, each), ":", each.tag)
        for each in images.foreign(settings.cloud, settings.cluster.version)
        if each.registry in platform.registry.mirrors
    }


def _path(platform: Platform, image: Image) -> pulumi.Output[str]:
    return pulumi.Output.concat(_host(platform, image.registry), "/", image.name)


def _host(platform: Platform, upstream: str) -> pulumi.Output[str]:
    mirrors = platform.registry.mirrors
    return mirrors[upstream] if upstream in mirrors else pulumi.Output.from_input(upstream)


def _released(
    addon: Addon, values: Mapping[str, Any], *, core: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> Release:
    namespace: pulumi.Input[str] = addon.namespace
    if not namespace:
        own = k8s.core.v1.Namespace(f"{addon.name}-namespace", metadata={"name": addon.name}, opts=opts)
        namespace = own.metadata.name
    return Release(
        addon.name,
        name=addon.name,
        chart=addon.name,
        version=addon.version,
        repository_opts=RepositoryOptsArgs(repo=addon.repository),
        namespace=namespace,
        values={**values, **core},
        timeout=600,
        opts=opts,
    )


def _external_secrets(settings: Settings, platform: Platform) -> Mapping[str, Any]:
    """Runs with the cloud identity that may read the platform's secrets and nothing else."""
    _, account = service_account("external-secrets", settings.platform.namespace)
    image = {"image": {"repository": _path(platform, images.SECRETS_CONTROLLER)}}
    alike = {**image, **placement.core(settings)}
    return {
        "serviceAccount": {"name": account, "annotations": platform.identity.annotations["external-secrets"]},
        "podLabels": dict(platform.identity.pod_labels),
        **image,
        "webhook": alike,
        "certController": alike,
    }


def _keda(platform: Platform) -> Mapping[str, Any]:
    return {"global": {"image": {"registry": _host(platform, images.GITHUB)}}}


def _nodes(settings: Settings, platform: Platform) -> Mapping[str, Any]:
    """Resizes the node groups within their limits; it finds them by the tags that EKS sets."""
    image = images.node_scaler(settings.cluster.version)
    return {
        "awsRegion": settings.region,
        "autoDiscovery": {"clusterName": platform.cluster.name},
        "fullnameOverride": NODES.name,
        "image": {"repository": _path(platform, image), "tag": image.tag},
        "rbac": {"serviceAccount": {"name": NODES.name}},
    }


def _balancers(settings: Settings, platform: Platform) -> Mapping[str, Any]:
    """Creates the load balancer of the chart's Ingress. Pods cannot query a node's metadata, so region and VPC are set."""
    return {
        "clusterName": platform.cluster.name,
        "region": settings.region,
        "vpcId": platform.network.id,
        "serviceAccount": {"name": BALANCERS.name},
        # It manages only the Ingress, and leaves Services of the type LoadBalancer unchanged.
        "enableServiceMutatorWebhook": False,
        # It has rights for WAFv2 only, so it must not query classic WAF or Shield.
        "enableShield": False,
        "enableWaf": False,
    }
