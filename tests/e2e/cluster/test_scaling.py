"""Workers come when jobs wait and go when none do: KEDA's operator, asking the pods' own database."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.keda import install_keda
from tests.e2e.cluster.conftest import Platform, until
from tests.e2e.probing.talk import ANSWERED, GUIDE, ask, new_base, upload
from tests.integration.cluster.releases import WORKERS
from tests.toolchain.progress import say

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.programs("helm", "keda"),
]
KEDA = {"enabled": True, "pollingInterval": 1, "cooldownPeriod": 5}


@pytest.fixture
def scaled(platform: Platform, tmp_path: Path) -> Iterator[Platform]:
    """The platform with workers that KEDA counts, and none of them as yet."""
    install_keda(platform.cluster, tmp_path)
    before = platform.release.status()["version"]
    platform.release.upgrade(worker={"keda": KEDA, "interactive": {"minReplicas": 0}})
    until(lambda: not workers(platform), "the idle workers to go")
    yield platform
    platform.release.rollback(before)


def workers(platform: Platform) -> set[str]:
    """The pools that have a pod, on its way out or not."""
    found = platform.release.get("pods", "-l=caseplane.dev/role=worker")
    return {pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in found}


class TestFromZero:
    def test_given_no_workers_when_jobs_wait_then_their_pool_comes_does_them_and_goes(
        self, scaled: Platform
    ) -> None:
        interactive, batch = WORKERS
        with scaled.client() as http:
            began = time.monotonic()
            answered = ask(http, ANSWERED)
            seconds = time.monotonic() - began
            for_questions = workers(scaled)
            line = upload(http, new_base(http), "guide.md", GUIDE.encode())
            for_files = workers(scaled)
        until(lambda: not workers(scaled), "the workers to go again")
        say(f"from zero workers: first answer after {seconds:.1f} s")

        assert answered["reply"]["citations"]
        assert interactive in for_questions
        assert line["state"] == "indexed"
        assert batch in for_files
