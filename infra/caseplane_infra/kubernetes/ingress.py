"""Azure's ingress: a controller of the cluster's add-on, with the edge's address and certificate."""

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.apiextensions import CustomResource

from caseplane_infra.contract import Platform
from caseplane_infra.naming import RELEASE

CERTIFICATE = "certificate"


def controller(platform: Platform, opts: pulumi.ResourceOptions) -> CustomResource:
    """The controller for the class of the chart's Ingress. It accepts only TLS, which Front Door uses."""
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
