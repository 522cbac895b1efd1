"""Fixtures for tests that need a real Kubernetes; `tests/conftest.py` makes them available to all tests.

Each test worker has its own clusters, started on first use. Tests share them and use separate namespaces.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import uuid4

import pytest
from tests.cluster.control_plane import ControlPlane
from tests.cluster.oci import pack_program
from tests.cluster.real_cluster import RealCluster
from tests.toolchain.build import BuildError, binary

CONTROL_PLANE = ("etcd", "kube-apiserver", "kubectl", "kube-controller-manager")
NODE = (
    *("kube-scheduler", "kubelet", "kube-proxy", "coredns", "pause"),
    *("bridge", "loopback", "host-local", "portmap"),
)
PROGRAMS = {
    "control_plane": CONTROL_PLANE,
    "simulated_cluster": (*CONTROL_PLANE, "kube-scheduler", "kwok"),
    "cluster": (*CONTROL_PLANE, *NODE),
    "probe_image": ("probe",),
}
"""The programs of each fixture; they are built before the first test's timeout starts."""
LARGE = {"cluster", "simulated_cluster"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "programs(*names): runs these programs of tests/toolchain")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one large cluster on one worker: a second one would take as much memory again."""
    for item in items:
        for fixture in LARGE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(fixture))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what the chosen tests will run: a cold build exceeds a test's time limit."""
    if session.config.option.collectonly:
        return
    for program in dict.fromkeys(name for item in session.items for name in _programs_of(item)):
        with suppress(BuildError):  # the tests that need it fail with the reason; the others still run
            binary(program)


def _programs_of(item: pytest.Item) -> Iterator[str]:
    for marker in item.iter_markers("programs"):
        yield from marker.args
    for fixture in getattr(item, "fixturenames", ()):
        yield from PROGRAMS.get(fixture, ())


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """A Kubernetes API with its controllers and no node."""
    with ControlPlane() as running:
        yield running


@pytest.fixture(scope="session")
def simulated_cluster() -> Iterator[ControlPlane]:
    """A Kubernetes API with scheduler; every node that is created has a simulated kubelet (kwok)."""
    with ControlPlane(kwok=True) as running:
        yield running


@pytest.fixture(scope="session")
def cluster() -> Iterator[RealCluster]:
    """A Kubernetes cluster whose pods run; skips with the reason where the machine cannot run them."""
    with RealCluster() as running:
        yield running


@pytest.fixture(scope="session")
def probe_image(cluster: RealCluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image, on the node, that reports what a pod sees (tests/toolchain/probe)."""
    name = "localhost/probe:1"
    archive = tmp_path_factory.mktemp("images") / "probe.tar"
    cluster.import_image(pack_program(binary("probe"), name=name, archive=archive))
    return name


@pytest.fixture(scope="session")
def make_namespace() -> Callable[..., str]:
    """Creates a namespace in a cluster and returns its name; Pod Security is `restricted` by default."""

    def make(cluster: ControlPlane | RealCluster, *, pod_security: str = "restricted") -> str:
        name = f"test-{uuid4().hex[:12]}"
        labels = {"pod-security.kubernetes.io/enforce": pod_security}
        cluster.kubectl.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        )
        return name

    return make
