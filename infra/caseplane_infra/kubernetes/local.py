"""The `local` stack: any cluster that a kubeconfig reaches, with PostgreSQL on it and no cloud services."""

import os
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from caseplane_infra.kubernetes.release import namespaced, release
from caseplane_infra.kubernetes.values import Values, image_tag, vectors
from caseplane_infra.settings import Settings, SettingsError


def build(settings: Settings) -> dict[str, Any]:
    """Install the chart with a database on the cluster, generated secrets, and files on a volume.

    Returns:
        Outputs of the stack.

    Raises:
        SettingsError: there is no kubeconfig at the path from the settings or the environment.
    """
    provider = k8s.Provider(
        "cluster",
        kubeconfig=_kubeconfig(settings),
        context=settings.context or None,
    )
    namespace = namespaced(settings, pulumi.ResourceOptions(provider=provider))
    values = local_values(settings)
    installed = release(settings, values, namespace, provider=provider, after=[namespace])
    name = settings.platform.namespace
    return {
        "namespace": namespace.metadata.name,
        "release": installed.name,
        "open_with": f"kubectl --namespace {name} port-forward service/caseplane-gateway 8080:80",
    }


def local_values(settings: Settings) -> Values:
    """The chart's defaults, which suit a laptop's cluster, except image and database size."""
    return {
        "image": {"tag": image_tag(settings)},
        "database": {"name": settings.database.name, "adminUser": settings.database.admin},
        "postgresql": {"enabled": True, "size": f"{settings.database.storage_gib}Gi"},
        **vectors(settings),
    }


def _kubeconfig(settings: Settings) -> str:
    """Path of the kubeconfig: from the settings, the environment, or kubectl's default."""
    given = settings.kubeconfig or os.environ.get("KUBECONFIG", "") or "~/.kube/config"
    path = Path(given).expanduser()
    if not path.is_file():
        raise SettingsError(
            f"No kubeconfig at {path}. Set caseplane:kubeconfig or KUBECONFIG to one that is there."
        )
    return str(path)
