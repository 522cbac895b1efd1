"""Budgets: what a stack, its components and its tenants may cost in a month, judged before anything is made.

One strict YAML file per stack; the command line, and the Pulumi policy in `policies/budget.py`, judge by the same
function.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from caseplane_costs import files
from caseplane_costs.catalog import CURRENCY, Catalog
from caseplane_costs.estimate import estimate
from caseplane_costs.files import Strict, nearest
from caseplane_costs.lines import Estimate
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Stack
from caseplane_costs.usage import Usage

COMPONENTS = (
    "network", "keys", "secrets", "identity", "database", "objects", "vectors", "queue", "registry", "cluster", "llm",
    "edge", "observability", "platform", "kubernetes", "people",
)  # fmt: skip
"""The parts of the contract, and what stands beside them."""
Scope = Literal["stack", "component", "tenant"]
Level = Literal["warn", "stop"]


def _limits(value: Any) -> Any:
    """A bare number is where to stop."""
    return value if isinstance(value, dict | Limit) else {"stop": value}


Money = Annotated[Decimal, Field(gt=0, le=10_000_000)]


class Limit(Strict):
    """Amounts a month."""

    warn: Money | None = None
    """More than this is told."""
    stop: Money | None = None
    """More than this is refused."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.warn is None and self.stop is None:
            raise ValueError("needs `warn`, `stop` or both")
        if self.warn is not None and self.stop is not None and self.warn > self.stop:
            raise ValueError(f"warns at {self.warn}, after it stopped at {self.stop}")
        return self


Amounts = Annotated[Limit, BeforeValidator(_limits)]


class Budgets(Strict):
    """The budgets of one stack."""

    currency: str = CURRENCY
    """Must be the catalog's."""
    judge: Literal["low", "expected", "high"] = "expected"
    """Which amount of an estimate counts."""
    stack: Amounts | None = None
    """Of everything."""
    components: Mapping[str, Amounts] = Field(default_factory=dict)
    """By part of the contract: `database`, `cluster`, `llm` …"""
    tenants: Mapping[str, Amounts] = Field(default_factory=dict)
    """By tenant: what is tagged as theirs, or their share of everything where use was measured."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in self.components:
            if name not in COMPONENTS:
                raise ValueError(f"components.{name}: no such component; {nearest(name, COMPONENTS)}")
        if self.currency != CURRENCY:
            raise ValueError(f"currency: {self.currency}; estimates are in {CURRENCY}")
        if not (self.stack or self.components or self.tenants):
            raise ValueError("holds no budget; give `stack`, `components` or `tenants`")
        return self


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A budget, and what is planned against it."""

    scope: Scope
    name: str
    planned: Decimal
    limit: Limit
    level: Level | None
    """What it has come to; None within the budget."""

    @property
    def message(self) -> str:
        """In words."""
        what = f"{self.scope} {self.name}".strip()
        if self.level is None:
            return f"{what}: {self.planned:,.2f} a month, within its budget"
        bound = self.limit.stop if self.level == "stop" else self.limit.warn
        assert bound is not None
        return (
            f"{what}: {self.planned:,.2f} a month is {self.planned - bound:,.2f} over the budget of {bound:,.2f}"
            f" ({self.level})"
        )


def of(stack: Stack, path: Path | None = None) -> Budgets:
    """A stack's budgets: a file's, else the stack file's own.

    Raises:
        FileError: the file is invalid, or there are no budgets.
    """
    return (
        parse(files.read(path) or {}, path.name)
        if path
        else parse(stack.section("budgets"), "caseplane:budgets")
    )


def parse(given: Any, where: str = "budgets") -> Budgets:
    """Check a budget file's content.

    Raises:
        FileError: a key is unknown, or an amount makes no sense.
    """
    return files.check(Budgets, given, where)


def judge(
    found: Estimate, budgets: Budgets, *, shares: Mapping[str, Decimal] | None = None
) -> tuple[Verdict, ...]:
    """Hold an estimate against its budgets, each of them.

    Args:
        found: of the stack.
        budgets: the stack's.
        shares: tenant to its part of everything, where use was measured; without, what is tagged as theirs counts.
    """
    return tuple(_verdicts(found, budgets, shares))


def violations(stack: Stack, budgets: Budgets, *, usage: Usage, catalog: Catalog) -> tuple[Verdict, ...]:
    """The budgets that a stack would break: what the Pulumi policy asks.

    Args:
        stack: as the program declares it.
        budgets: the stack's.
        usage: what a month is expected to use.
        catalog: the provider's prices.
    """
    found = estimate(stack, region=stack.region, usage=usage, catalog=catalog)
    return tuple(each for each in judge(found, budgets) if each.level)


def _verdicts(found: Estimate, budgets: Budgets, shares: Mapping[str, Decimal] | None) -> Iterator[Verdict]:
    def amount(sums: Mapping[str, Range], name: str) -> Decimal:
        value: Decimal = getattr(sums[name], budgets.judge) if name in sums else Decimal(0)
        return value

    if budgets.stack:
        yield _verdict("stack", found.stack, getattr(found.total, budgets.judge), budgets.stack)
    by_component = found.by(lambda line: line.component)
    for name, limit in budgets.components.items():
        yield _verdict("component", name, amount(by_component, name), limit)
    by_tenant = found.by(lambda line: line.tenant)
    for name, limit in budgets.tenants.items():
        planned = amount(by_tenant, name) if shares is None else shares.get(name, Decimal(0))
        yield _verdict("tenant", name, planned, limit)


def _verdict(scope: Scope, name: str, planned: Decimal, limit: Limit) -> Verdict:
    level: Level | None = None
    if limit.stop is not None and planned > limit.stop:
        level = "stop"
    elif limit.warn is not None and planned > limit.warn:
        level = "warn"
    return Verdict(scope=scope, name=name, planned=planned, limit=limit, level=level)
