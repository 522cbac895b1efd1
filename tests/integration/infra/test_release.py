"""A cloud's complete stack: its account simulated, its cluster a real API server with simulated nodes."""

import json
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from pulumi.runtime.proto import ResourceProviderServicer
from tests.cluster.clients import Kubectl
from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import Process, free_port
from tests.integration.amazon import amazon
from tests.integration.cluster.releases import hand_over_definitions
from tests.integration.cluster.test_chart_templates import render
from tests.integration.infra.cluster_provider import Addon, ClusterProvider
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import Engine
from tests.integration.infra.simulator.cloud import Cloud
from tests.integration.infra.simulator.provider import SimulatedProvider
from tests.integration.infra.stacks import RecordingRandom, account, config_of, settings_of
from tests.toolchain.build import binary
from tests.toolchain.definitions import definitions

from caseplane.core.announcements import queue_at
from caseplane_infra.kubernetes.values import VECTOR_DISKS
from caseplane_infra.program import run
from caseplane_infra.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.programs("pulumi", "helm")]
DEFINITIONS = Path(__file__).parent / "definitions"
"""Definitions of custom resources that clouds install without published sources."""
ON_SERVICE = "service.beta.kubernetes.io"
KEDA_IMAGES = ("kedacore/keda", "kedacore/keda-metrics-apiserver", "kedacore/keda-admission-webhooks")
POOLS = ("core", "workers")
MakeWhole = Callable[..., tuple[Engine, ClusterProvider]]


@pytest.fixture
def make_whole(make_engine: MakeEngine, simulated_cluster: ControlPlane) -> Iterator[MakeWhole]:
    """Makes a stack with all objects of its cluster."""
    simulated_cluster.add_simulated_nodes(2)
    hand_over_definitions(simulated_cluster.kubectl, "caseplane")
    made: list[Engine] = []

    def make(stack: str, **changes: Any) -> tuple[Engine, ClusterProvider]:
        config = config_of(stack, **changes)
        settings = settings_of(config)
        cloud = account(settings)
        for number, role in enumerate(POOLS):
            _assign(simulated_cluster, number, role, taints_of(settings, role))
        cluster = ClusterProvider(
            simulated_cluster,
            definitions={
                "external-secrets": definitions("external-secrets", "clustersecretstores", "externalsecrets"),
                "keda": definitions("keda", "scaledobjects", "triggerauthentications"),
                "cluster-autoscaler": [],
                "aws-load-balancer-controller": [],  # brings some, of which the platform uses none
            },
        )
        providers: dict[str, ResourceProviderServicer] = {
            cloud.book.package: SimulatedProvider(cloud),
            "random": RecordingRandom(),
            "kubernetes": cluster,
        }
        made.append(make_engine(run, providers, stack, config=config))
        return made[-1], cluster

    yield make
    for engine in made:
        engine.destroy()
    for number, _ in enumerate(POOLS):
        _assign(simulated_cluster, number, None, [])


def taints_of(settings: Settings, role: str) -> list[dict[str, str]]:
    """The taints of the clouds' nodes: ours on the workers' pool, and those that GKE and AKS add."""
    taints = [("role", role)] if role == "workers" else []
    if settings.cloud == "gcp" and settings.cluster.architecture == "arm64":
        taints.append(("kubernetes.io/arch", "arm64"))
    if settings.cloud == "azure" and role == "workers" and settings.cluster.workers.spot:
        taints.append(("kubernetes.azure.com/scalesetpriority", "spot"))
    return [{"key": key, "value": value, "effect": "NoSchedule"} for key, value in taints]


def _assign(cluster: ControlPlane, number: int, role: str | None, taints: list[dict[str, str]]) -> None:
    patch = {"metadata": {"labels": {"role": role}}, "spec": {"taints": taints}}
    cluster.kubectl("patch", "node", f"simulated-{number}", "--type=merge", "--patch", json.dumps(patch))


def pods_of(addon: Addon) -> list[Mapping[str, Any]]:
    """The values that place an add-on's pods: its own, and those of each part that has its own."""
    parts = ("webhook", "certController") if addon.chart == "external-secrets" else ()
    return [addon.values, *(addon.values[part] for part in parts)]


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
        migrated = [
            "--for=condition=Complete",
            "job",
            "-l=app.kubernetes.io/component=migrate",
            "--timeout=60s",
        ]
        simulated_cluster.kubectl("wait", "-n", "caseplane", *migrated)  # Helm does not wait for it
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
        places = [values for addon in provider.addons.values() for values in pods_of(addon)]
        borne = taints_of(settings_of(config_of(f"{cloud}-dev")), "core")
        tolerated = [{**taint, "operator": "Equal"} for taint in borne]
        assert all(each["nodeSelector"] == {"role": "core"} for each in places)
        assert all(each["tolerations"] == tolerated for each in places)
        worker = read("get", "deployment", "caseplane-worker-interactive", "-n", "caseplane")
        container = worker["spec"]["template"]["spec"]["containers"][0]
        environment = {each["name"]: each.get("value", "") for each in container["env"]}
        assert environment["CASEPLANE_OBJECTS_CHANGES_URL"] == up.outputs["queue_url"]
        assert queue_at(up.outputs["queue_url"]), "an address that the worker can read"
        account_ = read("get", "serviceaccount", "caseplane-gateway", "-n", "caseplane")
        assert (
            up.outputs["identities"]["gateway"].items() <= account_["metadata"].get("annotations", {}).items()
        )
        store = read("get", "clustersecretstore", "caseplane")
        assert store["spec"]["conditions"] == [{"namespaces": ["caseplane"]}]
        secret = read("get", "externalsecret", "caseplane-secrets", "-n", "caseplane")
        wanted = {each["secretKey"]: each["remoteRef"]["key"] for each in secret["spec"]["data"]}
        assert wanted["database-password"] == up.outputs["database_password_reference"]
        assert set(provider.addons) == {
            "external-secrets",
            "keda",
            *(["cluster-autoscaler"] if cloud == "aws" else []),
        }

    def test_given_a_custom_installer_when_brought_up_then_its_values_are_an_output_and_no_release_is_made(
        self, make_whole: MakeWhole, simulated_cluster: ControlPlane
    ) -> None:
        engine, _ = make_whole("gcp-dev", platform={"install": False})

        up = engine.up()

        assert up.outputs["chart_values"]["cloud"] == "gcp"
        assert "caseplane" not in simulated_cluster.helm("list", "--all-namespaces", "--short").split()


class TestAddons:
    @pytest.mark.parametrize("cloud", ["aws", "gcp"])
    def test_given_no_internet_access_when_brought_up_then_every_foreign_image_comes_from_the_stacks_registry(
        self, make_whole: MakeWhole, cloud: str
    ) -> None:
        engine, provider = make_whole(f"{cloud}-dev", platform={"install": False})

        outputs = engine.up().outputs

        own = outputs["registry_url"].rpartition("/")[0]
        mirrored = {
            name.rpartition(":")[0]: by.rpartition(":")[0] for name, by in outputs["mirrored_images"].items()
        }
        assert len(mirrored) == (5 if cloud == "aws" else 4)
        assert all(by.startswith(f"{own}/") for by in mirrored.values())
        secrets, scaling = provider.addons["external-secrets"].values, provider.addons["keda"].values
        pulled = {
            *(
                each["image"]["repository"]
                for each in (secrets, secrets["webhook"], secrets["certController"])
            ),
            *(f"{scaling['global']['image']['registry']}/{each}" for each in KEDA_IMAGES),
        }
        if cloud == "aws":
            nodes = provider.addons["cluster-autoscaler"].values
            assert nodes["autoDiscovery"]["clusterName"] == outputs["cluster_name"]
            pulled.add(nodes["image"]["repository"])
        assert pulled == set(mirrored.values())

    def test_given_a_domain_on_aws_when_brought_up_then_the_controller_of_its_balancer_is_installed(
        self, make_whole: MakeWhole
    ) -> None:
        engine, provider = make_whole(
            "aws-dev",
            platform={"install": False},
            network={"nat": "single"},
            edge={"domain": "support.example.com"},
        )

        outputs = engine.up().outputs

        controller = provider.addons["aws-load-balancer-controller"]
        assert controller.namespace == "kube-system"
        assert controller.values["clusterName"] == outputs["cluster_name"]
        assert controller.values["vpcId"] == outputs["network_id"]
        assert outputs["mirrored_images"] == {}
        assert provider.addons["keda"].values["global"]["image"]["registry"] == "ghcr.io"

    def test_given_images_that_are_not_there_yet_when_brought_up_then_nothing_waits_for_them(
        self, make_whole: MakeWhole, simulated_cluster: ControlPlane
    ) -> None:
        engine, provider = make_whole("aws-dev", platform={"install": False, "addons": False})

        outputs = engine.up().outputs

        assert provider.addons == {}
        assert len(outputs["mirrored_images"]) == 5, "what to push before the next up"


class TestVectors:
    def test_given_qdrant_when_brought_up_then_the_chart_has_its_disk_and_the_store_its_key(
        self, make_whole: MakeWhole, simulated_cluster: ControlPlane
    ) -> None:
        engine, _ = make_whole(
            "gcp-dev",
            platform={"install": False, "addons": False},
            network={"nat": "single"},
            vectors={"backend": "qdrant", "storage_gib": 50},
        )

        values = engine.up().outputs["chart_values"]

        made = {
            (each["kind"], each["metadata"]["name"]): each
            for each in yaml.safe_load_all(render(values=values))
            if each
        }
        qdrant = made["StatefulSet", "caseplane-qdrant"]["spec"]
        pod = qdrant["template"]["spec"]
        assert pod["nodeSelector"] == {"role": "core"}
        assert [each["key"] for each in pod["tolerations"]] == ["kubernetes.io/arch"]
        (claim,) = qdrant["volumeClaimTemplates"]
        assert claim["spec"]["storageClassName"] == VECTOR_DISKS
        assert claim["spec"]["resources"]["requests"]["storage"] == "50Gi"
        assert (
            simulated_cluster.kubectl.json("get", "storageclass", VECTOR_DISKS)["reclaimPolicy"] == "Retain"
        )
        fetched = made["ExternalSecret", "caseplane-secrets"]["spec"]["data"]
        keys = {each["secretKey"]: each["remoteRef"]["key"] for each in fetched}
        assert keys["qdrant-api-key"] == engine.outputs()["secret_references"]["qdrant-api-key"]


class TestEdge:
    @pytest.mark.parametrize("cloud", ["azure", "gcp"])
    def test_given_a_domain_when_brought_up_then_the_cluster_opens_the_edges_ingress(
        self, make_whole: MakeWhole, simulated_cluster: ControlPlane, cloud: str
    ) -> None:
        kubectl = simulated_cluster.kubectl
        for path in [DEFINITIONS / f"{cloud}.yaml", *definitions("gateway-api", "gateways")]:
            kubectl("apply", "--server-side", "--filename", str(path))
        engine, _ = make_whole(
            f"{cloud}-dev",
            platform={"install": False, "addons": False},
            network={"nat": "single"},
            edge={"domain": "support.example.com", "waf": True},
        )

        up = engine.up()

        assert engine.up().changed == 0
        values = up.outputs["chart_values"]
        if cloud == "azure":
            spec = kubectl.json("get", "nginxingresscontroller", "caseplane")["spec"]
            assert spec["ingressClassName"] == values["ingress"]["className"]
            assert spec["loadBalancerAnnotations"][f"{ON_SERVICE}/azure-pip-name"] == "pip-gc-tkt-dev-ingress"
            assert spec["defaultSSLCertificate"]["keyVaultURI"].endswith("/certificates/origin")
            assert not any(key.startswith(ON_SERVICE) for key in values["ingress"]["annotations"])
        else:
            listener = kubectl.json("get", "gateway", "caseplane", "-n", "caseplane")["spec"]["listeners"][0]
            backend = kubectl.json("get", "gcpbackendpolicy", "caseplane", "-n", "caseplane")["spec"]
            assert listener["protocol"] == "HTTPS"
            assert backend["default"]["securityPolicy"]
            assert values["gatewayApi"]["parentRefs"] == [{"name": "caseplane"}]


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


@pytest.mark.programs("external-secrets")
class TestExternalSecrets:
    """The real controller with its real AWS client, though older than the chart that stacks install."""

    def test_given_a_stack_on_aws_when_the_controller_runs_then_pods_get_its_secrets_and_their_next_versions(
        self,
        make_whole: MakeWhole,
        simulated_cluster: ControlPlane,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        engine, _ = make_whole("aws-dev", platform={"install": False})
        values = engine.up().outputs["chart_values"]
        (wanted,) = (
            each
            for each in yaml.safe_load_all(render("-n", "caseplane", values=values))
            if each and each["kind"] == "ExternalSecret"
        )
        names = {each["secretKey"]: each["remoteRef"]["key"] for each in wanted["spec"]["data"]}
        stored = stored_secrets(engine.providers["aws"].cloud)
        kubectl = simulated_cluster.kubectl
        region = kubectl.json("get", "clustersecretstore", "caseplane")["spec"]["provider"]["aws"]["region"]
        with amazon() as aws, external_secrets(simulated_cluster, aws.url, tmp_path / "controller.log"):
            secrets = boto3.client("secretsmanager", endpoint_url=aws.url, region_name=region)
            for name, value in stored.items():
                secrets.create_secret(Name=name, SecretString=value)
            kubectl.apply(wanted, namespace="caseplane")
            kubectl("wait", "--for=condition=Ready", *IN_NAMESPACE, "--timeout=60s")
            first = given(kubectl)

            secrets.put_secret_value(SecretId=names["service-secret"], SecretString="second")
            kubectl("annotate", *IN_NAMESPACE, "force-sync=1")
            deadline = time.monotonic() + 60
            while given(kubectl)["service-secret"] != "second":
                assert time.monotonic() < deadline, "the next version did not come"
                time.sleep(0.2)

            kubectl.apply({**wanted, "metadata": {"name": "stolen"}}, namespace="default")
            waited = (
                "--for=condition=Ready=False",
                "externalsecret/stolen",
                "-n",
                "default",
                "--timeout=60s",
            )
            kubectl("wait", *waited)
            stolen = kubectl("get", "secrets", "-n", "default", "-o=name")

        assert first == {key: stored[name] for key, name in names.items()}
        database = engine.providers["aws"].cloud.one("aws:rds/instance:Instance")
        assert first["database-admin-password"] == database.inputs["password"]
        assert stolen == "", "the store is open to the release's namespace alone"


IN_NAMESPACE = ("externalsecret/caseplane-secrets", "-n", "caseplane")


def stored_secrets(cloud: Cloud) -> dict[str, str]:
    """The secrets that the program stored in AWS, by name."""
    names = {each.id: each.inputs["name"] for each in cloud.of("aws:secretsmanager/secret:Secret")}
    versions = cloud.of("aws:secretsmanager/secretVersion:SecretVersion")
    return {names[each.inputs["secretId"]]: each.inputs["secretString"] for each in versions}


def given(kubectl: Kubectl) -> dict[str, str]:
    """The Secret that pods get."""
    data = kubectl.json("get", "secret", "caseplane-secrets", "-n", "caseplane")["data"]
    return {key: b64decode(each).decode() for key, each in data.items()}


@contextmanager
def external_secrets(cluster: ControlPlane, aws: str, log: Path) -> Iterator[None]:
    """The controller as a process outside its cluster, with a given address for AWS."""
    further = definitions("external-secrets", "secretstores", "generatorstates")
    cluster.kubectl("apply", "--server-side", *(f"--filename={each}" for each in further))
    environment = {
        "KUBECONFIG": cluster.kubeconfig,
        "AWS_SECRETSMANAGER_ENDPOINT": aws,
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    kinds = ("push-secret", "cluster-external-secret", "cluster-push-secret")
    command = [
        "env",
        *(f"{name}={value}" for name, value in environment.items()),
        binary("external-secrets"),
        *(f"--enable-{kind}-reconciler=false" for kind in kinds),
        "--enable-generator-state=false",
        *(f"--{which}-addr=127.0.0.1:{free_port()}" for which in ("metrics", "live")),
    ]
    controller = Process("external-secrets", command, log=log)
    try:
        yield
    finally:
        # While the controller runs: it removes their finalizers.
        cluster.kubectl("delete", "externalsecrets", "--all", "--all-namespaces", "--timeout=60s")
        controller.kill()
