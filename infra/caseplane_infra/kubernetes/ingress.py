"""Azure's way in: an ingress controller of the cluster's add-on, at the edge's address and with its certificate."""

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.apiextensions import CustomResource

from caseplane_infra.contract import Platform
from caseplane_infra.naming import RELEASE

CERTIFICATE = "certificate"


def controller(platform: Platform, opts: pulumi.ResourceOptions) -> CustomResource:
    """The controller of the class that the chart's Ingress asks for. It speaks TLS only, as Front Door does to it."""
    edge = dict(platform.edge.ingress)
    name, certificate = edge.pop("class"), edge.pop(CERTIFICATE)
    return CustomResource(
        "edge-controller",
        api_version="approuting.kubernetes.azure.com/v1alpha1",
        kind="NginxIngressController",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=RELEASE),
        spec={
            "ingressClassName": name,
            "controllerNamePrefix": RELEASE,
            "loadBalancerAnnotations": edge,
            "defaultSSLCertificate": {"keyVaultURI": certificate, "forceSSLRedirect": True},
        },
        opts=opts,
    )
