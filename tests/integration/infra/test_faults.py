"""Every operation of a stack fails once, in every way that clouds fail; the next `up` completes it.

`CASEPLANE_FAULT_STEPS` says how many operations are tried, spread evenly: a number, or `all`.
`CASEPLANE_FAULT_ENVIRONMENT` selects the stacks: `dev` by default.
"""

import itertools
import os

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import EngineError
from tests.integration.infra.simulator.faults import How
from tests.integration.infra.stacks import CLOUD_STACKS, Stack, deployed

STEPS = os.environ.get("CASEPLANE_FAULT_STEPS", "2")
ENVIRONMENT = os.environ.get("CASEPLANE_FAULT_ENVIRONMENT", "dev")
STACKS = [each for each in CLOUD_STACKS if each.endswith(f"-{ENVIRONMENT}")]
WAYS = (How.half, How.refused, How.slow, How.lost, How.crash_before, How.crash_after)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(36_000)]


def sample(count: int) -> list[int]:
    """Operations to fail, of 1 to `count`: the first, the last, and others between."""
    if STEPS == "all":
        return list(range(1, count + 1))
    wanted = min(int(STEPS), count)
    return sorted({1 + round(index * (count - 1) / max(wanted - 1, 1)) for index in range(wanted)})


def assert_whole(stack: Stack) -> None:
    """Check that account and state have the same resources, once each, and that nothing is left to do."""
    assert stack.cloud.orphans(stack.engine.ids()) == []
    assert stack.cloud.missing(stack.engine.ids()) == []
    assert stack.cloud.duplicates() == []
    assert stack.engine.up().changed == 0


class TestCreation:
    @pytest.mark.parametrize("name", STACKS)
    def test_given_failure_at_an_operation_when_brought_up_again_then_complete(
        self, make_engine: MakeEngine, name: str
    ) -> None:
        smooth = deployed(make_engine, name)
        smooth.engine.up()

        for step, how in zip(sample(smooth.cloud.faults.count), itertools.cycle(WAYS), strict=False):
            stack = deployed(make_engine, name, copy=f"-{step}")
            stack.cloud.faults.fail(step, how)

            with pytest.raises(EngineError):
                stack.engine.up()
            # An operator finds what an interrupted `up` left by the stack's labels, ready by then, and imports it.
            for each in stack.cloud.of():
                each.polls = 0
            stack.engine.adopt(stack.cloud.orphans(stack.engine.ids()))
            stack.engine.up()

            assert [each for _, each in stack.cloud.faults.hit] == [how]
            assert len(stack.cloud.of()) == len(smooth.cloud.of()), f"after {how} at operation {step}"
            assert_whole(stack)


class TestDeletion:
    @pytest.mark.parametrize("name", [each for each in STACKS if each.endswith("-dev")])
    def test_given_failure_at_a_deletion_when_destroyed_again_then_nothing_is_left(
        self, make_engine: MakeEngine, name: str
    ) -> None:
        stack = deployed(make_engine, name)
        stack.engine.up()

        for how in (How.refused, How.lost, How.crash_after):
            stack.cloud.faults.fail(2, how)
            with pytest.raises(EngineError):
                stack.engine.destroy()
        stack.engine.destroy()

        assert stack.engine.resources() == []
        assert stack.cloud.of() == []
