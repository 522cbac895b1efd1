"""The platform on its cluster: a namespace under the restricted standard, secrets by reference, the chart."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.helm.v3 import Release
from pulumi_kubernetes.storage.v1 import StorageClass

from caseplane_infra.contract import Platform
from caseplane_infra.kubernetes import addons
from caseplane_infra.kubernetes.gateway import gateway
from caseplane_infra.kubernetes.ingress import controller
from caseplane_infra.kubernetes.secrets import secret_store
from caseplane_infra.kubernetes.values import VECTOR_DISKS, Values, cloud_values
from caseplane_infra.naming import RELEASE
from caseplane_infra.services import CHART
from caseplane_infra.settings import Settings

FORCED = {"pulumi.com/patchForce": "true"}
"""Overwrites manual changes, such as a weaker security standard of the namespace."""


def install(settings: Settings, platform: Platform) -> dict[str, Any]:
    """Install the platform on a cloud's cluster.

    Returns:
        Further outputs of the stack: the namespace, the chart's values for another installer, and the other projects'
        images that nodes pull from the stack's registry.
    """
    values = cloud_values(settings, platform)
    opts = pulumi.ResourceOptions(provider=platform.cluster.provider)
    namespace = namespaced(settings, opts)
    controllers = addons.install(settings, platform, opts) if settings.platform.addons else []
    needed: list[pulumi.Resource] = [namespace, *controllers]
    after = pulumi.ResourceOptions(provider=platform.cluster.provider, depends_on=list(needed))
    if settings.platform.addons or settings.platform.install:
        needed.append(secret_store(settings, platform, after))
    if platform.vectors.backend == "qdrant":
        needed.append(_vector_disks(platform, opts))
    if settings.edge.domain and settings.cloud == "gcp":
        needed.extend(gateway(settings, platform, after))
    if settings.edge.domain and settings.cloud == "azure":
        needed.append(controller(platform, opts))
    if settings.platform.install:
        release(settings, values, namespace, provider=platform.cluster.provider, after=needed)
    return {
        "namespace": namespace.metadata.name,
        "chart_values": values,
        "mirrored_images": addons.mirrored(settings, platform),
    }


def namespaced(settings: Settings, opts: pulumi.ResourceOptions) -> k8s.core.v1.Namespace:
    """The release's namespace, where no pod may run with privileges."""
    levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
    metadata = k8s.meta.v1.ObjectMetaArgs(
        name=settings.platform.namespace,
        labels={**settings.tags.gcp(), **levels},
        annotations=FORCED,
    )
    return k8s.core.v1.Namespace("namespace", metadata=metadata, opts=opts)


def release(
    settings: Settings,
    values: Values,
    namespace: k8s.core.v1.Namespace,
    *,
    provider: k8s.Provider,
    after: Sequence[pulumi.Resource],
) -> Release:
    """Install or upgrade the chart; a release that does not become ready is rolled back."""
    return Release(
        "platform",
        name=RELEASE,
        chart=str(CHART),
        namespace=namespace.metadata.name,
        values=values,
        atomic=True,
        timeout=900,
        opts=pulumi.ResourceOptions(provider=provider, depends_on=list(after)),
    )


def _vector_disks(platform: Platform, opts: pulumi.ResourceOptions) -> StorageClass:
    """Qdrant's disks: encrypted with the stack's key, and kept when a claim is deleted."""
    parameters = dict(platform.vectors.storage_class)
    provisioner = parameters.pop("provisioner")
    return StorageClass(
        "vector-disks",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=VECTOR_DISKS),
        provisioner=provisioner,
        parameters=parameters,
        reclaim_policy="Retain",
        allow_volume_expansion=True,
        volume_binding_mode="WaitForFirstConsumer",
        opts=opts,
    )
