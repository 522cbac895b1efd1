"""KEDA for the test cluster: its operator, which starts a Deployment's first pod and ends its last.

Its second program, which serves metrics to the HorizontalPodAutoscaler, is not run.
"""

from base64 import b64encode
from pathlib import Path
from typing import Any

from tests.cluster.oci import pack_program
from tests.cluster.pki import Authority
from tests.cluster.real_cluster import RealCluster
from tests.toolchain.build import binary
from tests.toolchain.definitions import definitions

NAMESPACE = "keda"
IMAGE = "localhost/keda:1"
NAME = "keda-operator"
CERTIFICATES = "kedaorg-certs"
KINDS = (
    *("scaledobjects", "scaledjobs", "triggerauthentications", "clustertriggerauthentications"),
    *("cloudeventsources", "clustercloudeventsources"),
)


def install_keda(cluster: RealCluster, folder: Path) -> None:
    """Run its operator and wait until it is ready."""
    cluster.import_image(pack_program(binary("keda"), name=IMAGE, archive=folder / "keda.tar"))
    files = [f"--filename={path}" for path in definitions("keda", *KINDS)]
    cluster.kubectl("apply", "--server-side", *files)
    cluster.kubectl("wait", "--for=condition=Established", *files, "--timeout=60s")
    cluster.kubectl.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        *_account(),
        _certificates(folder / "pki"),
        _deployment(),
        namespace=NAMESPACE,
    )
    cluster.kubectl("rollout", "status", "-n", NAMESPACE, f"deployment/{NAME}", "--timeout=110s")


def _account() -> list[dict[str, Any]]:
    """A cluster administrator: the grants of KEDA's own chart are not tested here."""
    api = "rbac.authorization.k8s.io"
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME}},
        {
            "apiVersion": f"{api}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": NAME},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
        },
    ]


def _certificates(folder: Path) -> dict[str, Any]:
    """The operator does not start without them, though only the second program uses them."""
    authority = Authority(folder)
    certificate, key = authority.issue("keda", common_name=NAME, hosts=(f"{NAME}.{NAMESPACE}.svc",))
    files = {"ca.crt": authority.certificate, "tls.crt": certificate, "tls.key": key}
    data = {name: b64encode(path.read_bytes()).decode() for name, path in files.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": CERTIFICATES}, "data": data}


def _deployment() -> dict[str, Any]:
    namespace = {"fieldRef": {"fieldPath": "metadata.namespace"}}
    container = {
        "name": NAME,
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "env": [
            {"name": "POD_NAMESPACE", "valueFrom": namespace},
            {"name": "WATCH_NAMESPACE", "value": ""},
        ],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8081}, "periodSeconds": 1},
        "volumeMounts": [{"name": "certificates", "mountPath": "/certs", "readOnly": True}],
    }
    pod = {
        "serviceAccountName": NAME,
        "containers": [container],
        "volumes": [{"name": "certificates", "secret": {"secretName": CERTIFICATES}}],
    }
    labels = {"app": NAME}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
