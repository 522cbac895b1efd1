"""The chart on a real API server: admitted, installed, upgraded, rolled back and removed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cluster.clients import CommandError
from tests.cluster.control_plane import ControlPlane
from tests.integration.cluster.releases import KEPT, SERVICES, WORKERS, Release, hand_over_definitions

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.programs("helm")]
PODS = {*SERVICES, *WORKERS, "operator", "postgresql"}


@pytest.fixture
def release(
    simulated_cluster: ControlPlane, make_namespace: Callable[..., str], tmp_path: Path
) -> Iterator[Release]:
    """Nothing yet, in a namespace under Pod Security `restricted`, on a node that only pretends."""
    simulated_cluster.add_simulated_nodes(1)
    namespace = make_namespace(simulated_cluster)
    hand_over_definitions(simulated_cluster.kubectl, namespace)
    found = Release(simulated_cluster.kubectl, simulated_cluster.helm, namespace)
    found.give_volumes(tmp_path, count=3)
    yield found
    if found.name in simulated_cluster.helm("list", "-n", namespace, "-q"):
        found.uninstall("--no-hooks")


def components(release: Release) -> set[str]:
    """Components that have a pod which is ready; but for migrations, whose pod only passes."""
    ready = set()
    for pod in release.get("pods"):
        conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", ())}
        if conditions.get("Ready") == "True":
            ready.add(pod["metadata"]["labels"]["app.kubernetes.io/component"])
    return ready - {"migrate"}


class TestRelease:
    def test_given_a_restricted_namespace_when_installed_then_every_pod_is_admitted_and_the_next_step_told(
        self, release: Release
    ) -> None:
        notes = release.install(qdrant={"enabled": True})

        assert components(release) == {*PODS, "qdrant"}
        assert "kind: Tenant" in notes
        assert "port-forward service/caseplane-gateway" in notes

    def test_given_a_release_when_upgraded_and_rolled_back_then_secrets_stay_and_migrations_come_first(
        self, release: Release
    ) -> None:
        release.install()
        before = release.secret()

        release.upgrade(gateway={"replicas": 2}, settings={"CASEPLANE_LOG_LEVEL": "WARNING"})
        raised, jobs = len(release.pods("gateway")), release.names("jobs")
        hooks = release.kubectl("get", "events", "-n", release.namespace, "-o=name")
        release.rollback(1)

        assert raised == 2
        assert (
            jobs == set()
        )  # the one of the install is no part of an upgrade; the hook's is gone once it succeeded
        assert hooks
        assert release.status()["info"]["status"] == "deployed"
        assert len(release.pods("gateway")) == 1
        assert release.secret() == before

    def test_given_a_release_when_uninstalled_then_only_what_holds_data_stays_and_can_be_installed_over(
        self, release: Release
    ) -> None:
        release.install()
        before = release.secret()

        release.uninstall()
        left = release.names("deployments,statefulsets,services,jobs,networkpolicies,roles,rolebindings")
        claims, secret = release.names("pvc"), release.secret()
        kept = release.kubectl("get", "crd", "-o=name")
        release.install()

        assert left == set()
        assert claims == {"caseplane-objects", "data-caseplane-postgresql-0"}
        assert all(name in kept for name in KEPT)
        assert secret == before == release.secret()
        assert components(release) == PODS


class TestRefusal:
    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"databse": {"host": "db"}}, "databse"),
            ({"gateway": {"replica": 2}}, "replica"),
            ({"settings": {"CASEPLANE_LOG_LEVL": "INFO"}}, "CASEPLANE_LOG_LEVL"),
            ({"settings": {"CASEPLANE_DATABASE_URL": "postgresql://"}}, "CASEPLANE_DATABASE_URL"),
            ({"gateway": {"replicas": 0}}, "replicas"),
            ({"cloud": "aws-china"}, "cloud"),
            ({"database": {"sslMode": "prefer"}}, "sslMode"),
            ({"image": {"services": {"digest": "latest"}}}, "digest"),
            ({"secrets": {"external": {"refs": {"db": {"key": "x"}}}}}, "db"),
            ({"gateway": {"resources": {"requests": {"cpus": "1"}}}}, "cpus"),
            ({"objects": {"url": "http://store"}}, "url"),
        ],
    )
    def test_given_a_value_that_does_not_exist_or_fit_when_installed_then_it_is_named(
        self, release: Release, values: dict[str, object], said: str
    ) -> None:
        with pytest.raises(CommandError) as refused:
            release.install(**values)

        assert said in str(refused.value)
