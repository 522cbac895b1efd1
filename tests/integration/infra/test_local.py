"""The `local` stack on the real engine against a real API server, with simulated nodes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.control_plane import ControlPlane
from tests.integration.cluster.releases import Release, hand_over_definitions
from tests.integration.infra.cluster_provider import ClusterProvider
from tests.integration.infra.engine import Engine, EngineError
from tests.toolchain.build import binary

from caseplane.services import SERVICES
from caseplane_infra.program import run

pytestmark = [pytest.mark.slow, pytest.mark.programs("pulumi", "helm")]


@pytest.fixture
def engine(tmp_path: Path, simulated_cluster: ControlPlane) -> Iterator[Engine]:
    simulated_cluster.add_simulated_nodes(1)
    release = Release(simulated_cluster.kubectl, simulated_cluster.helm, "support")
    hand_over_definitions(release.kubectl, release.namespace)
    release.give_volumes(tmp_path / "volumes")
    engine = Engine(
        tmp_path,
        binary("pulumi"),
        run,
        {"kubernetes": ClusterProvider(simulated_cluster, credentials="file")},
        stack="local",
        config={
            "caseplane:cloud": "local",
            "caseplane:environment": "dev",
            "caseplane:kubeconfig": str(simulated_cluster.kubeconfig),
            "caseplane:platform": json.dumps({"namespace": "support"}),
            "caseplane:database": json.dumps({"storage_gib": 20}),
        },
    )
    yield engine
    engine.destroy()


class TestLocal:
    def test_given_a_cluster_when_brought_up_then_the_release_stands_and_a_second_run_changes_nothing(
        self, engine: Engine, simulated_cluster: ControlPlane
    ) -> None:
        first = engine.up()
        again = engine.up()
        drift = engine.refresh()

        assert again.changed == 0
        assert drift.changed == 0
        assert first.outputs["namespace"] == "support"
        deployments = simulated_cluster.kubectl.json("get", "deployments", "-n", "support")["items"]
        ready = {each["metadata"]["name"]: each["status"].get("readyReplicas", 0) for each in deployments}
        assert {f"caseplane-{name}" for name in SERVICES.names} <= ready.keys()
        assert all(ready.values())
        space = simulated_cluster.kubectl.json("get", "namespace", "support")
        assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"

    def test_given_an_object_changed_behind_its_back_when_brought_up_then_it_is_as_declared(
        self, engine: Engine, simulated_cluster: ControlPlane
    ) -> None:
        engine.up()
        label = "pod-security.kubernetes.io/enforce"
        simulated_cluster.kubectl("label", "namespace", "support", f"{label}=privileged", "--overwrite")

        drift = engine.refresh()
        engine.up()

        assert drift.changes["update"] == 1
        space = simulated_cluster.kubectl.json("get", "namespace", "support")
        assert space["metadata"]["labels"][label] == "restricted"

    def test_given_a_destroyed_stack_when_looked_at_then_the_namespace_is_gone(
        self, engine: Engine, simulated_cluster: ControlPlane
    ) -> None:
        engine.up()

        engine.destroy()

        assert simulated_cluster.kubectl("get", "namespace", "support", "--ignore-not-found") == ""


class TestSettings:
    def test_given_a_missing_kubeconfig_when_previewed_then_refused_with_a_remedy(
        self, tmp_path: Path, simulated_cluster: ControlPlane
    ) -> None:
        engine = Engine(
            tmp_path,
            binary("pulumi"),
            run,
            {"kubernetes": ClusterProvider(simulated_cluster, credentials="file")},
            stack="local",
            config={
                "caseplane:cloud": "local",
                "caseplane:environment": "dev",
                "caseplane:kubeconfig": "/nowhere",
            },
        )

        with pytest.raises(EngineError, match="Set caseplane:kubeconfig or KUBECONFIG"):
            engine.preview()
