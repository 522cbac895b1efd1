"""Weaken one security-relevant argument at a time: a policy or a validation row must notice each.

Each cloud's production stack is brought up once on the simulated cloud; a fault is put into what the engine recorded,
and policies and rows judge that. `CASEPLANE_MUTATIONS=all` also sends every fault through the real engine with the
real policy pack, where by default only a few go.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import EngineError
from tests.integration.infra.mutants import MUTANTS, Mutant
from tests.integration.infra.simulator.provider import SimulatedProvider
from tests.integration.infra.simulator.values import dump, load
from tests.integration.infra.stacks import deployed, settings_of

from caseplane_infra.policies.catalog import POLICIES
from caseplane_infra.policies.model import violations
from caseplane_infra.policies.state import context, resources
from caseplane_infra.settings import Settings
from caseplane_infra.verify import failed, verify

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
PACK = Path(__file__).parents[3] / "infra" / "policies"
THROUGH_THE_ENGINE = 1
"""Faults per cloud that go through the engine unless all are asked for."""


def notices(settings: Settings, deployment: dict[str, Any]) -> list[str]:
    """Whatever is wrong with a deployment, by policies and by rows."""
    broken = violations(POLICIES, list(resources(deployment)), context(settings))
    rows = failed(verify(settings, deployment))
    return [
        *(f"{each.policy}: {each.resource}" for each in broken),
        *(f"{row.id}: {row.what}" for row in rows),
    ]


class Weakening(SimulatedProvider):
    """A provider to which the program seems to have said something weaker."""

    def __init__(self, cloud: Any, mutant: Mutant) -> None:
        super().__init__(cloud)
        self.mutant = mutant

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        if self.mutant.hits({"type": request.type, "urn": request.urn}):
            news = load(request.news)
            self.mutant.change(news)
            request.news.CopyFrom(dump(news))
        return super().Check(request, context)


class TestMutations:
    @pytest.mark.parametrize("cloud", sorted(MUTANTS))
    def test_given_production_when_one_argument_is_weakened_then_a_policy_or_a_row_notices(
        self, make_engine: MakeEngine, cloud: str, record_property: Any
    ) -> None:
        stack = deployed(make_engine, f"{cloud}-prod")
        stack.engine.up()
        settings, deployment = settings_of(stack.config), stack.engine.state()
        assert notices(settings, deployment) == [], "the stack itself is at fault"

        unnoticed = [str(each) for each in MUTANTS[cloud] if not notices(settings, each.applied(deployment))]

        record_property("tried", len(MUTANTS[cloud]))
        record_property("caught", len(MUTANTS[cloud]) - len(unnoticed))
        assert unnoticed == []

    @pytest.mark.parametrize("cloud", sorted(MUTANTS))
    def test_given_weakened_argument_when_brought_up_with_the_policy_pack_then_nothing_of_it_is_made(
        self, make_engine: MakeEngine, cloud: str
    ) -> None:
        shown = [each for each in MUTANTS[cloud] if each.path not in ("", "protect")]
        count = len(shown) if os.environ.get("CASEPLANE_MUTATIONS") == "all" else THROUGH_THE_ENGINE
        slipped = []
        for index, mutant in enumerate(shown[:count]):
            stack = deployed(make_engine, f"{cloud}-prod", copy=f"-{index}")
            stack.engine.providers[stack.cloud.book.package] = Weakening(stack.cloud, mutant)
            stack.engine.policy_packs = [PACK]
            try:
                stack.engine.preview()
                stack.engine.up()
                settings = settings_of(stack.config)
                if not notices(settings, stack.engine.state()):
                    slipped.append(str(mutant))
            except EngineError:
                continue

        assert slipped == []
