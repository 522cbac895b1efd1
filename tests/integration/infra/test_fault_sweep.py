"""Every operation of the three production stacks fails once; repeated `up` completes them.

One `up` per operation would take hours. So each `up` continues after an error, and every operation fails the first time
that it is tried: whatever depends on it waits for the next `up`, in which it succeeds and its dependents fail for the
first time. After as many runs as the graph is deep, each operation has failed once, followed by an `up` that
completed it. `CASEPLANE_SWEEP` selects the stacks: `prod` by default, `dev`, or `all`.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import EngineError, Outcome
from tests.integration.infra.simulator.faults import How
from tests.integration.infra.stacks import CLOUD_STACKS, deployed

ENVIRONMENT = os.environ.get("CASEPLANE_SWEEP", "prod")
STACKS = [each for each in CLOUD_STACKS if ENVIRONMENT == "all" or each.endswith(f"-{ENVIRONMENT}")]
CREATION = (How.refused, How.half, How.slow, How.dead)
"""The faults from which the engine can continue by itself; another test covers lost answers."""
DELETION = (How.refused, How.dead)
MOST = 80
"""Attempts: more than the depth of every graph."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(7_200)]


def until_whole(operation: Callable[..., Outcome], done: Callable[[], bool]) -> int:
    """Repeat an operation until it succeeds; returns the number of runs.

    Raises:
        AssertionError: it makes no progress.
    """
    for attempt in range(1, MOST + 1):
        try:
            operation(continue_on_error=True)
        except EngineError:
            continue
        assert done(), "it succeeded, but is incomplete"
        return attempt
    raise AssertionError(f"not whole after {MOST} attempts")


class TestSweep:
    @pytest.mark.parametrize("name", STACKS)
    def test_given_every_operation_fails_once_when_repeated_then_complete_and_completely_destroyed(
        self, make_engine: MakeEngine, name: str, record_property: Any
    ) -> None:
        stack = deployed(make_engine, name)
        engine, cloud = stack.engine, stack.cloud
        began = time.monotonic()

        cloud.faults.sweep("create", CREATION)
        ups = until_whole(engine.up, lambda: engine.pending() == [])

        made = {(each["type"], each["id"]) for each in engine.resources() if each["type"] in cloud.book.kinds}
        failed = [(each.kind, each.name) for each, _ in cloud.faults.hit]
        assert len(failed) == len(set(failed)) == len(made), "an operation has never failed"
        assert Counter(how for _, how in cloud.faults.hit).keys() == set(CREATION)
        assert cloud.orphans(engine.ids()) == []
        assert cloud.missing(engine.ids()) == []
        assert cloud.duplicates() == []
        assert engine.up().changed == 0
        record_property("operations", len(failed))
        record_property("ups", ups)
        record_property("seconds", round(time.monotonic() - began))

        open_stack = stack.unprotected() if stack.protected else stack
        open_stack.engine.up()
        cloud.faults.hit.clear()
        there = len(cloud.of())
        cloud.faults.sweep("delete", DELETION)
        destroys = until_whole(open_stack.engine.destroy, lambda: open_stack.engine.resources() == [])

        assert cloud.of() == []
        assert 0 < len(cloud.faults.hit) <= there
        record_property("deletions", len(cloud.faults.hit))
        record_property("destroys", destroys)
