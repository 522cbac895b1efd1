"""What each account of a release may do, as the API server itself says it: what is listed for it, and nothing beyond."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import yaml
from tests.cluster.control_plane import ControlPlane
from tests.integration.cluster.releases import CHART, SERVICES
from tests.integration.cluster.test_chart_templates import render

pytestmark = [pytest.mark.slow, pytest.mark.programs("helm")]
RBAC = {"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
WITHOUT_GRANTS = [*SERVICES, "worker", "migrate"]
BEYOND = [
    ("GET", "/api/v1/namespaces/{own}/secrets"),
    ("GET", "/api/v1/namespaces/{own}/secrets/caseplane-secrets"),
    ("GET", "/api/v1/namespaces/{own}/configmaps"),
    ("GET", "/api/v1/namespaces/{own}/pods"),
    ("POST", "/api/v1/namespaces/{own}/pods"),
    ("POST", "/api/v1/namespaces/{own}/serviceaccounts/caseplane-operator/token"),
    ("POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/{own}/rolebindings"),
    ("GET", "/api/v1/namespaces"),
    ("GET", "/api/v1/nodes"),
    ("GET", "/api/v1/namespaces/kube-system/secrets"),
    ("GET", "/apis/caseplane.dev/v1alpha1/tenants"),
    ("DELETE", "/apis/caseplane.dev/v1alpha1/tenants/acme"),
]
Rules = set[tuple[str, str, str]]
"""Verb, API group and resource."""


class Granted:
    """The accounts and grants of a rendered release, without its pods, in a namespace of its own."""

    def __init__(self, cluster: ControlPlane, namespace: str, values: dict[str, Any]) -> None:
        self.cluster, self.namespace = cluster, namespace
        manifests = render("-n", namespace, values={"fullnameOverride": "caseplane", **values})
        self.objects = [found for found in yaml.safe_load_all(manifests) if found]
        nobody = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody"}}
        for each in (nobody, *self.objects):
            if each["kind"] in {"ServiceAccount", *RBAC}:
                cluster.kubectl.apply(each, namespace=each["metadata"].get("namespace", namespace))

    def http(self, account: str) -> httpx.Client:
        """The API in the hands of an account."""
        return self.cluster.http(self.cluster.token_for(f"{self.namespace}/{account}"))

    def rules(self, account: str, namespace: str) -> Rules:
        """What an account may do in a namespace, beyond what everybody may."""
        return self._rules(account, namespace) - self._rules("nobody", namespace)

    def _rules(self, account: str, namespace: str) -> Rules:
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": namespace},
        }
        with self.http(account) as http:
            answer = http.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", json=review)
        status = answer.raise_for_status().json()["status"]
        assert not status["incomplete"]
        return flat(status["resourceRules"])


def flat(rules: list[dict[str, Any]]) -> Rules:
    return {
        (verb, group, resource)
        for rule in rules
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


@pytest.fixture
def grant(
    control_plane: ControlPlane, make_namespace: Callable[..., str]
) -> Iterator[Callable[..., Granted]]:
    """Brings the grants of a release."""
    made: list[Granted] = []

    def bring(**values: Any) -> Granted:
        made.append(Granted(control_plane, make_namespace(control_plane), values))
        return made[-1]

    yield bring
    for each in made:
        for kind in ("clusterrolebinding", "clusterrole"):
            names = [o["metadata"]["name"] for o in each.objects if o["kind"].lower() == kind]
            control_plane.kubectl("delete", kind, *names)


class TestServices:
    def test_given_an_account_of_a_service_when_tried_then_everything_is_refused(
        self, grant: Callable[..., Granted]
    ) -> None:
        granted = grant()

        for name in WITHOUT_GRANTS:
            account = f"caseplane-{name}"
            assert granted.rules(account, granted.namespace) == set(), name
            with granted.http(account) as http:
                for method, path in BEYOND:
                    answer = http.request(method, path.format(own=granted.namespace), json={})
                    assert (answer.status_code, answer.json()["reason"]) == (403, "Forbidden"), path

    def test_given_a_release_when_rendered_then_only_what_speaks_to_the_api_has_a_token(
        self, grant: Callable[..., Granted]
    ) -> None:
        granted = grant()
        accounts = {
            found["metadata"]["name"]: found.get("automountServiceAccountToken", True)
            for found in granted.objects
            if found["kind"] == "ServiceAccount"
        }

        holding = set()
        for each in granted.objects:
            pod = each.get("spec", {}).get("template", {}).get("spec") or {
                "automountServiceAccountToken": False
            }
            account = pod.get("serviceAccountName", "default")
            if pod.get("automountServiceAccountToken", accounts.get(account, True)):
                holding.add(account)

        assert holding == {"caseplane-operator", "caseplane-uninstall"}


class TestOperator:
    lists = yaml.safe_load((CHART / "files" / "operator-rbac.yaml").read_text())

    def expected(self, *names: str) -> Rules:
        return flat([rule for name in names for rule in self.lists[name]])

    def test_given_an_operator_for_all_namespaces_when_its_rules_are_read_then_they_are_the_lists(
        self, grant: Callable[..., Granted]
    ) -> None:
        granted = grant()

        own = granted.rules("caseplane-operator", granted.namespace)
        elsewhere = granted.rules("caseplane-operator", "kube-system")

        assert own == self.expected("tenants", "knowledgeBases", "secrets", "lease")
        assert elsewhere == self.expected("tenants", "knowledgeBases")

    def test_given_an_operator_for_one_namespace_when_its_rules_are_read_then_they_end_there(
        self, grant: Callable[..., Granted], control_plane: ControlPlane, make_namespace: Callable[..., str]
    ) -> None:
        team = make_namespace(control_plane)
        granted = grant(operator={"watchNamespaces": [team], "secretNamespaces": [team]})

        def rules(namespace: str) -> Rules:
            return granted.rules("caseplane-operator", namespace)

        assert rules(granted.namespace) == self.expected("tenants", "secrets", "lease")
        assert rules(team) == self.expected("tenants", "knowledgeBases", "secrets")
        assert rules("default") == self.expected("tenants", "events")
        assert rules("kube-system") == self.expected("tenants")

    def test_given_the_account_of_an_uninstall_when_its_rules_are_read_then_it_deletes_our_resources_only(
        self, grant: Callable[..., Granted]
    ) -> None:
        granted = grant()

        assert granted.rules("caseplane-uninstall", "kube-system") == {
            (verb, "caseplane.dev", resource)
            for verb in ("list", "delete")
            for resource in ("tenants", "knowledgebases")
        }
