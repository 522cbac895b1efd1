"""After any edits, deletions, direct changes and kills, the platform matches the resources in the end."""

import os
import statistics

import pytest
from tests.cluster.operating import Operating
from tests.e2e.cluster.tenants.converging import run_batch

SCHEDULES = int(os.environ.get("CASEPLANE_SCHEDULES", "5"))
SEED = int(os.environ.get("CASEPLANE_SEED", "1"))
ACTORS = 20


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_given_random_schedules_of_edits_and_deaths_when_all_runs_again_then_every_one_ends_as_declared(
    world: Operating,
) -> None:
    times: list[float] = []
    seed = SEED
    while len(times) < SCHEDULES:
        times += run_batch(world, seed, actors=min(ACTORS, SCHEDULES - len(times)))
        seed += 1

    cuts = statistics.quantiles(times, n=20) if len(times) > 1 else times * 19
    print(  # noqa: T201 - the figure that is to be reported
        f"\n{len(times)} schedules converged; seconds after the last fault:"
        f" median {cuts[9]:.1f}, 95 % {cuts[18]:.1f}, longest {max(times):.1f}"
    )
    assert len(times) == SCHEDULES
