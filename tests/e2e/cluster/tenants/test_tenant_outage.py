"""A long outage of the platform: requests become rare, and what was applied meanwhile is there soon after its end.

`CASEPLANE_OUTAGE_SECONDS=600` plays the ten minutes of an installation with its delays; without it, a small version.
"""

import os
import time
from collections.abc import Iterator

import pytest
from tests.cluster.operating import Operating, knowledge_base, tenant, unique

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
OUTAGE = float(os.environ.get("CASEPLANE_OUTAGE_SECONDS", "20"))
RETRY, LONGEST = OUTAGE / 600, OUTAGE / 10
"""First and longest wait after a failure, in seconds: of ten minutes a second and a minute, as the settings have it."""
ATTEMPTS = 8 + OUTAGE / (LONGEST / 2)
"""Most of one resource: the waits that double, and then the longest, shortened by half at most."""
REQUESTS = "caseplane_operator_platform_requests_total"


@pytest.fixture
def patient(world: Operating) -> Iterator[Operating]:
    """The operator with delays that fit the outage."""
    before = dict(world.environment)
    world.stop()
    world.environment |= {"RETRY": f"PT{RETRY:.3f}S", "RETRY_CAP": f"PT{LONGEST:.3f}S"}
    yield world.start()
    world.stop()
    world.environment = before
    world.start()


def test_given_a_long_outage_when_it_ends_then_it_was_asked_rarely_and_all_is_soon_as_wanted(
    patient: Operating,
) -> None:
    world, (kept, edited, deleted, new) = patient, (unique() for _ in range(4))
    base = unique("kb")
    for name in (kept, edited, deleted):
        world.apply(tenant(name, namespaces=[world.namespace]))
    world.apply(knowledge_base(base, kept, {"name": "up", "upload": {}}))
    for what in (f"tenant/{kept}", f"tenant/{edited}", f"tenant/{deleted}", f"knowledgebase/{base}"):
        world.until(what, "Synced")
    world.platform.kill()
    try:
        asked, began = world.metric(REQUESTS), time.monotonic()
        world.apply(tenant(edited, displayName="After"), tenant(new))
        world.delete(f"tenant/{deleted}")
        for name in (edited, deleted, new):
            world.until(f"tenant/{name}", "Degraded", reason="PlatformUnreachable")
        world.until(f"tenant/{kept}", "Ready", status="Unknown", reason="PlatformUnreachable")
        time.sleep(began + OUTAGE / 2 - time.monotonic())
        halfway = (world.get(f"tenant/{new}") or {})["metadata"]["resourceVersion"]
        time.sleep(began + OUTAGE - time.monotonic())
        asked = world.metric(REQUESTS) - asked
        at_the_end = (world.get(f"tenant/{new}") or {})["metadata"]["resourceVersion"]
    finally:
        world.platform.start()
    back = time.monotonic()

    for what in (f"tenant/{kept}", f"tenant/{edited}", f"tenant/{new}", f"knowledgebase/{base}"):
        world.until(what, "Synced", within=LONGEST + 60)
    world.until_gone(f"tenant/{deleted}", within=LONGEST + 60)
    took = time.monotonic() - back
    print(  # noqa: T201 - the figure that is to be reported
        f"\nout for {OUTAGE:.0f} s: {asked:.0f} requests for {resources(world)} resources;"
        f" all as wanted {took:.1f} s after the return"
    )
    assert took < LONGEST + 20
    assert (world.tenant(edited) or {})["display_name"] == "After"
    # Of a knowledge base twice as many: it is looked at whenever its tenant was.
    assert asked <= 2 * ATTEMPTS * resources(world)
    assert halfway == at_the_end  # reported once, not repeatedly


def resources(world: Operating) -> int:
    """How many there are, those of other tests among them."""
    found = world.cluster.kubectl.json("get", "tenants,knowledgebases", "-A")
    return len(found["items"])
