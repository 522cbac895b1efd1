"""A cloud's stack whole: its account simulated, its cluster a real API server whose nodes only pretend to run pods."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi.runtime.proto import ResourceProviderServicer
from tests.cluster.control_plane import ControlPlane
from tests.integration.infra.cluster_provider import ClusterProvider
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import Engine
from tests.integration.infra.simulator.provider import SimulatedProvider
from tests.integration.infra.stacks import Draws, account, config_of, settings_of
from tests.toolchain.definitions import definitions

from caseplane_infra.program import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.programs("pulumi", "helm")]
MakeWhole = Callable[..., tuple[Engine, ClusterProvider]]


@pytest.fixture
def make_whole(make_engine: MakeEngine, simulated_cluster: ControlPlane) -> Iterator[MakeWhole]:
    """Makes a stack with everything that goes onto its cluster."""
    simulated_cluster.add_simulated_nodes(2)
    for number, role in enumerate(("core", "workers")):
        simulated_cluster.kubectl("label", "node", f"simulated-{number}", f"role={role}", "--overwrite")
    made: list[Engine] = []

    def make(stack: str, **changes: Any) -> tuple[Engine, ClusterProvider]:
        config = config_of(stack, **changes)
        settings = settings_of(config)
        cloud = account(settings)
        cluster = ClusterProvider(
            simulated_cluster,
            definitions={
                "external-secrets": definitions("external-secrets", "clustersecretstores", "externalsecrets"),
                "keda": definitions("keda", "scaledobjects", "triggerauthentications"),
            },
        )
        providers: dict[str, ResourceProviderServicer] = {
            cloud.book.package: SimulatedProvider(cloud),
            "random": Draws(),
            "kubernetes": cluster,
        }
        made.append(make_engine(run, providers, stack, config=config))
        return made[-1], cluster

    yield make
    for engine in made:
        engine.destroy()


class TestWhole:
    @pytest.mark.parametrize("cloud", ["aws", "azure", "gcp"])
    def test_given_a_cloud_when_brought_up_then_its_outputs_reach_the_pods_and_nothing_is_left_to_do(
        self, make_whole: MakeWhole, simulated_cluster: ControlPlane, cloud: str
    ) -> None:
        engine, provider = make_whole(f"{cloud}-dev")

        up = engine.up()
        again = engine.up()
        drift = engine.refresh()

        assert (again.changed, drift.changed) == (0, 0), (again.steps, drift.steps)
        read = simulated_cluster.kubectl.json
        gateway = read("get", "deployment", "caseplane-gateway", "-n", "caseplane")["spec"]["template"][
            "spec"
        ]
        environment = {each["name"]: each.get("value", "") for each in gateway["containers"][0]["env"]}
        assert up.outputs["database_host"] in environment["CASEPLANE_DATABASE_URL"]
        assert environment["CASEPLANE_OBJECTS_URL"] == up.outputs["object_urls"]["docs"]
        assert environment["CASEPLANE_OBJECTS_AUDIT_URL"] == up.outputs["object_urls"]["audit"]
        assert gateway["containers"][0]["image"].startswith(up.outputs["registry_url"])
        assert gateway["nodeSelector"] == {"role": "core"}
        account_ = read("get", "serviceaccount", "caseplane-gateway", "-n", "caseplane")
        assert (
            up.outputs["identities"]["gateway"].items() <= account_["metadata"].get("annotations", {}).items()
        )
        store = read("get", "clustersecretstore", "caseplane")
        assert store["spec"]["conditions"] == [{"namespaces": ["caseplane"]}]
        secret = read("get", "externalsecret", "caseplane-secrets", "-n", "caseplane")
        wanted = {each["secretKey"]: each["remoteRef"]["key"] for each in secret["spec"]["data"]}
        assert wanted["database-password"] == up.outputs["database_password_reference"]
        assert set(provider.addons) == {"external-secrets", "keda"}

    def test_given_an_installer_of_ones_own_when_brought_up_then_its_values_are_an_output_and_no_release_is_made(
        self, make_whole: MakeWhole, simulated_cluster: ControlPlane
    ) -> None:
        engine, _ = make_whole("gcp-dev", platform={"install": False})

        up = engine.up()

        assert up.outputs["chart_values"]["cloud"] == "gcp"
        assert "caseplane" not in simulated_cluster.helm("list", "--all-namespaces", "--short").split()


class TestCredentials:
    def test_given_a_kubeconfig_with_a_token_in_it_when_checked_then_refused(
        self, simulated_cluster: ControlPlane
    ) -> None:
        provider = ClusterProvider(simulated_cluster)

        assert "long-lived" in provider._unfit(simulated_cluster.kubeconfig.read_text())
        assert "which cluster" in provider._unfit(None)


def test_given_an_unknown_chart_when_installed_then_refused(simulated_cluster: ControlPlane) -> None:
    provider = ClusterProvider(simulated_cluster)
    inputs = {
        "name": "x",
        "chart": "no-such",
        "repositoryOpts": {"repo": "https://charts.example"},
        "namespace": "x",
    }

    with pytest.raises(ValueError, match="no chart 'no-such'"):
        provider._install_addon(inputs)
