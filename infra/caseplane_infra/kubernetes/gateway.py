"""Google's ingress: a Gateway with the edge's address and certificates, and GKE's policies as custom resources.

GKE's Ingress supports neither certificate maps nor, without further objects, Cloud Armor; its Gateway does.
"""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.apiextensions import CustomResource

from caseplane_infra.contract import Platform
from caseplane_infra.naming import RELEASE
from caseplane_infra.settings import Settings

SERVICE = f"{RELEASE}-gateway"
PREFIX = "networking.gke.io/"
POLICIES = "networking.gke.io/v1"


def gateway(settings: Settings, platform: Platform, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """The Gateway that the chart's HTTPRoute attaches to, with TLS, firewall and health check."""
    edge = dict(platform.edge.ingress)
    made = [
        _object(
            settings,
            "Gateway",
            "gateway.networking.k8s.io/v1",
            {
                "gatewayClassName": edge["class"],
                "addresses": [{"type": "NamedAddress", "value": edge[f"{PREFIX}address"]}],
                "listeners": [{"name": "https", "protocol": "HTTPS", "port": 443}],
            },
            opts,
            annotations={f"{PREFIX}certmap": edge[f"{PREFIX}certmap"]},
        ),
        _policy(settings, "GCPGatewayPolicy", {"sslPolicy": edge[f"{PREFIX}ssl-policy"]}, opts),
        _policy(settings, "HealthCheckPolicy", _health(), opts),
    ]
    backend: dict[str, Any] = {"timeoutSec": 3_600}  # event streams stay open
    if f"{PREFIX}security-policy" in edge:
        backend["securityPolicy"] = edge[f"{PREFIX}security-policy"]
    return [*made, _policy(settings, "GCPBackendPolicy", backend, opts)]


def _health() -> dict[str, Any]:
    return {"config": {"type": "HTTP", "httpHealthCheck": {"requestPath": "/health"}}}


def _policy(
    settings: Settings, kind: str, default: dict[str, Any], opts: pulumi.ResourceOptions
) -> CustomResource:
    """A GKE policy for the Gateway or for the Service behind it."""
    target = {"group": "", "kind": "Service", "name": SERVICE}
    if kind == "GCPGatewayPolicy":
        target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": RELEASE}
    return _object(settings, kind, POLICIES, {"default": default, "targetRef": target}, opts)


def _object(
    settings: Settings,
    kind: str,
    version: str,
    spec: dict[str, Any],
    opts: pulumi.ResourceOptions,
    annotations: dict[str, pulumi.Output[str]] | None = None,
) -> CustomResource:
    metadata = k8s.meta.v1.ObjectMetaArgs(
        name=RELEASE, namespace=settings.platform.namespace, annotations=annotations
    )
    return CustomResource(
        f"edge-{kind.lower()}", api_version=version, kind=kind, metadata=metadata, spec=spec, opts=opts
    )
