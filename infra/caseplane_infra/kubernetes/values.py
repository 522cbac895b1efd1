"""The chart's values, from what the cloud gave: where contract and chart meet."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pulumi
import yaml

from caseplane_infra.contract import LlmEndpoint, ModelEndpoint, Platform
from caseplane_infra.kubernetes.secrets import STORE
from caseplane_infra.naming import RELEASE
from caseplane_infra.settings import Settings

CHART = Path(__file__).parents[3] / "charts" / "caseplane"
Values = dict[str, Any]


def image_tag(settings: Settings) -> str:
    """The tag that is asked for, else this program's version: program and images are released together."""
    return settings.platform.image_tag or version("caseplane")


def cloud_values(settings: Settings, platform: Platform) -> Values:
    """Values of a release on a cloud: the chart's sizes for the environment, and over them what the cloud gave."""
    sizes = yaml.safe_load((CHART / f"values-{settings.environment}.yaml").read_text())
    return _laid_over(sizes, _given(settings, platform))


def _laid_over(base: Values, given: Mapping[str, Any]) -> Values:
    """Sections merge, as Helm merges several files of values."""
    merged = dict(base)
    for key, value in given.items():
        old = base.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _laid_over(old, value) if both and isinstance(old, dict) else value
    return merged


def _given(settings: Settings, platform: Platform) -> Values:
    """Managed data services, identities, secrets by reference, placement."""
    monitored = {"enabled": settings.platform.prometheus}
    return {
        "cloud": settings.cloud,
        "image": {"registry": platform.registry.url, "tag": image_tag(settings), **_repositories()},
        "database": {
            "host": platform.database.host,
            "port": platform.database.port,
            "name": platform.database.name,
            "adminUser": settings.database.admin,
            "sslMode": "require",
        },
        "postgresql": {"enabled": False},
        "secrets": {"external": {"enabled": True, "storeName": STORE, "refs": _references(platform)}},
        "objects": {"url": platform.objects.urls["docs"]},
        "settings": {
            "CASEPLANE_OBJECTS_ATTACHMENTS_URL": platform.objects.urls["attachments"],
            "CASEPLANE_OBJECTS_AUDIT_URL": platform.objects.urls["audit"],
        },
        "extraEnv": [{"name": name, "value": value} for name, value in platform.objects.options.items()],
        "serviceAccount": {"componentAnnotations": _identities(platform)},
        "podLabels": dict(platform.identity.pod_labels),
        "llm": {"models": _models(platform.llm)},
        **_embeddings(platform.llm, settings),
        **_placement(settings),
        **_ingress(settings, platform),
        "networkPolicy": {"databaseCidrs": [str(settings.network.cidr)], "egressPrivate": True},
        "monitoring": {"serviceMonitor": monitored, "rules": monitored, "dashboards": monitored},
    }


def _repositories() -> Values:
    return {"services": {"repository": "services"}, "operator": {"repository": "operator"}}


def _references(platform: Platform) -> dict[str, dict[str, pulumi.Input[str]]]:
    """Key of the Secret to its name in the cloud's store."""
    names: dict[str, pulumi.Input[str]] = {
        "service-secret": platform.secrets.references["service-secret"],
        "platform-admin-key": platform.secrets.references["platform-admin-key"],
        "database-password": platform.database.password_reference,
        "database-admin-password": platform.database.admin_password_reference,
    }
    return {key: {"key": name} for key, name in names.items()}


def _identities(platform: Platform) -> dict[str, pulumi.Output[Mapping[str, str]]]:
    """Annotations of the service accounts that the chart makes."""
    elsewhere = "external-secrets"
    return {name: each for name, each in platform.identity.annotations.items() if name != elsewhere}


def _models(llm: LlmEndpoint) -> Values:
    return {role: _model(llm.models[role]) for role in ("answer", "small") if role in llm.models}


def _model(endpoint: ModelEndpoint) -> Values:
    return {
        "provider": endpoint.provider,
        "id": endpoint.model,
        "endpoint": endpoint.base_url or "",
        "region": endpoint.region,
        "project": endpoint.project,
    }


def _embeddings(llm: LlmEndpoint, settings: Settings) -> Values:
    embedding = llm.models.get("embedding")
    if embedding is None:
        return {}
    return {
        "embeddings": {
            "kind": embedding.provider,
            "endpoint": embedding.base_url or "",
            "region": embedding.region,
            "project": embedding.project,
            "model": embedding.model,
            "dimension": settings.llm.embedding_dimension,
        }
    }


def _placement(settings: Settings) -> Values:
    """Services on the core pool, batch work on the workers' pool."""
    everywhere = _taints_of_the_cloud(settings)
    core = {"nodeSelector": {"role": "core"}, "tolerations": everywhere}
    workers = [_tolerated("role", "workers"), *everywhere]
    if settings.cloud == "azure" and settings.cluster.workers.spot:  # AKS adds this taint by itself
        workers.append(_tolerated("kubernetes.azure.com/scalesetpriority", "spot"))
    batch = {"nodeSelector": {"role": "workers"}, "tolerations": workers}
    names = ("gateway", "orchestrator", "retrieval", "escalation", "operator")
    return {**{name: dict(core) for name in names}, "worker": {"interactive": dict(core), "batch": batch}}


def _taints_of_the_cloud(settings: Settings) -> list[dict[str, str]]:
    """GKE taints arm64 nodes, so that images for other processors stay away; ours are for both."""
    if settings.cloud == "gcp" and settings.cluster.architecture == "arm64":
        return [_tolerated("kubernetes.io/arch", "arm64")]
    return []


def _tolerated(key: str, value: str) -> dict[str, str]:
    return {"key": key, "operator": "Equal", "value": value, "effect": "NoSchedule"}


def _ingress(settings: Settings, platform: Platform) -> Values:
    if not settings.edge.domain:
        return {}
    if settings.cloud == "gcp":
        route = {"enabled": True, "host": platform.edge.api_host, "parentRefs": [{"name": RELEASE}]}
        return {"gatewayApi": route}
    annotations = dict(platform.edge.ingress)
    return {
        "ingress": {
            "enabled": True,
            "className": annotations.pop("class"),
            "host": platform.edge.api_host,
            "annotations": annotations,
        }
    }
