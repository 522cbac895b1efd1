"""The chart's values, from the parts of the contract."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pulumi
import yaml

from caseplane_infra.contract import LlmEndpoint, ModelEndpoint, Platform
from caseplane_infra.kubernetes import placement
from caseplane_infra.kubernetes.secrets import STORE
from caseplane_infra.naming import RELEASE
from caseplane_infra.services import CHART
from caseplane_infra.settings import Settings

NGINX = {
    f"nginx.ingress.kubernetes.io/{key}": value
    for key, value in {
        "proxy-body-size": "64m",  # the largest document that the API accepts
        "proxy-buffering": "off",  # streams are passed on as they are written
        "proxy-read-timeout": "3600",
    }.items()
}
VECTOR_DISKS = "caseplane-vectors"
"""The storage class of Qdrant's disk."""
Values = dict[str, Any]


def image_tag(settings: Settings) -> str:
    """The tag from the settings, or this program's version: program and images are released together."""
    return settings.platform.image_tag or version("caseplane")


def cloud_values(settings: Settings, platform: Platform) -> Values:
    """Values of a release on a cloud: the chart's sizes for the environment, overridden by the cloud's values."""
    sizes = yaml.safe_load((CHART / f"values-{settings.environment}.yaml").read_text())
    return _merged(sizes, _cloud(settings, platform))


def _merged(base: Values, given: Mapping[str, Any]) -> Values:
    """Merge sections, as Helm merges several files of values."""
    merged = dict(base)
    for key, value in given.items():
        old = base.get(key)
        sections = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _merged(old, value) if sections and isinstance(old, dict) else value
    return merged


def _cloud(settings: Settings, platform: Platform) -> Values:
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
        "secrets": {
            "external": {"enabled": True, "storeName": STORE, "refs": _references(settings, platform)}
        },
        "objects": {"url": platform.objects.urls["docs"], "changesUrl": platform.queue.url},
        "settings": {
            "CASEPLANE_OBJECTS_ATTACHMENTS_URL": platform.objects.urls["attachments"],
            "CASEPLANE_OBJECTS_AUDIT_URL": platform.objects.urls["audit"],
        },
        "extraEnv": [{"name": name, "value": value} for name, value in platform.objects.options.items()],
        "serviceAccount": {"componentAnnotations": _identities(platform)},
        "podLabels": dict(platform.identity.pod_labels),
        "llm": {"models": _models(platform.llm)},
        **_embeddings(platform.llm, settings),
        **vectors(settings, storageClass=VECTOR_DISKS, **placement.core(settings)),
        **_placement(settings),
        **_ingress(settings, platform),
        "networkPolicy": {"databaseCidrs": [str(settings.network.cidr)], "egressPrivate": True},
        "monitoring": {"serviceMonitor": monitored, "rules": monitored, "dashboards": monitored},
    }


def _repositories() -> Values:
    return {"services": {"repository": "services"}, "operator": {"repository": "operator"}}


def _references(settings: Settings, platform: Platform) -> dict[str, dict[str, pulumi.Input[str]]]:
    """Key in the Secret to the name in the cloud's store."""
    names: dict[str, pulumi.Input[str]] = {
        "service-secret": platform.secrets.references["service-secret"],
        "platform-admin-key": platform.secrets.references["platform-admin-key"],
        "database-password": platform.database.password_reference,
        "database-admin-password": platform.database.admin_password_reference,
    }
    names.update({each: platform.secrets.references[each] for each in settings.vectors.secrets})
    return {key: {"key": name} for key, name in names.items()}


def vectors(settings: Settings, **more: Any) -> Values:
    """Values of Qdrant, if vectors are not in the database.

    Args:
        settings: the stack's settings.
        more: further values; without them Qdrant runs on any node, with a disk of the cluster's default class.
    """
    if settings.vectors.backend != "qdrant":
        return {}
    return {"qdrant": {"enabled": True, "size": f"{settings.vectors.storage_gib}Gi", **more}}


def _identities(platform: Platform) -> dict[str, pulumi.Output[Mapping[str, str]]]:
    """Annotations of the service accounts that the chart creates."""
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
    """Services and their dependencies run on the core pool, batch work on the workers' pool."""
    core = placement.core(settings)
    names = ("service", "operator", "migrations")
    return {
        **{name: core for name in names},
        "worker": {"interactive": core, "batch": placement.workers(settings)},
    }


def _ingress(settings: Settings, platform: Platform) -> Values:
    if not settings.edge.domain:
        return {}
    if settings.cloud == "gcp":
        route = {"enabled": True, "host": platform.edge.api_host, "parentRefs": [{"name": RELEASE}]}
        return {"gatewayApi": route}
    given = dict(platform.edge.ingress)
    name = given.pop("class")
    # Azure's values are for the controller and its Service; its Ingress always has the same annotations.
    annotations: Mapping[str, pulumi.Input[str]] = NGINX if settings.cloud == "azure" else given
    return {
        "ingress": {
            "enabled": True,
            "className": name,
            "host": platform.edge.api_host,
            "annotations": annotations,
        }
    }
