"""What the API server itself refuses and fills in, by the definitions that the chart ships."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from tests.cluster.clients import CommandError
from tests.cluster.control_plane import ControlPlane
from tests.cluster.operating import define, definitions, knowledge_base, tenant, unique, wait_for

from caseplane_operator.conditions import Reason
from caseplane_operator.crds import Connector, KnowledgeBaseSpec, TenantSpec

SAMPLES = Path(__file__).parents[3] / "operators" / "samples"
OBJECTS = {"name": "a", "objectStore": {"prefix": "handbook"}}
GENERIC = {"url": "https://desk.example", "secretRef": {"name": "desk"}}
EMAIL = {
    "imapUrl": "imaps://imap.example",
    "smtpUrl": "smtp://smtp.example:587",
    "username": "support",
    "address": "support@acme.example",
    "secretRef": {"name": "mail"},
}
BOTH = {"clientId": "c", "email": "kim@acme.example"}
IDENTITY = {"issuer": "https://login.example", "audience": "caseplane"}


@pytest.fixture(scope="module")
def cluster(control_plane: ControlPlane) -> ControlPlane:
    define(control_plane)
    return control_plane


@pytest.fixture
def namespace(cluster: ControlPlane, make_namespace: Callable[..., str]) -> str:
    return make_namespace(cluster)


def refusal(cluster: ControlPlane, body: dict[str, Any], namespace: str = "default") -> str:
    """The API server's error."""
    with pytest.raises(CommandError) as raised:
        cluster.kubectl.apply(body, namespace=namespace)
    return raised.value.stderr


@pytest.mark.slow
class TestTenantDefinition:
    @pytest.mark.parametrize(
        ("name", "spec", "message"),
        [
            ("a.b", {}, "metadata.name becomes the tenant's slug"),
            ("x" * 64, {}, "metadata.name becomes the tenant's slug"),
            ("erased-one", {}, "names that begin with erased-"),
            ("t", {"models": {"monthlyBudgetUsd": 0}}, "a budget is positive"),
            ("t", {"models": {"monthlyBudgetUsd": "0.00"}}, "a budget is positive"),
            ("t", {"models": {"monthlyBudgetUsd": "many"}}, "monthlyBudgetUsd"),
            ("t", {"limits": {"burst": 0}}, "burst"),
            ("t", {"limits": {"documents": -1}}, "documents"),
            ("t", {"workflow": {"configuration": "Not a name"}}, "configuration"),
            ("t", {"limits": {"documents": 1_000_000_001}}, "documents"),
            ("t", {"conversation": {"greet": "loudly"}}, "greet"),
            ("t", {"conversation": {"texts": {"greeting": {"en": ""}}}}, "texts"),
            ("t", {"displayName": ""}, "displayName"),
            ("t", {"displayName": "tab\there"}, "displayName"),
            ("t", {"displayName": "x" * 201}, "displayName"),
            ("t", {"identity": {"issuer": "https://login.example"}}, "audience"),
            ("t", {"identity": {**IDENTITY, "roleMapping": {"x": "king"}}}, "roleMapping"),
            ("t", {"identity": {**IDENTITY, "issuer": "login.example"}}, "issuer"),
            ("t", {"connector": {}}, "connector takes exactly one kind: generic"),
            ("t", {"connector": {"fax": GENERIC}}, "fax"),
            ("t", {"connector": {"generic": GENERIC, "email": EMAIL}}, "connector takes exactly one kind"),
            ("t", {"connector": {"zendesk": GENERIC}}, "set clientId or email, and not both"),
            ("t", {"connector": {"zendesk": {**GENERIC, **BOTH}}}, "set clientId or email, and not both"),
            ("t", {"connector": {"servicenow": GENERIC}}, "set clientId or username, and not both"),
            ("t", {"connector": {"email": {**EMAIL, "imapUrl": "https://imap.example"}}}, "imapUrl"),
            ("t", {"connector": {"email": {**EMAIL, "maxSizeMib": 101}}}, "maxSizeMib"),
            ("t", {"connector": {"kind": "generic", **GENERIC}}, "field not declared in schema"),
            ("t", {"connector": {"generic": {"url": "https://desk.example"}}}, "secretRef"),
            ("t", {"connector": {"generic": {**GENERIC, "colour": "blue"}}}, "colour"),
            ("t", {"namespaces": ["No Such"]}, "namespaces"),
            ("t", {"keySecret": {}}, "keySecret"),
            ("t", {"reclaimPolicy": "Shred"}, "reclaimPolicy"),
            ("t", {"colour": "blue"}, "colour"),
        ],
    )
    def test_given_an_invalid_tenant_when_applied_then_it_is_refused_by_name(
        self, cluster: ControlPlane, name: str, spec: dict[str, Any], message: str
    ) -> None:
        assert message in refusal(cluster, tenant(name, **spec))

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ({"keySecret": {"name": "one"}}, {"keySecret": {"name": "other"}}),
            ({"keySecret": {"name": "one"}}, {}),
            ({}, {"keySecret": {"name": "one"}}),
        ],
    )
    def test_given_a_tenant_when_its_key_secret_changes_then_it_is_refused(
        self, cluster: ControlPlane, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        name = unique()
        cluster.kubectl.apply(tenant(name, **before))

        assert "keySecret cannot change" in refusal(cluster, tenant(name, **after))

    def test_given_the_least_tenant_when_applied_then_defaults_are_filled_in(
        self, cluster: ControlPlane
    ) -> None:
        name = "t" + "x" * 62
        cluster.kubectl.apply(tenant(name))

        found = cluster.kubectl.json("get", "tenant", name)["spec"]

        assert found == {"reclaimPolicy": "Retain", "suspended": False}

    @pytest.mark.parametrize(
        ("kind", "spec"),
        [
            (
                "zendesk",
                {**GENERIC, "clientId": "c", "fields": {"reason": 360002}, "statuses": {"on_hold": 7}},
            ),
            ("servicenow", {**GENERIC, "username": "u", "states": {"solved": {"state": "6"}}}),
            ("email", EMAIL),
        ],
    )
    def test_given_a_desk_of_each_kind_when_applied_then_its_defaults_are_those_of_the_code(
        self, cluster: ControlPlane, kind: str, spec: dict[str, Any]
    ) -> None:
        name = unique()
        cluster.kubectl.apply(tenant(name, connector={kind: spec}))

        found = cluster.kubectl.json("get", "tenant", name)["spec"]["connector"]

        assert Connector.model_validate(found) == Connector.model_validate({kind: spec})

    def test_given_a_limit_of_no_documents_when_applied_then_taken(self, cluster: ControlPlane) -> None:
        name = unique()

        cluster.kubectl.apply(tenant(name, limits={"documents": 0}))

        assert spec_of(cluster, name)["limits"] == {"documents": 0}

    @pytest.mark.parametrize("budget", [250, "250", "250.50"])
    def test_given_a_budget_as_number_or_text_when_applied_then_taken(
        self, cluster: ControlPlane, budget: Any
    ) -> None:
        cluster.kubectl.apply(
            tenant(unique(), models={"monthlyBudgetUsd": budget}, displayName="Ünïcode 株式会社")
        )


@pytest.mark.slow
class TestUpgrade:
    def test_given_a_connector_of_the_older_definition_when_upgraded_then_reported_corrected_and_let_go(
        self, cluster: ControlPlane
    ) -> None:
        name = unique()
        newer = yaml.safe_load(definition_of("tenant"))
        older = yaml.safe_load(definition_of("tenant"))
        properties_of(older)["connector"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        cluster.kubectl.apply(older)
        stored = {"kind": "generic", **GENERIC}
        wait_for(lambda: accepted(cluster, tenant(name, connector=stored)), lambda: "the older is not served")

        cluster.kubectl.apply(newer)
        wait_for(lambda: spec_of(cluster, name)["connector"] == {}, lambda: str(spec_of(cluster, name)))

        patch = ("patch", "tenant", name, "--type=merge")
        cluster.kubectl(*patch, "--subresource=status", "-p", '{"status": {"phase": "Degraded"}}')
        cluster.kubectl(*patch, "-p", '{"metadata": {"finalizers": ["caseplane.dev/operator"]}}')
        cluster.kubectl.apply(tenant(name, connector={"generic": GENERIC}))
        assert spec_of(cluster, name)["connector"]["generic"]["maxAttempts"] == 8
        cluster.kubectl("delete", "tenant", name, "--wait=false")
        cluster.kubectl(*patch, "-p", '{"metadata": {"finalizers": null}}')


@pytest.mark.slow
class TestKnowledgeBaseDefinition:
    @pytest.mark.parametrize(
        ("name", "body", "message"),
        [
            ("x" * 64, knowledge_base("", "t"), "metadata.name is part of"),
            ("kb", {"spec": {}}, "tenantRef"),
            ("kb", knowledge_base("", "t", {"name": "a"}), "exactly one of objectStore and upload"),
            (
                "kb",
                knowledge_base("", "t", {**OBJECTS, "upload": {}}),
                "exactly one of objectStore and upload",
            ),
            ("kb", knowledge_base("", "t", {"name": "a", "web": {}}), "web"),
            (
                "kb",
                knowledge_base("", "t", OBJECTS, {**OBJECTS, "name": "b"}),
                "prefixes of two sources overlap",
            ),
            (
                "kb",
                knowledge_base("", "t", OBJECTS, {"name": "b", "objectStore": {"prefix": "handbook/en"}}),
                "prefixes of two sources overlap",
            ),
            (
                "kb",
                knowledge_base("", "t", OBJECTS, {"name": "b", "objectStore": {}}),
                "prefixes of two sources overlap",
            ),
            ("kb", knowledge_base("", "t", OBJECTS, OBJECTS), "duplicate entries"),
            ("kb", knowledge_base("", "t", {"name": "a", "objectStore": {"prefix": "a/../b"}}), "no . or .."),
            ("kb", knowledge_base("", "t", {"name": "a", "objectStore": {"prefix": "/a"}}), "prefix"),
            ("kb", knowledge_base("", "t", schedule={"interval": "30s"}), "at least a minute"),
            ("kb", knowledge_base("", "t", schedule={"interval": "daily"}), "interval"),
            ("kb", knowledge_base("", "t", schedule={"interval": "1d"}), "interval"),
            ("kb", knowledge_base("", "t", schedule={"interval": "-5m"}), "interval"),
            ("kb", knowledge_base("", "t", acl=[""]), "acl"),
            ("kb", knowledge_base("", "t", *({"name": f"s{i}", "upload": {}} for i in range(21))), "sources"),
        ],
    )
    def test_given_an_invalid_knowledge_base_when_applied_then_it_is_refused_by_name(
        self, cluster: ControlPlane, namespace: str, name: str, body: dict[str, Any], message: str
    ) -> None:
        whole = {**knowledge_base(name, "t"), **body, "metadata": {"name": name}}

        assert message in refusal(cluster, whole, namespace)

    @pytest.mark.parametrize(
        ("after", "message"),
        [
            (knowledge_base("kb", "other", OBJECTS), "stays with its tenant"),
            (knowledge_base("kb", "t", {"name": "a", "upload": {}}), "a source keeps its kind"),
        ],
    )
    def test_given_a_knowledge_base_when_something_permanent_changes_then_it_is_refused(
        self, cluster: ControlPlane, namespace: str, after: dict[str, Any], message: str
    ) -> None:
        cluster.kubectl.apply(knowledge_base("kb", "t", OBJECTS), namespace=namespace)

        assert message in refusal(cluster, after, namespace)

    def test_given_the_least_knowledge_base_when_applied_then_defaults_are_filled_in(
        self, cluster: ControlPlane, namespace: str
    ) -> None:
        cluster.kubectl.apply(
            knowledge_base("kb", "t", {"name": "a", "objectStore": {}}), namespace=namespace
        )

        found = cluster.kubectl.json("get", "knowledgebase", "kb", "-n", namespace)["spec"]

        assert found["schedule"] == {"interval": "1h", "suspended": False}
        assert found["sources"] == [{"name": "a", "objectStore": {"prefix": ""}}]
        assert found["reclaimPolicy"] == "Retain"


@pytest.mark.slow
class TestExplain:
    @pytest.mark.parametrize("kind", ["tenant", "knowledgebase"])
    def test_given_the_definitions_when_explained_then_every_field_says_what_it_is(
        self, cluster: ControlPlane, kind: str
    ) -> None:
        text = cluster.kubectl("explain", kind, "--recursive")

        assert "spec" in text
        undescribed = [path for path in described(kind) if not path[1]]
        assert undescribed == []
        assert "DESCRIPTION" in cluster.kubectl("explain", f"{kind}.spec.reclaimPolicy")


@pytest.mark.slow
class TestSamples:
    @pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.yaml")), ids=lambda path: path.name)
    def test_given_a_sample_when_applied_then_taken_as_it_stands(
        self, cluster: ControlPlane, sample: Path
    ) -> None:
        for namespace in ("caseplane", "support"):
            cluster.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})

        output = cluster.kubectl("apply", "--dry-run=server", "-f", sample)

        assert "created" in output


PINNED = {
    "tenant": [
        "self.metadata.name.matches('^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$')",
        "!self.metadata.name.startsWith('erased-')",
    ],
    "knowledgebase": ["self.metadata.name.matches('^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$')"],
}
"""Rules at the root. The API server judges them at every write, also of status and finalizers, so a stored object that
breaks a new one is stuck: it gets no status and cannot be deleted. These are about the name, which cannot be read further
below and never changes, and hold for whatever is stored. A new limit goes to the smallest node that it is about, where an
unchanged value is not judged again, and does not look at `oldSelf`, which would switch that off."""


class TestRules:
    @pytest.mark.parametrize("kind", PINNED)
    def test_given_the_definitions_when_their_roots_are_read_then_no_rule_was_added_or_tightened(
        self, kind: str
    ) -> None:
        rules = [each["rule"] for each in schema_of(kind)["x-kubernetes-validations"]]

        assert rules == PINNED[kind]

    @pytest.mark.parametrize("kind", PINNED)
    def test_given_the_definitions_when_the_rules_of_the_whole_spec_are_read_then_all_are_about_changes(
        self, kind: str
    ) -> None:
        rules = schema_of(kind)["properties"]["spec"].get("x-kubernetes-validations", [])

        assert [each["rule"] for each in rules if "oldSelf" not in each["rule"]] == []


class TestDefinitionsAndCode:
    @pytest.mark.parametrize(
        ("kind", "model"), [("tenant", TenantSpec), ("knowledgebase", KnowledgeBaseSpec)]
    )
    def test_given_the_definitions_when_compared_with_the_code_then_both_know_the_same_fields(
        self, kind: str, model: type[BaseModel]
    ) -> None:
        defined = schema_of(kind)["properties"]["spec"]

        assert fields_of_schema(defined) == fields_of_model(model)

    def test_given_the_kinds_of_connectors_when_defined_then_the_rule_counts_each_of_them(self) -> None:
        connector = schema_of("tenant")["properties"]["spec"]["properties"]["connector"]
        (rule,) = connector["x-kubernetes-validations"]

        assert re.findall(r"has\(self\.(\w+)\)", rule["rule"]) == list(connector["properties"])
        assert rule["message"].endswith(": " + ", ".join(connector["properties"]))

    @pytest.mark.parametrize("reason", Reason)
    def test_given_a_reason_when_written_then_the_definitions_take_it(self, reason: Reason) -> None:
        assert reason == reason.name
        assert reason.isalpha()


def spec_of(cluster: ControlPlane, name: str) -> dict[str, Any]:
    found: dict[str, Any] = cluster.kubectl.json("get", "tenant", name)["spec"]
    return found


def accepted(cluster: ControlPlane, body: dict[str, Any]) -> bool:
    try:
        cluster.kubectl.apply(body)
    except CommandError:
        return False
    return True


def definition_of(kind: str) -> str:
    return next(text for text in definitions() if f"singular: {kind}\n" in text)


def properties_of(definition: dict[str, Any]) -> dict[str, Any]:
    """The fields of `spec`."""
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    found: dict[str, Any] = schema["properties"]["spec"]["properties"]
    return found


def schema_of(kind: str) -> dict[str, Any]:
    definition = yaml.safe_load(definition_of(kind))
    found: dict[str, Any] = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def described(kind: str, schema: dict[str, Any] | None = None, path: str = "") -> list[tuple[str, str]]:
    """Every field of a definition with its description."""
    found = []
    for name, inner in ((schema or schema_of(kind)).get("properties") or {}).items():
        if path or name in ("spec", "status"):
            found.append((f"{path}.{name}", inner.get("description", "")))
            found += described(kind, inner.get("items", inner), f"{path}.{name}")
    return found


def fields_of_schema(schema: dict[str, Any], path: str = "") -> set[str]:
    found: set[str] = set()
    for name, inner in (schema.get("properties") or {}).items():
        found |= {f"{path}{name}"} | fields_of_schema(inner.get("items", inner), f"{path}{name}.")
    return found


def fields_of_model(model: type[BaseModel], path: str = "") -> set[str]:
    found: set[str] = set()
    for field in model.model_fields.values():
        assert field.alias is not None
        found.add(f"{path}{field.alias}")
        for inner in models_in(field.annotation):
            found |= fields_of_model(inner, f"{path}{field.alias}.")
    return found


def models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in models_in(inner)]
