"""Which pods may talk to which, over every pair, port and address: the flows that are named, and no other."""

from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from tests.integration.cluster.policies import Peer, Policy, allows
from tests.integration.cluster.releases import SERVICES, WORKERS
from tests.integration.cluster.test_chart_templates import render

pytestmark = [pytest.mark.slow, pytest.mark.programs("helm")]

BACKENDS = ("orchestrator", "retrieval", "escalation")
"""Services that others call through a client."""
HTTP, METRICS, POSTGRES, QDRANT = 8080, 9090, 5432, 6333
PORTS = (22, 53, 80, 443, POSTGRES, QDRANT, 6443, HTTP, METRICS)
FLOWS = {
    *(("gateway", callee, HTTP) for callee in ("platform", "workflow", "insights", *BACKENDS)),
    ("platform", "orchestrator", HTTP),
    ("platform", "retrieval", HTTP),
    ("orchestrator", "retrieval", HTTP),
    ("orchestrator", "escalation", HTTP),
    ("workflow", "retrieval", HTTP),
    ("workflow", "escalation", HTTP),
    *(("insights", callee, HTTP) for callee in BACKENDS),
    *((worker, callee, HTTP) for worker in WORKERS for callee in BACKENDS),
    ("operator", "gateway", HTTP),
    ("test", "gateway", HTTP),
    *((stranger, "gateway", HTTP) for stranger in ("stranger", "prometheus")),
    *((user, "postgresql", POSTGRES) for user in (*SERVICES, *WORKERS, "migrate")),
    *(("prometheus", each, METRICS) for each in (*SERVICES, *WORKERS, "operator")),
}
"""As docs/kubernetes.md tells them; outside addresses and DNS apart."""
COMPONENTS = (*SERVICES, *WORKERS, "operator", "migrate", "uninstall", "postgresql", "qdrant", "test")


def ours(component: str) -> Peer:
    labels = {
        "app.kubernetes.io/name": "caseplane",
        "app.kubernetes.io/instance": "caseplane",
        "app.kubernetes.io/component": component,
    }
    return Peer(component, "caseplane", labels)


STRANGERS = (
    Peer("stranger", "other", {"app": "curl"}),
    Peer("prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"}),
)
DNS = Peer("dns", "kube-system", {"k8s-app": "kube-dns"})
OUTSIDE = Peer("desk", address="203.0.113.7")
PRIVATE = Peer("private endpoint", address="10.20.1.5")
METADATA = Peer("metadata service", address="169.254.169.254")
CALLING_OUT = {*SERVICES, *WORKERS}


def policies(**values: Any) -> list[Policy]:
    documents = yaml.safe_load_all(render(values=values))
    return [each for each in documents if each and each["kind"] == "NetworkPolicy"]


def flows(found: Sequence[Policy]) -> set[tuple[str, str, int]]:
    """Every connection between pods that the policies allow."""
    peers = [*map(ours, COMPONENTS), *STRANGERS]
    return {
        (source.name, target.name, port)
        for source in peers
        for target in map(ours, COMPONENTS)
        for port in PORTS
        if source is not target and allows(found, source, target, port)
    }


class TestBetweenPods:
    def test_given_the_policies_when_every_pair_and_port_is_tried_then_only_named_flows_pass(self) -> None:
        # The operator and the hook may reach the API server's ports wherever it is, so the other end decides: it denies.
        assert flows(policies()) == FLOWS

    def test_given_vectors_in_qdrant_when_tried_then_only_who_searches_and_indexes_gets_there(self) -> None:
        assert flows(policies(qdrant={"enabled": True})) == FLOWS | {
            (user, "qdrant", QDRANT) for user in ("retrieval", *WORKERS)
        }

    def test_given_callers_of_the_gateway_when_named_then_strangers_are_denied(self) -> None:
        edge = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}

        found = flows(policies(networkPolicy={"gatewayFrom": [edge]}))

        assert found == FLOWS - {("stranger", "gateway", HTTP), ("prometheus", "gateway", HTTP)}

    def test_given_no_policies_when_tried_then_everything_passes(self) -> None:
        everything = flows(policies(networkPolicy={"enabled": False}))

        assert ("stranger", "postgresql", POSTGRES) in everything


class TestOutwards:
    @pytest.mark.parametrize("component", COMPONENTS)
    def test_given_a_pod_when_it_calls_out_then_only_who_needs_it_gets_there(self, component: str) -> None:
        found = policies()
        pod = ours(component)

        assert allows(found, pod, OUTSIDE, 443) == (component in {*CALLING_OUT, "operator", "uninstall"})
        assert not allows(found, pod, OUTSIDE, 25)
        assert not allows(found, pod, METADATA, 80)
        assert allows(found, pod, DNS, 53, "UDP")
        assert component in ("operator", "uninstall") or not allows(found, pod, PRIVATE, 443)

    def test_given_private_endpoints_when_allowed_then_they_are_reached_and_the_metadata_service_is_not(
        self,
    ) -> None:
        found = policies(networkPolicy={"egressPrivate": True})

        assert allows(found, ours("worker-batch"), PRIVATE, 443)
        assert not allows(found, ours("worker-batch"), METADATA, 443)

    def test_given_a_database_outside_when_its_addresses_are_named_then_only_they_are_reached_there(
        self,
    ) -> None:
        found = policies(
            database={"host": "db.internal", "port": 6432}, networkPolicy={"databaseCidrs": ["10.20.0.0/16"]}
        )

        assert allows(found, ours("gateway"), PRIVATE, 6432)
        assert allows(found, ours("migrate"), PRIVATE, 6432)
        assert not allows(found, ours("gateway"), OUTSIDE, 6432)
        assert not allows(found, ours("operator"), PRIVATE, 6432)
