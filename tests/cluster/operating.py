"""The operator as its own process, with only the grants that the chart gives it.

It uses the real API server of `control_plane` and a real platform (`caseplane serve`). Times are short: a test sees
in seconds what an installation sees in minutes.
"""

import sys
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import yaml
from tests.cluster.clients import CommandError
from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import Process, free_port
from tests.e2e.conftest import Server

FILES = Path(__file__).parents[2] / "charts" / "caseplane" / "files"
API = "caseplane.dev/v1alpha1"
TIMES = {
    "RESYNC": "PT4S",
    "SETTLE": "PT0.3S",
    "PATIENCE": "PT2S",
    "RETRY": "PT0.2S",
    "RETRY_CAP": "PT2S",
    "KEY_GRACE": "PT2S",
    "LEASE_DURATION": "PT30S",  # outlasts a restart of the API server: nothing starts the operator again here
    "REQUEST_TIMEOUT": "PT5S",
}


def definitions() -> list[str]:
    """The custom resource definitions, as the chart ships them."""
    return [path.read_text() for path in sorted((FILES / "crds").glob("*.yaml"))]


def define(cluster: ControlPlane) -> None:
    """Apply the definitions and wait until they are served."""
    cluster.kubectl.apply(*definitions())
    for name in ("tenants", "knowledgebases"):
        cluster.kubectl("wait", "--for=condition=Established", f"crd/{name}.caseplane.dev", "--timeout=30s")


def grants(namespace: str, *, secret_namespaces: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The objects that the chart renders from its list of rules: roles, bindings and the account."""
    rules = yaml.safe_load((FILES / "operator-rbac.yaml").read_text())
    account = {"kind": "ServiceAccount", "name": "operator", "namespace": namespace}
    made: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "operator", "namespace": namespace},
        }
    ]

    def grant(kind: str, name: str, space: str | None, rules: list[Any]) -> None:
        meta = {"name": name} | ({"namespace": space} if space else {})
        group = "rbac.authorization.k8s.io"
        made.append({"apiVersion": f"{group}/v1", "kind": kind, "metadata": meta, "rules": rules})
        made.append(
            {
                "apiVersion": f"{group}/v1",
                "kind": f"{kind}Binding",
                "metadata": meta,
                "roleRef": {"apiGroup": group, "kind": kind, "name": name},
                "subjects": [account],
            }
        )

    grant("ClusterRole", f"operator-{namespace}", None, rules["tenants"] + rules["knowledgeBases"])
    for space in (namespace, *secret_namespaces):
        grant("Role", f"operator-secrets-{namespace}", space, rules["secrets"])
    grant("Role", f"operator-lease-{namespace}", namespace, rules["lease"])
    return made


@dataclass
class Operating:
    """An operator between a cluster and a platform; it can be killed and started again."""

    cluster: ControlPlane
    platform: Server
    namespace: str
    address: str
    """The platform's URL; also set while it is down."""
    environment: dict[str, str] = field(default_factory=dict)
    process: Process | None = None
    port: int = 0
    identity: str = "operator-0"
    """Like a pod's name: a restarted container keeps the lease."""
    machine: dict[str, str] = field(default_factory=dict)
    """Environment variables other than settings, such as one that shifts the clock."""

    def start(self) -> "Operating":
        """Start it, and return once it is the leader."""
        self.launch().wait_until(self.ready)
        return self

    def launch(self) -> Process:
        """Start it."""
        self.port = free_port()
        key = self.platform.folder.secrets().platform_admin_key
        settings = {
            **TIMES,
            "GATEWAY_URL": self.address,
            "PLATFORM_ADMIN_KEY": key,
            "NAMESPACE": self.namespace,
            "IDENTITY": self.identity,
            "PORT": str(self.port),
            **self.environment,
        }
        root = Path(__file__).parents[2]
        self.process = Process(
            "operator",
            [
                "env",
                f"KUBECONFIG={self.cluster.kubeconfig_for(f'{self.namespace}/operator')}",
                f"PYTHONPATH={root / 'operators'}",
                *(f"{name}={value}" for name, value in self.machine.items()),
                *(f"CASEPLANE_OPERATOR_{name}={value}" for name, value in settings.items()),
                sys.executable,
                "-m",
                "caseplane_operator",
            ],
            log=self.cluster.folder / "operator.log",
        )
        return self.process

    def ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """Kill it, as the kernel does when memory runs out."""
        assert self.process is not None
        self.process.kill()

    def stop(self) -> None:
        assert self.process is not None
        self.process.stop()

    def log(self) -> str:
        return (self.cluster.folder / "operator.log").read_text(errors="replace")

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics", trust_env=False).text
        lines = (line for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{")))
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    # What users do ----------------------------------------------------------------------------------

    def apply(self, *objects: dict[str, Any]) -> None:
        self.cluster.kubectl.apply(*objects, namespace=self.namespace)

    def refused(self, *objects: dict[str, Any]) -> str:
        """The API server's message for objects that it must reject."""
        try:
            self.apply(*objects)
        except CommandError as exc:
            return exc.stderr
        raise AssertionError("The API server accepted them.")

    def annotate(self, what: str, **notes: str) -> None:
        words = [f"caseplane.dev/{name.replace('_', '-')}={value}" for name, value in notes.items()]
        self.cluster.kubectl("annotate", "--overwrite", what, *words, "-n", self.namespace)

    def delete(self, what: str, *, wait: bool = False) -> None:
        words = ["--wait=true", "--timeout=60s"] if wait else ["--wait=false"]
        self.cluster.kubectl("delete", what, "-n", self.namespace, "--ignore-not-found", *words)

    def get(self, what: str) -> dict[str, Any] | None:
        """An object named `kind/name`, or None."""
        try:
            found: dict[str, Any] = self.cluster.kubectl.json("get", what, "-n", self.namespace)
        except CommandError as exc:
            if "NotFound" in exc.stderr:
                return None
            raise
        return found

    def condition(self, what: str, kind: str) -> dict[str, Any]:
        """A condition of the current generation, or {}."""
        found = self.get(what) or {"metadata": {}}
        for condition in (found.get("status") or {}).get("conditions") or []:
            if (
                condition["type"] == kind
                and condition["observedGeneration"] == found["metadata"]["generation"]
            ):
                return dict(condition)
        return {}

    def until(
        self,
        what: str,
        kind: str,
        *,
        status: str = "True",
        reason: str | None = None,
        within: float = 60,
    ) -> dict[str, Any]:
        """Wait for a condition and return it."""

        def matches() -> bool:
            now = self.condition(what, kind)
            return now.get("status") == status and reason in (None, now.get("reason"))

        wait_for(
            matches,
            lambda: f"{what} {kind}={status} {reason}: {(self.get(what) or {}).get('status')}",
            within=within,
        )
        return self.condition(what, kind)

    def until_gone(self, what: str, *, within: float = 60) -> None:
        wait_for(lambda: self.get(what) is None, lambda: f"{what} is there: {self.get(what)}", within=within)

    # What the platform has ---------------------------------------------------------------------------

    def admin(self) -> httpx.Client:
        """A client with the platform's key."""
        return self.platform.client(self.platform.folder.secrets().platform_admin_key)

    def tenant(self, slug: str) -> dict[str, Any] | None:
        with self.admin() as client:
            items = client.get("/api/v1/tenants", params={"slug": slug}).raise_for_status().json()["items"]
        return items[0] if items else None

    def secret(self, name: str) -> dict[str, str]:
        """The text of a Secret."""
        found = self.get(f"secret/{name}")
        assert found is not None, f"there is no Secret {name}"
        return {key: b64decode(value).decode() for key, value in found["data"].items()}

    def as_tenant(self, name: str) -> httpx.Client:
        """A client with the key in a Tenant's Secret."""
        return self.platform.client(self.secret(f"tenant-{name}")["api-key"])

    def inbox(self, tenant_id: str) -> Path:
        """The tenant's folder of the object store."""
        return self.platform.data / "objects" / tenant_id / "inbox"

    def put(self, tenant_id: str, path: str, text: str) -> None:
        """Put a file into the tenant's inbox."""
        file = self.inbox(tenant_id) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def wait_for(there: Callable[[], bool], otherwise: Callable[[], str], *, within: float = 60) -> None:
    """Wait until a check passes."""
    deadline = time.monotonic() + within
    while not there():
        assert time.monotonic() < deadline, f"not within {within:.0f} s: {otherwise()}"
        time.sleep(0.1)


def tenant(name: str, **spec: Any) -> dict[str, Any]:
    """A Tenant resource."""
    return {"apiVersion": API, "kind": "Tenant", "metadata": {"name": name}, "spec": spec}


def knowledge_base(name: str, tenant: str, *sources: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A KnowledgeBase resource."""
    whole = {"tenantRef": {"name": tenant}, "sources": list(sources), **spec}
    return {"apiVersion": API, "kind": "KnowledgeBase", "metadata": {"name": name}, "spec": whole}


def unique(prefix: str = "t") -> str:
    """A name that no other test uses."""
    return f"{prefix}-{uuid4().hex[:8]}"


def operate(cluster: ControlPlane, platform: Server, **environment: str) -> Operating:
    """A started operator in its own namespace."""
    define(cluster)
    namespace = unique("caseplane")
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl.apply(*grants(namespace), namespace=namespace)
    return Operating(cluster, platform, namespace, platform.url, environment).start()
