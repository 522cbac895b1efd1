"""A release of the chart in a test's cluster: what `helm` does to it, and what it leaves behind."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.cluster.clients import Client, Kubectl

from caseplane.services import SERVICES as MANIFESTS

CHART = Path(__file__).parents[3] / "charts" / "caseplane"
SERVICES = MANIFESTS.names
WORKERS = ("worker-interactive", "worker-batch")
KEPT = ("tenants.caseplane.dev", "knowledgebases.caseplane.dev")
"""Definitions that outlive a release."""


def hand_over_definitions(kubectl: Kubectl, namespace: str, name: str = "caseplane") -> None:
    """Have a release own the definitions that an earlier one left, which helm would refuse to take.

    They are not deleted in between: that waits for the API server's cache of their objects, at times for minutes.
    """
    owner = f"meta.helm.sh/release-namespace={namespace}", f"meta.helm.sh/release-name={name}"
    for kept in kubectl("get", "crd", *KEPT, "--ignore-not-found", "-o=name").split():
        kubectl("annotate", kept, *owner, "--overwrite")


@dataclass
class Release:
    """`caseplane` in a namespace of its own; values are added to the chart's defaults."""

    kubectl: Kubectl
    helm: Client
    namespace: str
    values: dict[str, Any] = field(default_factory=dict)
    name: str = "caseplane"

    def install(self, *flags: str, **values: Any) -> str:
        return self._apply("install", *flags, **values)

    def upgrade(self, *flags: str, **values: Any) -> str:
        return self._apply("upgrade", *flags, **values)

    def rollback(self, revision: int = 0) -> str:
        return self._helm("rollback", self.name, str(revision), "--wait", "--timeout=300s")

    def uninstall(self, *flags: str) -> str:
        return self._helm("uninstall", self.name, "--wait", "--timeout=300s", *flags)

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._helm("status", self.name, "-o", "json"))
        return found

    def get(self, kind: str, *selectors: str) -> list[dict[str, Any]]:
        """Objects of a kind in the release's namespace."""
        found: list[dict[str, Any]] = self.kubectl.json("get", kind, "-n", self.namespace, *selectors)[
            "items"
        ]
        return found

    def names(self, kind: str, *selectors: str) -> set[str]:
        return {item["metadata"]["name"] for item in self.get(kind, *selectors)}

    def pods(self, component: str) -> list[dict[str, Any]]:
        """Pods of a component that are not on their way out."""
        found = self.get("pods", f"-l=app.kubernetes.io/component={component}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def secret(self, name: str = "caseplane-secrets") -> Mapping[str, str]:
        """A Secret's data, as it is stored."""
        found: Mapping[str, str] = self.kubectl.json("get", "secret", name, "-n", self.namespace)["data"]
        return found

    def give_volumes(self, root: Path, *, count: int = 2) -> None:
        """Volumes for the claims of a release, as folders below `root`, where no provisioner makes them."""
        for _ in range(count):
            name = f"volume-{uuid4().hex[:12]}"
            (root / name).mkdir(parents=True)
            # Not of the kind hostPath: the kubelet gives those no group, and a restricted pod cannot write to them.
            anywhere = {"matchExpressions": [{"key": "caseplane.dev/no-volumes", "operator": "DoesNotExist"}]}
            self.kubectl.apply(
                {
                    "apiVersion": "v1",
                    "kind": "PersistentVolume",
                    "metadata": {"name": name},
                    "spec": {
                        "capacity": {"storage": "100Gi"},
                        "accessModes": ["ReadWriteOnce", "ReadWriteMany"],
                        "persistentVolumeReclaimPolicy": "Retain",
                        "local": {"path": f"{root / name}"},
                        "nodeAffinity": {"required": {"nodeSelectorTerms": [anywhere]}},
                    },
                }
            )

    def _apply(self, verb: str, *flags: str, **values: Any) -> str:
        self.values = merged(self.values, values)
        given = ["-f", "-", "--wait", "--timeout=300s", *flags]
        return self._helm(verb, self.name, str(CHART), *given, stdin=json.dumps(self.values))

    def _helm(self, *arguments: str, stdin: str | None = None) -> str:
        return self.helm(*arguments, "-n", self.namespace, stdin=stdin, timeout=600)


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Values over values, mapping by mapping, as helm does it."""
    result = dict(base)
    for key, value in more.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result
