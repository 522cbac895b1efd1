"""Weaken one security-relevant argument at a time: a policy or a validation row must catch each.

Each cloud's production stack is brought up once on the simulated cloud; a fault is put into what the engine recorded,
and policies and rows check that. A fault counts as caught only by a named check: a policy, a row, a rule of the account,
the SDK's types or the settings; not by a crash. `CASEPLANE_MUTATIONS=all` also sends every fault
through the real engine with the real policy pack, where by default only a few go.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import EngineError, Outcome
from tests.integration.infra.mutants import MUTANTS, Mutant
from tests.integration.infra.simulator.accounts import BOOKS
from tests.integration.infra.simulator.provider import SimulatedProvider
from tests.integration.infra.simulator.rulebook import RefusedError, Rulebook
from tests.integration.infra.simulator.values import dump, load
from tests.integration.infra.stacks import deployed, settings_of

from caseplane_infra.policies.catalog import POLICIES
from caseplane_infra.policies.model import violations
from caseplane_infra.policies.state import context, resources
from caseplane_infra.settings import Settings
from caseplane_infra.verify import failed, verify

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
PACK = Path(__file__).parents[3] / "infra" / "policies"
ACCOUNT = ("NotFound", "AlreadyExists", "DependencyViolation", "LimitExceeded")
"""Refusals of every account that need no rule."""
THROUGH_THE_ENGINE = 1
"""Faults per cloud that go through the engine by default."""


BLIND = re.compile(r"cannot be read: (TypeError|AttributeError|StopIteration)")
"""A row that fails on a missing resource has checked nothing."""


def notices(settings: Settings, deployment: dict[str, Any]) -> list[str]:
    """What policies and rows report about a deployment."""
    broken = violations(POLICIES, list(resources(deployment)), context(settings))
    rows = [row for row in failed(verify(settings, deployment)) if not BLIND.match(row.seen)]
    return [
        *(f"policy {each.policy}: {each.resource}" for each in broken),
        *(f"row {row.id}: {row.what}" for row in rows),
    ]


def refusals(error: EngineError, book: Rulebook) -> list[str]:
    """What refused: policies and rules by name, the SDK's types, the settings; empty if the program crashed."""
    text = str(error)
    return [
        *(
            f"policy {each.policy_name}"
            for each in error.outcome.policies
            if each.enforcement_level == "mandatory"
        ),
        *(f"rule {each.check.__name__}" for each in book.rules if f"{each.code}: {each.sentence}" in text),
        *(f"account's {code}" for code in ACCOUNT if f"{code}: " in text),
        *(["types"] if "has a problem:" in text else []),
        *(["settings"] if "The stack file is invalid" in text else []),
    ]


class Weakening(SimulatedProvider):
    """A provider that weakens what the program sends."""

    def __init__(self, cloud: Any, mutant: Mutant) -> None:
        super().__init__(cloud)
        self.mutant, self.weakened = mutant, False

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        if self.mutant.hits({"type": request.type, "urn": request.urn}):
            news = load(request.news)
            self.mutant.change(news)
            self.weakened = True
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
            provider = Weakening(stack.cloud, mutant)
            stack.engine.providers[stack.cloud.book.package] = provider
            stack.engine.policy_packs = [PACK]
            try:
                stack.engine.preview()
                stack.engine.up()
                caught = notices(settings_of(stack.config), stack.engine.state())
            except EngineError as exc:
                caught = refusals(exc, stack.cloud.book)
            if not (provider.weakened and caught):
                slipped.append(str(mutant))

        assert slipped == []


class TestRefusals:
    def test_given_a_program_that_crashes_when_read_then_nothing_refused(self) -> None:
        crash = EngineError(Outcome("up"), "TypeError: 'NoneType' object is not subscriptable")

        assert [refusals(crash, book) for book in BOOKS.values()] == [[]] * len(BOOKS)

    @pytest.mark.parametrize("package", sorted(BOOKS))
    def test_given_a_rules_refusal_when_read_then_the_rule_is_named(self, package: str) -> None:
        rule = BOOKS[package].rules[0]
        refused = EngineError(Outcome("up"), str(RefusedError(rule.code, f"{rule.sentence} it: so")))

        assert f"rule {rule.check.__name__}" in refusals(refused, BOOKS[package])
