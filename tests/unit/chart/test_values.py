"""The chart's values, files and version, checked against the code."""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from tools.pages.chart_values import BY_THE_CHART, CHART, comments_of
from tools.pages.configuration import prefix, settings_classes

from caseplane.services import SERVICES

ROOT = CHART.parents[1]
SOURCES = ROOT / "services" / "caseplane"
METRIC = re.compile(r"caseplane_[a-z_]+")
KIND = re.compile(r'\b(Counter|Gauge|Histogram)\(\s*"(caseplane_[a-z_]+)"')
SUFFIXES = {"Counter": ("_total",), "Gauge": ("",), "Histogram": ("_bucket", "_sum", "_count")}


def values(name: str = "values.yaml") -> Any:
    return yaml.safe_load((CHART / name).read_text())


def metrics() -> set[str]:
    """The processes' metrics, by their Prometheus names."""
    sources = [*SOURCES.rglob("*.py"), *(ROOT / "operators").rglob("*.py")]
    found = [each for source in sources for each in KIND.findall(source.read_text())]
    named = {f"{name}{suffix}" for kind, name in found for suffix in SUFFIXES[kind]}
    return named | {"caseplane_llm_breaker_open"}


class TestSchema:
    def test_given_the_schema_when_searched_then_every_object_lists_its_properties(self) -> None:
        def open_objects(node: Any, path: str = "") -> list[str]:
            if not isinstance(node, dict):
                return []
            found = [path] if node.get("type") == "object" and "additionalProperties" not in node else []
            return found + [
                each for key, value in node.items() for each in open_objects(value, f"{path}/{key}")
            ]

        schema = json.loads((CHART / "values.schema.json").read_text())
        passed_on = {"/properties/global", *(f"{path}/items" for path in LISTS_OF_KUBERNETES)}

        assert {path for path in open_objects(schema) if path not in passed_on} == set()

    def test_given_the_values_when_read_then_each_has_a_comment_or_follows_one_that_has(self) -> None:
        explained = {path.rpartition(".")[2] for path, _ in comments_of((CHART / "values.yaml").read_text())}

        assert {path for path in leaves(values()) if not explained & set(path.split("."))} == set()


LISTS_OF_KUBERNETES = [
    "/properties/extraEnv",
    "/properties/gatewayApi/properties/parentRefs",
    "/properties/networkPolicy/properties/gatewayFrom",
    *(
        f"/properties/{name}/properties/tolerations"
        for name in (
            *SERVICES.names,
            *("service", "operator"),
            *("migrations", "postgresql", "qdrant"),
        )
    ),
    *(f"/properties/worker/properties/{pool}/properties/tolerations" for pool in ("interactive", "batch")),
]


def leaves(node: Any, path: str = "") -> list[str]:
    if isinstance(node, dict) and node:
        return [each for key, value in node.items() for each in leaves(value, f"{path}.{key}".lstrip("."))]
    return [path]


class TestValues:
    def test_given_the_program_when_its_version_is_read_then_the_chart_has_the_same(self) -> None:
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
        project = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)

        assert project is not None
        assert chart["version"] == chart["appVersion"] == project[1]

    def test_given_the_environment_of_the_pods_when_compared_then_every_setting_exists(self) -> None:
        known = {f"{prefix(cls)}{field}".upper() for cls in settings_classes() for field in cls.model_fields}
        templates = "\n".join(path.read_text() for path in (CHART / "templates").iterdir())
        named = set(re.findall(r"\bCASEPLANE_(?!OPERATOR_)[A-Z_]+[A-Z]\b(?!__)", templates))
        given = {
            name for path in CHART.glob("values*.yaml") for name in values(path.name).get("settings", {})
        }

        assert named - {"CASEPLANE_LLM"} <= known | {"CASEPLANE_PLATFORM_ADMIN_KEY"}
        assert given <= known
        assert not any(map(BY_THE_CHART.fullmatch, given))


class TestMonitoring:
    def test_given_alerts_and_dashboards_when_searched_then_every_metric_is_one_of_ours(self) -> None:
        files = [CHART / "files" / "alerts.yaml", *(CHART / "files" / "dashboards").glob("*.json")]
        used = {name for path in files for name in METRIC.findall(path.read_text())}

        assert used <= metrics()
        assert len(files) == 4

    def test_given_runbooks_when_followed_then_page_and_heading_exist(self) -> None:
        links = re.findall(
            r"runbook_url: \{\{ \$docs \}\}/(\S+)", (CHART / "files" / "alerts.yaml").read_text()
        )

        assert len(links) >= 7
        for link in links:
            page, _, anchor = link.partition("#")
            text = (ROOT / "docs" / page).read_text()
            headings = {
                re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
                for line in text.splitlines()
                if line.startswith("#")
            }
            assert not anchor or anchor in headings, link


class TestImages:
    def test_given_the_pins_of_the_images_when_compared_then_they_are_those_of_the_project(self) -> None:
        def pins(path: Path) -> dict[str, str]:
            return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.MULTILINE))

        project, image = pins(ROOT / "requirements" / "dev.txt"), pins(ROOT / "images" / "services.txt")

        assert {
            name: version for name, version in image.items() if project.get(name, version) != version
        } == {}
        assert pins(ROOT / "images" / "tools.txt")["uv"] == project["uv"]
