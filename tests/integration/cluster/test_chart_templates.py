"""What the chart renders: linted, tried by its own expectations, and right for three Kubernetes minors."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cluster.clients import CommandError, run
from tests.integration.cluster.releases import CHART
from tests.integration.cluster.schemas import LOCATION, MINORS, of_kubernetes, of_others
from tests.toolchain.build import binary

pytestmark = [pytest.mark.slow, pytest.mark.programs("helm", "kubeconform")]

EVERYTHING = {
    "cloud": "gcp",
    "image": {"registry": "registry.example", "pullSecrets": ["registry"]},
    "database": {"caSecret": "authorities", "sslMode": "verify-full"},
    "secrets": {
        "external": {"enabled": True, "storeName": "store", "refs": {"service-secret": {"key": "service"}}}
    },
    "llm": {
        "models": {"answer": {"provider": "azure", "id": "gpt", "endpoint": "https://a.example"}},
        "useApiKey": True,
        "monthlyBudgetUsd": 100,
    },
    "objects": {"volume": {"accessMode": "ReadWriteMany"}},
    "embeddings": {"kind": "vertex", "model": "text", "dimension": 768, "region": "r", "project": "p"},
    "telemetry": {"otlpEndpoint": "http://collector.observability:4318"},
    "gateway": {"replicas": 3, "autoscaling": {"enabled": True}, "priorityClassName": "high"},
    "qdrant": {"enabled": True, "storageClass": "fast"},
    "worker": {"keda": {"enabled": True}, "batch": {"tolerations": [{"operator": "Exists"}]}},
    "operator": {"watchNamespaces": ["team"], "secretNamespaces": ["team"]},
    "ingress": {"enabled": True, "host": "help.example", "tlsSecret": "tls", "className": "nginx"},
    "gatewayApi": {"enabled": True, "host": "help.example", "parentRefs": [{"name": "edge"}]},
    "networkPolicy": {"gatewayFrom": [{"namespaceSelector": {}}], "egressCidrs": ["203.0.113.0/24"]},
    "monitoring": {
        "serviceMonitor": {"enabled": True},
        "rules": {"enabled": True},
        "dashboards": {"enabled": True},
    },
}
FILES: list[str] = ["values.yaml", "values-dev.yaml", "values-stage.yaml", "values-prod.yaml"]
BROUGHT = {
    "database": {"host": "db.internal"},
    "objects": {"url": "s3://files"},
    "secrets": {"external": {"refs": {"service-secret": {"key": "service"}}}},
}
"""What the values of clouds leave to the cloud."""


def render(*flags: str, values: dict[str, Any] | None = None) -> str:
    """The manifests of a release."""
    words: tuple[str | Path, ...] = ("template", "caseplane", CHART, "-n", "caseplane", "-f", "-", *flags)
    return run([binary("helm"), *words], stdin=json.dumps(values or {}))


class TestLint:
    @pytest.mark.parametrize("file", FILES)
    def test_given_the_values_of_each_environment_when_linted_then_nothing_is_wrong(self, file: str) -> None:
        given = json.dumps(BROUGHT if file in FILES[1:] else {})
        said = run([binary("helm"), "lint", "--strict", CHART, "-f", CHART / file, "-f", "-"], stdin=given)

        assert "0 chart(s) failed" in said


@pytest.mark.programs("helm-unittest")
class TestExpectations:
    def test_given_the_suites_of_the_chart_when_run_then_all_hold(self) -> None:
        said = run([binary("helm-unittest"), "--strict", CHART])

        assert " 0 failed" not in said
        assert "Tests:" in said


class TestKubernetesVersions:
    @pytest.mark.parametrize("minor", MINORS)
    def test_given_a_minor_when_everything_is_rendered_then_every_field_is_known_to_it(
        self, minor: str, tmp_path: Path
    ) -> None:
        manifests = [
            *(render("-f", str(CHART / file), values=BROUGHT if file in FILES[1:] else {}) for file in FILES),
            render(values=EVERYTHING),
            render("--is-upgrade", values=EVERYTHING),
        ]

        counts = judge("\n---\n".join(manifests), minor)

        assert counts["invalid"] == counts["errors"] == counts["skipped"] == 0
        assert counts["valid"] > 300

    def test_given_a_misspelt_field_when_judged_then_it_is_refused(self) -> None:
        broken = render().replace("readinessProbe:", "readynessProbe:")

        with pytest.raises(CommandError) as refused:
            judge(broken, MINORS[-1])

        assert "readynessProbe" in str(refused.value)


def judge(manifests: str, minor: str) -> dict[str, int]:
    """What kubeconform counts."""
    locations = [f"-schema-location={folder}/{LOCATION}" for folder in (of_kubernetes(minor), of_others())]
    said = run(
        [binary("kubeconform"), "-strict", "-summary", "-output=json", *locations, "-"], stdin=manifests
    )
    counts: dict[str, int] = json.loads(said)["summary"]
    return counts


class TestRendering:
    def test_given_the_defaults_when_rendered_twice_then_only_made_up_secrets_differ(self) -> None:
        def documents(text: str) -> list[Any]:
            found = [each for each in yaml.safe_load_all(text) if each]
            return [each for each in found if each["kind"] != "Secret"]

        assert documents(render()) == documents(render())

    def test_given_nodes_for_every_part_when_rendered_then_each_pod_runs_there_and_is_pulled_with_the_credentials(
        self,
    ) -> None:
        defaults = yaml.safe_load((CHART / "values.yaml").read_text())
        values = placed(defaults)
        values["image"] = {"pullSecrets": ["registry"]}
        values["qdrant"]["enabled"] = True

        specs = pod_specs(render(values=values))

        assert len(specs) == 14
        for name, spec in specs.items():
            assert spec.get("nodeSelector") == {"pool": "ours"}, name
            assert spec.get("tolerations") == [{"operator": "Exists"}], name
            assert spec.get("imagePullSecrets") == [{"name": "registry"}], name


def placed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that put whatever can be put somewhere onto nodes of our own."""
    given = {"nodeSelector": {"pool": "ours"}, "tolerations": [{"operator": "Exists"}]}
    below = {key: placed(each) for key, each in values.items() if isinstance(each, dict)}
    return {
        **{key: each for key, each in below.items() if each},
        **(given if "nodeSelector" in values else {}),
    }


def pod_specs(manifests: str) -> dict[str, dict[str, Any]]:
    """Every pod's specification, by kind and name of what makes it."""
    found = [
        each for each in yaml.safe_load_all(manifests) if each and "template" in (each.get("spec") or {})
    ]
    return {f"{each['kind']} {each['metadata']['name']}": each["spec"]["template"]["spec"] for each in found}
