"""CoreDNS for the test cluster, so that pods find services by name."""

from pathlib import Path
from typing import Any

from tests.cluster.containerd import Containerd
from tests.cluster.control_plane import ControlPlane
from tests.cluster.node import CLUSTER_DOMAIN, DNS_ADDRESS
from tests.cluster.oci import pack_program
from tests.toolchain.build import binary

IMAGE = "localhost/coredns:1"
LABELS = {"k8s-app": "kube-dns"}
"""The usual label in network policies that allow name resolution."""
NAME = {"name": "coredns", "namespace": "kube-system"}
COREFILE = f""".:53 {{
  errors
  health
  ready
  kubernetes {CLUSTER_DOMAIN} in-addr.arpa
  cache 5
}}
"""


def install_dns(control_plane: ControlPlane, containerd: Containerd, folder: Path) -> None:
    """Run CoreDNS and wait until it answers."""
    containerd.import_image(pack_program(binary("coredns"), name=IMAGE, archive=folder / "coredns.tar"))
    control_plane.kubectl.apply(
        *_permissions(), _config(), _deployment(), _service(), namespace="kube-system"
    )
    control_plane.kubectl("rollout", "status", "-n", "kube-system", "deployment/coredns", "--timeout=60s")


def _permissions() -> list[dict[str, Any]]:
    rbac = "rbac.authorization.k8s.io"
    rules = [
        {"apiGroups": [""], "resources": ["services", "pods", "namespaces"], "verbs": ["list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
    ]
    role, subject = (
        {"apiGroup": rbac, "kind": "ClusterRole", "name": "coredns"},
        {"kind": "ServiceAccount", **NAME},
    )
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": NAME},
        {"apiVersion": f"{rbac}/v1", "kind": "ClusterRole", "metadata": {"name": "coredns"}, "rules": rules},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "coredns"},
            "roleRef": role,
            "subjects": [subject],
        },
    ]


def _config() -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": NAME, "data": {"Corefile": COREFILE}}


def _deployment() -> dict[str, Any]:
    container = {
        "name": "coredns",
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns"}],
    }
    pod = {
        "serviceAccountName": "coredns",
        "dnsPolicy": "Default",
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**NAME, "labels": LABELS},
        "spec": {
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
        },
    }


def _service() -> dict[str, Any]:
    ports = [{"name": kind.lower(), "port": 53, "protocol": kind} for kind in ("UDP", "TCP")]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": LABELS},
        "spec": {"clusterIP": DNS_ADDRESS, "selector": LABELS, "ports": ports},
    }
