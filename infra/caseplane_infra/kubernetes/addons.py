"""What the chart leans on and clusters do not bring: External Secrets for credentials, KEDA for workers from zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs

from caseplane_infra.contract import Platform
from caseplane_infra.naming import service_account
from caseplane_infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Addon:
    """A chart of another project, in a namespace of its own."""

    name: str
    repository: str
    version: str


EXTERNAL_SECRETS = Addon(
    name="external-secrets", repository="https://charts.external-secrets.io", version="1.3.2"
)
KEDA = Addon(name="keda", repository="https://kedacore.github.io/charts", version="2.18.1")


def install(addon: Addon, values: Mapping[str, Any], opts: pulumi.ResourceOptions) -> Release:
    """Install or upgrade one; its definitions of custom resources come with it."""
    namespace = k8s.core.v1.Namespace(f"{addon.name}-namespace", metadata={"name": addon.name}, opts=opts)
    return Release(
        addon.name,
        name=addon.name,
        chart=addon.name,
        version=addon.version,
        repository_opts=RepositoryOptsArgs(repo=addon.repository),
        namespace=namespace.metadata.name,
        values=dict(values),
        timeout=600,
        opts=opts,
    )


def external_secrets(settings: Settings, platform: Platform, opts: pulumi.ResourceOptions) -> Release:
    """External Secrets, under the cloud identity that may read the platform's secrets and nothing else."""
    _, account = service_account("external-secrets", settings.platform.namespace)
    values = {
        "serviceAccount": {"name": account, "annotations": platform.identity.annotations["external-secrets"]},
        "podLabels": dict(platform.identity.pod_labels),
        "nodeSelector": {"role": "core"},
    }
    return install(EXTERNAL_SECRETS, values, opts)


def keda(opts: pulumi.ResourceOptions) -> Release:
    """KEDA, which starts workers when jobs wait and stops them when none do."""
    return install(KEDA, {"nodeSelector": {"role": "core"}}, opts)
