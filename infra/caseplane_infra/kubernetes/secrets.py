"""The store that External Secrets reads from, cluster-wide, with the pod's identity."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.apiextensions import CustomResource

from caseplane_infra.contract import Platform
from caseplane_infra.naming import RELEASE, service_account
from caseplane_infra.settings import Settings

STORE = RELEASE
API_VERSION = "external-secrets.io/v1"


def secret_store(settings: Settings, platform: Platform, opts: pulumi.ResourceOptions) -> CustomResource:
    """The ClusterSecretStore that the chart's ExternalSecret names; only the release's namespace may use it."""
    return CustomResource(
        "secret-store",
        api_version=API_VERSION,
        kind="ClusterSecretStore",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=STORE),
        spec={
            "provider": _provider(settings, platform),
            "conditions": [{"namespaces": [settings.platform.namespace]}],
        },
        opts=opts,
    )


def _provider(settings: Settings, platform: Platform) -> Mapping[str, Any]:
    namespace, name = service_account("external-secrets", settings.platform.namespace)
    account = {"name": name, "namespace": namespace}
    if settings.cloud == "aws":  # uses the controller's pod identity, so no account is named
        return {"aws": {"service": "SecretsManager", "region": platform.secrets.store}}
    if settings.cloud == "azure":
        store = {
            "vaultUrl": platform.secrets.store,
            "authType": "WorkloadIdentity",
            "serviceAccountRef": account,
        }
        return {"azurekv": store}
    identity = {  # External Secrets reads the cluster's location from the metadata server
        "clusterName": platform.cluster.name,
        "serviceAccountRef": account,
    }
    return {"gcpsm": {"projectID": platform.secrets.store, "auth": {"workloadIdentity": identity}}}
