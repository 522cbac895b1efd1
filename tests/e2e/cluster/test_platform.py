"""The chart's pods, for real: they answer together, and nothing that is done to them loses or doubles anything."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.cluster.clients import CommandError
from tests.e2e.cluster.conftest import Platform, until
from tests.e2e.cluster.listening import Listener
from tests.e2e.cluster.load import delivered, handed_over, settled
from tests.e2e.probing.talk import ANSWERED, HANDED_OVER, ask, new_session
from tests.integration.cluster.releases import SERVICES, WORKERS
from tests.toolchain.progress import say

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.programs("helm", "kubelet", "kube-proxy", "coredns"),
]
CHOSEN = [
    "caseplane.retrieval.index.qdrant",
    "botocore.auth",
    "azure.identity",
    "google.auth.transport.requests",
]
"""Used by few installations, and so the first to be missed only there."""
PODS = [*SERVICES, *WORKERS]


@contextmanager
def unnoticed(platform: Platform, what: str, *, patient: bool = False) -> Iterator[None]:
    """Customers ask before, while and after the block does something to the platform; what they get must not tell of it.

    Args:
        platform: to ask.
        what: the block's deed, for the report.
        patient: customers repeat what failed; else one failure is one too many.
    """
    load = platform.load(patient=patient)
    with load.running():
        load.until(2)
        before, began = len(load.asked), time.monotonic()
        yield
        until(platform.drained, "the old pods to end")
        during, seconds = len(load.asked) - before, time.monotonic() - began
        load.until(len(load.asked) + 4)
    settled(load)
    wanted = handed_over(load)
    until(lambda: wanted <= set(platform.desk.sessions()), "the desk, which hears of tickets a little later")
    say(
        f"{what}: {seconds:.0f} s, {during} messages answered meanwhile, {len(load.asked)} in all, {len(wanted)} tickets; "
        f"slowest request {load.slowest:.1f} s, repeated {load.repeated}"
    )

    assert load.failures == []
    delivered(platform.desk.sessions(), wanted=wanted)


class TestConversation:
    def test_given_separate_pods_when_asked_then_evidence_is_cited_and_a_person_is_brought_in(
        self, platform: Platform
    ) -> None:
        with platform.client() as http:
            answered = ask(http, ANSWERED)
            handed = ask(http, HANDED_OVER)
            until(lambda: handed["session_id"] in platform.desk.sessions(), "the desk to hear of it")

        assert "vinegar" in answered["reply"]["content"]
        assert answered["reply"]["citations"]
        assert handed["escalation"]["reason"] == "customer_request"
        assert platform.desk.sessions().count(handed["session_id"]) == 1


class TestImage:
    @pytest.mark.parametrize("module", CHOSEN)
    def test_given_a_pod_when_what_a_setting_may_choose_is_imported_then_the_image_has_kept_it(
        self, platform: Platform, module: str
    ) -> None:
        platform.run("retrieval", "/opt/venv/bin/python", "-c", f"import {module}")

    def test_given_a_pod_when_it_writes_beside_its_volumes_then_it_cannot(self, platform: Platform) -> None:
        with pytest.raises(CommandError, match="Read-only file system"):
            platform.run("retrieval", "/opt/venv/bin/python", "-c", "open('/opt/app/x', 'w')")


class TestRollingUpdate:
    @pytest.mark.parametrize("component", PODS)
    def test_given_load_when_a_deployment_is_rolled_then_no_request_is_lost(
        self, platform: Platform, component: str
    ) -> None:
        with unnoticed(platform, f"roll {component}"):
            platform.restart(f"deployment/caseplane-{component}")


class TestStream:
    def test_given_a_listener_when_what_it_hears_through_is_rolled_then_its_stream_ends_whole_and_it_misses_nothing(
        self, platform: Platform
    ) -> None:
        with platform.client() as http, platform.client() as page:
            session = new_session(http)
            with Listener(page, session).listening() as listener:
                ask(http, ANSWERED, session=session)
                for component in ("gateway", "orchestrator"):
                    platform.restart(f"deployment/caseplane-{component}")
                    until(platform.drained, "the old pods to end")
                    ask(http, ANSWERED, session=session)
            with Listener(page, session).listening() as afterwards:
                until(lambda: listener.heard[-1] in afterwards.heard, "the events from the first on")
        say(f"stream: {listener.connections} connections, {len(listener.heard)} events heard")

        assert listener.broken == []
        assert listener.connections >= 3
        assert listener.heard == afterwards.heard[: len(listener.heard)]


class TestRelease:
    def test_given_load_when_upgraded_and_rolled_back_then_no_request_is_lost(
        self, platform: Platform
    ) -> None:
        before = platform.release.status()["version"]

        with unnoticed(platform, "upgrade the release"):
            platform.release.upgrade(settings={"CASEPLANE_LOG_LEVEL": "WARNING"})
        with unnoticed(platform, "roll the release back"):
            platform.release.rollback(before)

        assert platform.release.status()["version"] == before + 2


class TestKill:
    @pytest.mark.parametrize("component", [*PODS, "postgresql"])
    def test_given_load_when_a_container_is_killed_then_nothing_is_lost_or_doubled(
        self, platform: Platform, component: str
    ) -> None:
        with unnoticed(platform, f"kill {component}", patient=True):
            platform.kill(component)


class TestDatabase:
    def test_given_load_when_the_database_pod_is_replaced_then_it_is_survived(
        self, platform: Platform
    ) -> None:
        with unnoticed(platform, "replace the database's pod", patient=True):
            platform.restart("statefulset/caseplane-postgresql")
