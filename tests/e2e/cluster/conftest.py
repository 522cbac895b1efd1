"""The platform on a real cluster: images built from this source, installed by Helm, running as pods."""

import base64
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cluster.images import build
from tests.cluster.real_cluster import RealCluster
from tests.e2e.cluster.desk import SECRET, Desk
from tests.e2e.cluster.load import Load
from tests.e2e.probing.talk import teach
from tests.e2e.probing.victim import UNLIMITED
from tests.integration.cluster.releases import Release

from caseplane.core.ids import new_id

ROOT = Path(__file__).parents[3]
TAG = "test"
VALUES = {
    "image": {"registry": "localhost", "tag": TAG, "pullPolicy": "Never"},
    "postgresql": {"image": f"localhost/postgresql:{TAG}"},
    # The tests' desk is on this machine, and speaks without TLS.
    "settings": {"CASEPLANE_ESCALATION_ALLOW_HTTP": "true", "CASEPLANE_ESCALATION_ALLOW_PRIVATE": "true"},
}


@dataclass
class Platform:
    """A release that is ready, with a tenant that has knowledge and a desk."""

    release: Release
    cluster: RealCluster
    url: str
    key: str
    desk: Desk

    def load(self, *, patient: bool = False) -> Load:
        return Load(self.url, self.key, patient=patient)

    def client(self) -> httpx.Client:
        return self.load().client()

    def restart(self, resource: str) -> None:
        """A rolling update to the same pods, as a new version is one."""
        self._kubectl("rollout", "restart", resource)
        self._kubectl("rollout", "status", resource, "--timeout=300s")

    def run(self, component: str, *command: str) -> str:
        """What a command printed that ran in a component's container."""
        return self._kubectl("exec", f"deployment/caseplane-{component}", "--", *command)

    def drained(self) -> bool:
        """Whether the last pod that had to go has ended."""
        return not [pod for pod in self.release.get("pods") if "deletionTimestamp" in pod["metadata"]]

    def kill(self, component: str) -> None:
        """End the first process of a component's container, as the kernel does when memory runs out, and see it return."""
        killed = self._container(component)["containerID"]
        name = killed.removeprefix("containerd://")
        self.cluster.containerd.ctr("task", "kill", "--signal", "SIGKILL", name)
        until(lambda: self._returned(component, killed), f"{component} to return")

    def _returned(self, component: str, killed: str) -> bool:
        now = self._container(component)
        return bool(now["containerID"] != killed and now["ready"])

    def _container(self, component: str) -> dict[str, Any]:
        """The status of the one container of a component."""
        (pod,) = self.release.pods(component)
        (status,) = pod["status"]["containerStatuses"]
        return dict(status)

    def _kubectl(self, *arguments: str) -> str:
        return self.release.kubectl("-n", self.release.namespace, *arguments, timeout=320)


def until(done: Callable[[], bool], what: str, *, seconds: float = 180) -> None:
    """Wait for something."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.5)


@pytest.fixture(scope="session")
def archives() -> dict[str, Path]:
    """OCI archives of the images, built from this source."""
    targets = {"caseplane": "services", "caseplane-operator": "operator"}
    built = {
        name: build(ROOT, tag=f"localhost/{name}:{TAG}", target=target) for name, target in targets.items()
    }
    recipe = "tests/e2e/cluster/postgresql/Dockerfile"
    return built | {"postgresql": build(ROOT, tag=f"localhost/postgresql:{TAG}", dockerfile=recipe)}


@pytest.fixture(scope="session")
def images(cluster: RealCluster, archives: dict[str, Path]) -> None:
    """The images, known to the node."""
    for archive in archives.values():
        cluster.import_image(archive)


@pytest.fixture(scope="session")
def volumes() -> Iterator[Path]:
    """A folder for the node's volumes."""
    # Not below pytest's own folder, which is closed to the users that pods run as.
    with tempfile.TemporaryDirectory(prefix="caseplane-volumes-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def platform(
    cluster: RealCluster, images: None, volumes: Path, make_namespace: Callable[..., str]
) -> Iterator[Platform]:
    """Installed under Pod Security `restricted`, and waited for by Helm."""
    release = Release(cluster.kubectl, cluster.helm, make_namespace(cluster), VALUES)
    release.give_volumes(volumes)
    release.install()
    admin_key = base64.b64decode(release.secret()["platform-admin-key"]).decode()
    desk = Desk()
    with ExitStack() as stack:
        desk_port = stack.enter_context(desk.serve())
        desk_address = stack.enter_context(cluster.expose(desk_port))
        service = cluster.reach_service("caseplane-gateway", namespace=release.namespace)
        url = f"http://{stack.enter_context(service)}"
        until_answering(url)
        key = new_tenant(url, admin_key)
        found = Platform(release, cluster, url, key, desk)
        with found.client() as http:
            teach(http)
            http.post(
                "/api/v1/connectors",
                json={"name": "desk", "url": f"http://{desk_address}/desk", "secret": SECRET},
            ).raise_for_status()
        yield found
    release.uninstall()


def until_answering(url: str, *, seconds: float = 60) -> None:
    """Wait for the gateway: a pod is ready a moment before every node knows the way to it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            httpx.get(f"{url}/health", timeout=5).raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def new_tenant(url: str, admin_key: str) -> str:
    """A tenant without rate limits; gives its admin key."""
    headers = {"Authorization": f"Bearer {admin_key}"}
    with httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60) as http:
        body = {"slug": f"t-{new_id()}", "display_name": "A tenant", "settings": {"limits": UNLIMITED}}
        tenant = http.post("/tenants", json=body).raise_for_status().json()["tenant_id"]
        made = http.post(f"/tenants/{tenant}/admin-keys", json={"name": "first"})
        return str(made.raise_for_status().json()["key"])
