"""The operator's machine with a clock that is hours wrong: time limits hold, because the platform's clock counts."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cluster.operating import Operating, knowledge_base, tenant, unique, wait_for
from tests.cluster.requirements import require_root, require_tools

pytestmark = pytest.mark.slow
GRACE = 10.0
SetClock = Callable[[str], None]


@pytest.fixture
def set_clock(world: Operating, tmp_path: Path) -> Iterator[SetClock]:
    """Shifts the clock of the running operator, such as by `+5h`, and no other clock."""
    require_root("to install libfaketime")
    require_tools({"faketime": "faketime"})
    clock = tmp_path / "clock"
    clock.write_text("+0")
    world.stop()
    before = dict(world.environment)
    world.environment["KEY_GRACE"] = f"PT{GRACE:.0f}S"
    # The loader puts the folder of this machine's kind of libraries in place of $LIB.
    world.machine = {
        "LD_PRELOAD": "/usr/$LIB/faketime/libfaketime.so.1",
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # a wrong date does not make time pass faster
    }
    world.start()
    yield lambda shift: _set(world, clock, shift)
    world.stop()
    world.environment, world.machine = before, {}
    world.start()


def _set(world: Operating, clock: Path, shift: str) -> None:
    clock.write_text(shift)
    wait_for(lambda: abs(skew(world)) > timedelta(hours=4), lambda: f"its clock is right: {skew(world)}")


def skew(world: Operating) -> timedelta:
    """How far the operator's clock is ahead, by the date that it writes itself into its lease."""
    lease = world.get("lease/caseplane-operator")
    assert lease is not None
    return datetime.fromisoformat(lease["spec"]["renewTime"]) - datetime.now(UTC)


@pytest.mark.parametrize("shift", ["+5h", "-5h"])
def test_given_a_clock_hours_wrong_when_work_goes_on_then_keys_keep_their_grace_and_files_their_interval(
    world: Operating, set_clock: SetClock, shift: str
) -> None:
    name, base = unique(), unique("kb")
    source = {"name": "docs", "objectStore": {"prefix": "guide"}}
    world.apply(tenant(name, namespaces=[world.namespace]), knowledge_base(base, name, source))
    world.until(f"knowledgebase/{base}", "Synced")

    set_clock(shift)
    old = world.secret(f"tenant-{name}")["api-key"]
    world.annotate(f"tenant/{name}", rotate_key="2026-11")
    wait_for(lambda: world.secret(f"tenant-{name}")["api-key"] != old, lambda: "the key is the same")
    rotated = time.monotonic()

    with world.platform.client(old) as before:
        while time.monotonic() < rotated + GRACE / 2:
            assert before.get("/api/v1/me").status_code == 200
            time.sleep(0.5)
        wait_for(lambda: before.get("/api/v1/me").status_code == 401, lambda: "the old key is accepted")
    assert ingestions(world, name) == 1  # by several looks since, of which none was due
    world.apply(tenant(name, namespaces=[world.namespace], displayName="After"))
    world.until(f"tenant/{name}", "Synced")
    said = (world.get(f"knowledgebase/{base}") or {})["status"]["lastSyncTime"]
    assert abs(datetime.fromisoformat(said) - datetime.now(UTC)) < timedelta(minutes=5)


def ingestions(world: Operating, owner: str) -> int:
    """How often the files of a tenant's only knowledge base were looked at."""
    with world.as_tenant(owner) as client:
        (base,) = client.get("/api/v1/knowledge-bases").raise_for_status().json()["items"]
        return len(client.get(f"/api/v1/knowledge-bases/{base['id']}/ingestions").json()["items"])
