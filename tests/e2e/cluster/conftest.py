"""The platform on a real cluster: images built from this source, installed by Helm, running as pods."""

import base64
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

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

    def rolled(self, *resources: str) -> None:
        """Wait until roll-outs are done."""
        for resource in resources:
            self._kubectl("rollout", "status", resource, "--timeout=300s")

    def restart(self, resource: str) -> None:
        """A rolling update of the same pods, as a new version is."""
        self._kubectl("rollout", "restart", resource)
        self.rolled(resource)

    def kill(self, component: str) -> None:
        """End the first process of a component's container, as the kernel does when memory runs out."""
        pod = self.release.pods(component)[0]
        name = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
        self.cluster.containerd.ctr("task", "kill", "--signal", "SIGKILL", name)

    def _kubectl(self, *arguments: str) -> str:
        return self.release.kubectl("-n", self.release.namespace, *arguments, timeout=320)


@pytest.fixture(scope="session")
def images(cluster: RealCluster) -> None:
    """The images, built from this source and known to the node."""
    for target, name in (("services", "caseplane"), ("operator", "caseplane-operator")):
        cluster.import_image(build(ROOT, tag=f"localhost/{name}:{TAG}", target=target))
    recipe = "tests/e2e/cluster/postgresql/Dockerfile"
    cluster.import_image(build(ROOT, tag=f"localhost/postgresql:{TAG}", dockerfile=recipe))


@pytest.fixture(scope="session")
def volumes() -> Iterator[str]:
    """A folder for the node's volumes. Open to all: for a folder of the node nobody sets the owner."""
    with tempfile.TemporaryDirectory(prefix="caseplane-volumes-") as folder:
        Path(folder).chmod(0o777)
        yield folder


@pytest.fixture(scope="session")
def platform(
    cluster: RealCluster, images: None, volumes: str, make_namespace: Callable[..., str]
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


def new_tenant(url: str, admin_key: str) -> str:
    """A tenant without rate limits; gives its admin key."""
    headers = {"Authorization": f"Bearer {admin_key}"}
    with httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60) as http:
        body = {"slug": f"t-{new_id()}", "display_name": "A tenant", "settings": {"limits": UNLIMITED}}
        tenant = http.post("/tenants", json=body).raise_for_status().json()["tenant_id"]
        made = http.post(f"/tenants/{tenant}/admin-keys", json={"name": "first"})
        return str(made.raise_for_status().json()["key"])
