"""The chart's pods, for real: they answer together, and nothing that is done to them loses or doubles anything."""

import time

import pytest
from tests.e2e.cluster.conftest import Platform
from tests.e2e.cluster.load import delivered, handed_over, settled
from tests.e2e.probing.talk import ANSWERED, HANDED_OVER, ask
from tests.integration.cluster.releases import SERVICES, WORKERS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.programs("helm", "kubelet", "kube-proxy", "coredns"),
]
DEPLOYMENTS = [f"deployment/caseplane-{name}" for name in (*SERVICES, *WORKERS)]


def until_delivered(platform: Platform, wanted: set[str], *, seconds: float = 180) -> None:
    """Wait for the desk, which hears of tickets a little later than their customers."""
    deadline = time.monotonic() + seconds
    while not wanted <= set(platform.desk.sessions()) and time.monotonic() < deadline:
        time.sleep(0.5)


class TestConversation:
    def test_given_separate_pods_when_asked_then_evidence_is_cited_and_a_person_is_brought_in(
        self, platform: Platform
    ) -> None:
        with platform.client() as http:
            answered = ask(http, ANSWERED)
            handed = ask(http, HANDED_OVER)
            until_delivered(platform, {handed["session_id"]})

        assert "vinegar" in answered["reply"]["content"]
        assert answered["reply"]["citations"]
        assert handed["escalation"]["reason"] == "customer_request"
        assert platform.desk.sessions().count(handed["session_id"]) == 1


class TestRollingUpdate:
    @pytest.mark.parametrize("deployment", DEPLOYMENTS)
    def test_given_load_when_a_deployment_is_rolled_then_no_request_is_lost(
        self, platform: Platform, deployment: str
    ) -> None:
        load = platform.load()

        with load.running():
            load.until(2)
            platform.restart(deployment)
            load.until(len(load.asked) + 2)
        settled(load)
        until_delivered(platform, handed_over(load))

        assert load.failures == []
        delivered(load, platform.desk.sessions(), wanted=handed_over(load))


class TestKill:
    @pytest.mark.parametrize("component", [*SERVICES, *WORKERS, "postgresql"])
    def test_given_load_when_a_container_is_killed_then_nothing_is_lost_or_doubled(
        self, platform: Platform, component: str
    ) -> None:
        load = platform.load(patient=True)

        with load.running():
            load.until(2)
            platform.kill(component)
            load.until(len(load.asked) + 4)
        settled(load)
        until_delivered(platform, handed_over(load))

        assert load.failures == []
        delivered(load, platform.desk.sessions(), wanted=handed_over(load))


class TestDatabase:
    def test_given_load_when_the_database_pod_is_replaced_then_it_is_survived(
        self, platform: Platform
    ) -> None:
        load = platform.load(patient=True)

        with load.running():
            load.until(2)
            platform.restart("statefulset/caseplane-postgresql")
            load.until(len(load.asked) + 4)
        settled(load)
        until_delivered(platform, handed_over(load))

        assert load.failures == []
        delivered(load, platform.desk.sessions(), wanted=handed_over(load))
