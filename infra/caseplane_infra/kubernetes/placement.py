"""Which nodes pods run on: one pool for services and add-ons, one for batch work."""

from typing import Any

from caseplane_infra.settings import Settings


def core(settings: Settings) -> dict[str, Any]:
    """Selector and tolerations of pods on the core pool."""
    return {"nodeSelector": {"role": "core"}, "tolerations": _of_the_cloud(settings)}


def workers(settings: Settings) -> dict[str, Any]:
    """Selector and tolerations of pods on the workers' pool, which no other pods may use."""
    tolerations = [_tolerated("role", "workers"), *_of_the_cloud(settings)]
    if settings.cloud == "azure" and settings.cluster.workers.spot:  # AKS adds this taint
        tolerations.append(_tolerated("kubernetes.azure.com/scalesetpriority", "spot"))
    return {"nodeSelector": {"role": "workers"}, "tolerations": tolerations}


def _of_the_cloud(settings: Settings) -> list[dict[str, str]]:
    """GKE taints arm64 nodes against images of other architectures; ours and the add-ons' support both."""
    if settings.cloud == "gcp" and settings.cluster.architecture == "arm64":
        return [_tolerated("kubernetes.io/arch", "arm64")]
    return []


def _tolerated(key: str, value: str) -> dict[str, str]:
    return {"key": key, "operator": "Equal", "value": value, "effect": "NoSchedule"}
