"""Pods run for real on the test cluster: what production's kubelet, network and names do, this one does."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from tests.cluster.clients import CommandError
from tests.cluster.real_cluster import RealCluster

pytestmark = pytest.mark.slow
MakeNamespace = Callable[..., str]


def deployment(name: str, image: str, *, replicas: int = 1) -> dict[str, Any]:
    labels = {"app": name}
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "Never",
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
        "livenessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 2},
        "resources": {"limits": {"memory": "64Mi"}, "requests": {"cpu": "5m"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "terminationGracePeriodSeconds": 5,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def service(name: str) -> dict[str, Any]:
    ports = [{"port": 80, "targetPort": 8080}]
    spec = {"selector": {"app": name}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def wait_for_rollout(cluster: RealCluster, name: str, namespace: str) -> None:
    cluster.kubectl("rollout", "status", f"deployment/{name}", "-n", namespace, "--timeout=90s")


@pytest.fixture
def web(cluster: RealCluster, probe_image: str, make_namespace: MakeNamespace) -> Iterator[str]:
    """The namespace of a Deployment `web` of two ready probes behind a Service."""
    namespace = make_namespace(cluster)
    cluster.kubectl.apply(deployment("web", probe_image, replicas=2), service("web"), namespace=namespace)
    wait_for_rollout(cluster, "web", namespace)
    yield namespace
    cluster.kubectl("delete", "namespace", namespace, "--wait=false")


@pytest.fixture
def asked(cluster: RealCluster, web: str) -> Iterator[httpx.Client]:
    """A client of the Service `web`, from outside the cluster."""
    with (
        cluster.reach_service("web", namespace=web) as address,
        httpx.Client(base_url=f"http://{address}", timeout=10, trust_env=False) as client,
    ):
        wait_until(lambda: answers(client))  # the services' proxy learns of ready pods a moment later
        yield client


class TestPods:
    def test_given_deployment_with_probes_when_rolled_out_then_its_service_answers_from_each_pod(
        self, cluster: RealCluster, web: str, asked: httpx.Client
    ) -> None:
        pods = {pod["metadata"]["name"] for pod in cluster.kubectl.json("get", "pods", "-n", web)["items"]}

        names = {asked.get("/", headers={"Connection": "close"}).text for _ in range(40)}

        assert len(pods) == 2
        assert names == pods

    def test_given_running_container_when_killed_then_it_comes_back_in_the_same_pod(
        self, cluster: RealCluster, web: str, asked: httpx.Client
    ) -> None:
        with pytest.raises(httpx.RemoteProtocolError):
            asked.post("/crash")

        wait_until(lambda: sum(restarts(cluster, web)) == 1)
        cluster.kubectl("wait", "--for=condition=Ready", "pod", "--all", "-n", web, "--timeout=30s")
        assert asked.get("/").status_code == 200

    def test_given_pod_when_asked_for_logs_and_a_command_then_the_kubelet_answers(
        self, cluster: RealCluster, web: str, asked: httpx.Client
    ) -> None:
        cluster.kubectl("logs", "deployment/web", "-n", web)  # the probe says nothing; what counts is the way

        with pytest.raises(CommandError, match="no-such-program"):
            cluster.kubectl("exec", "deployment/web", "-n", web, "--", "/no-such-program")


class TestNames:
    def test_given_service_when_a_pod_looks_it_up_then_cluster_dns_gives_its_address(
        self, cluster: RealCluster, web: str, asked: httpx.Client
    ) -> None:
        address = cluster.kubectl("get", "service", "web", "-n", web, "-o=jsonpath={.spec.clusterIP}")

        short = asked.get("/lookup", params={"host": "web"})
        full = asked.get("/lookup", params={"host": f"web.{web}.svc.cluster.local"})

        assert short.json() == full.json() == [address]

    def test_given_unknown_service_when_looked_up_then_not_found(self, web: str, asked: httpx.Client) -> None:
        answer = asked.get("/lookup", params={"host": f"nobody.{web}.svc.cluster.local."})

        assert (answer.status_code, "no such host" in answer.text) == (502, True)


class TestBorder:
    def test_given_port_of_the_test_when_exposed_then_pods_reach_it(
        self, cluster: RealCluster, asked: httpx.Client
    ) -> None:
        with cluster.reach("10.96.0.1", 443) as api, cluster.expose(int(api.rpartition(":")[2])) as address:
            answer = asked.get("/connect", params={"to": address})

        assert answer.status_code == 200

    def test_given_address_outside_when_a_pod_connects_then_there_is_no_way(
        self, asked: httpx.Client
    ) -> None:
        answer = asked.get("/connect", params={"to": "192.0.2.1:443"})

        assert (answer.status_code, "unreachable" in answer.text) == (502, True)

    def test_given_command_when_run_inside_then_it_sees_the_cluster_only(self, cluster: RealCluster) -> None:
        links = json.loads(cluster.run("ip", "-json", "link"))

        assert {"lo", "cni0"} <= {link["ifname"] for link in links}
        assert "eth0" not in {link["ifname"] for link in links}


class TestOutages:
    def test_given_running_pods_when_the_kubelet_restarts_then_they_go_on(
        self, cluster: RealCluster, web: str, asked: httpx.Client
    ) -> None:
        before = cluster.kubectl.json("get", "pods", "-n", web)["items"]

        cluster.node.restart_kubelet()
        cluster.kubectl("rollout", "restart", "deployment/web", "-n", web)
        wait_for_rollout(cluster, "web", web)

        after = cluster.kubectl.json("get", "pods", "-n", web)["items"]
        assert not {pod["metadata"]["uid"] for pod in before} & {
            pod["metadata"]["uid"] for pod in after if "deletionTimestamp" not in pod["metadata"]
        }

    def test_given_apiserver_restart_when_pods_are_asked_meanwhile_then_they_answer(
        self, cluster: RealCluster, web: str, asked: httpx.Client
    ) -> None:
        cluster.control_plane.kill_apiserver()
        meanwhile = asked.get("/").status_code
        cluster.control_plane.start_apiserver()

        assert meanwhile == 200
        wait_for_rollout(cluster, "web", web)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").is_success
    except httpx.TransportError:
        return False


def restarts(cluster: RealCluster, namespace: str) -> list[int]:
    pods = cluster.kubectl.json("get", "pods", "-n", namespace)["items"]
    return [pod["status"]["containerStatuses"][0]["restartCount"] for pod in pods]


def wait_until(done: Callable[[], bool], *, within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline, f"not so after {within:.0f} s"
        time.sleep(0.2)
