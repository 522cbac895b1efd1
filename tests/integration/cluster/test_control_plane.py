"""The control plane behaves as a cluster's does: its refusals are what other tests rely on."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from tests.cluster.clients import CommandError
from tests.cluster.control_plane import ControlPlane
from tests.cluster.fixtures import LARGE

MakeNamespace = Callable[..., str]


def pod(name: str, **container: object) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "main", "image": "example.test/none:1", **container}]},
    }


def config_map(name: str, value: object) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": value}}


class TestAdmission:
    def test_given_restricted_namespace_when_privileged_pod_is_made_then_pod_security_refuses(
        self, control_plane: ControlPlane, make_namespace: MakeNamespace
    ) -> None:
        namespace = make_namespace(control_plane)
        bold = pod("bold", securityContext={"privileged": True})

        with pytest.raises(CommandError, match='violates PodSecurity "restricted:latest": privileged'):
            control_plane.kubectl.apply(bold, namespace=namespace)

    def test_given_modest_pod_when_made_then_admitted(
        self, control_plane: ControlPlane, make_namespace: MakeNamespace
    ) -> None:
        namespace = make_namespace(control_plane)
        modest = pod(
            "modest",
            securityContext={
                "allowPrivilegeEscalation": False,
                "runAsNonRoot": True,
                "capabilities": {"drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        )

        control_plane.kubectl.apply(modest, namespace=namespace)

        assert (
            control_plane.kubectl.json("get", "pod", "modest", "-n", namespace)["status"]["phase"]
            == "Pending"
        )

    def test_given_value_of_wrong_type_when_applied_then_refused(
        self, control_plane: ControlPlane, make_namespace: MakeNamespace
    ) -> None:
        namespace = make_namespace(control_plane)

        with pytest.raises(CommandError, match="expected string"):
            control_plane.kubectl.apply(config_map("wrong", 7), namespace=namespace)


class TestPermissions:
    def test_given_account_without_grants_when_it_lists_secrets_then_forbidden(
        self, control_plane: ControlPlane, make_namespace: MakeNamespace
    ) -> None:
        namespace = make_namespace(control_plane)
        control_plane.kubectl("create", "serviceaccount", "nobody", "-n", namespace)

        with pytest.raises(CommandError, match=f"system:serviceaccount:{namespace}:nobody.* cannot list"):
            control_plane.kubectl_as(f"{namespace}/nobody")("get", "secrets")

    def test_given_account_with_a_grant_when_it_uses_it_then_allowed(
        self, control_plane: ControlPlane, make_namespace: MakeNamespace
    ) -> None:
        namespace = make_namespace(control_plane)
        control_plane.kubectl("create", "serviceaccount", "reader", "-n", namespace)
        grant = [
            "create",
            "rolebinding",
            "reader",
            "--clusterrole=view",
            f"--serviceaccount={namespace}:reader",
        ]
        control_plane.kubectl(*grant, "-n", namespace)

        seen = control_plane.kubectl_as(f"{namespace}/reader").json("get", "configmaps")

        assert seen["kind"] == "List"

    def test_given_no_token_when_api_is_called_then_unauthorized(self, control_plane: ControlPlane) -> None:
        with control_plane.http(token="made-up") as client:
            assert client.get("/api/v1/namespaces").status_code == 401


class TestControllers:
    def test_given_owned_object_when_its_owner_goes_then_it_is_collected(
        self, control_plane: ControlPlane, make_namespace: MakeNamespace
    ) -> None:
        namespace = make_namespace(control_plane)
        kubectl = control_plane.kubectl
        kubectl.apply(config_map("owner", "x"), namespace=namespace)
        owner = kubectl.json("get", "configmap", "owner", "-n", namespace)["metadata"]
        owned = config_map("owned", "x")
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"]}
        owned["metadata"] = {"name": "owned", "ownerReferences": [reference]}
        kubectl.apply(owned, namespace=namespace)

        kubectl("delete", "configmap", "owner", "-n", namespace)

        kubectl("wait", "--for=delete", "configmap/owned", "-n", namespace, "--timeout=20s")


class TestSharing:
    def test_given_several_workers_when_a_large_cluster_is_asked_for_then_one_worker_has_its_tests(
        self, request: pytest.FixtureRequest
    ) -> None:
        if not request.config.getoption("loadgroup", default=False):
            pytest.skip("nothing is grouped")

        large = [each for each in request.session.items if LARGE & set(getattr(each, "fixturenames", ()))]

        assert large
        assert all("@" in each.nodeid for each in large), "xdist groups by what is behind the sign"


class TestSimulatedNodes:
    def test_given_fake_nodes_when_a_deployment_is_made_then_its_pods_are_spread_and_ready(
        self, simulated_cluster: ControlPlane, make_namespace: MakeNamespace
    ) -> None:
        namespace = make_namespace(simulated_cluster, pod_security="privileged")
        simulated_cluster.add_simulated_nodes(20)
        kubectl = simulated_cluster.kubectl

        kubectl(
            "create", "deployment", "many", "--image=example.test/none:1", "--replicas=200", "-n", namespace
        )
        kubectl("rollout", "status", "deployment/many", "-n", namespace, "--timeout=240s", timeout=260)

        pods = kubectl.json("get", "pods", "-n", namespace)["items"]
        assert len({item["spec"]["nodeName"] for item in pods}) == 20


class TestOutages:
    def test_given_data_when_apiserver_restarts_then_data_and_address_stay(self) -> None:
        with ControlPlane() as own:
            own.kubectl.apply(config_map("kept", "x"))

            own.restart_apiserver()

            assert own.kubectl.json("get", "configmap", "kept")["data"] == {"key": "x"}

    def test_given_outage_when_a_client_calls_then_refused_until_it_is_over(self) -> None:
        with ControlPlane() as own, own.http() as client:
            own.kill_apiserver()
            with pytest.raises(httpx.ConnectError):
                client.get("/readyz")

            own.start_apiserver()

            assert client.get("/readyz").text == "ok"

    def test_given_all_killed_when_started_again_then_data_is_there(self) -> None:
        with ControlPlane() as own:
            own.kubectl.apply(config_map("kept", "x"))

            own.kill()
            own.start()

            assert own.kubectl.json("get", "configmap", "kept")["data"] == {"key": "x"}

    def test_given_stopped_when_looked_for_then_nothing_is_left(self) -> None:
        with ControlPlane() as own:
            folder, pids = own.folder, [process.pid for process in own.processes]

        assert not folder.exists()
        assert not [pid for pid in pids if _alive(pid)]


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
