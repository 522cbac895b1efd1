"""Budgets: what a stack, its components and its tenants may cost in a month, checked before anything is created.

A strict YAML file per stack. The command line and the Pulumi policy check it with the same function.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from caseplane_costs import files
from caseplane_costs.catalog import CURRENCY, Catalog
from caseplane_costs.estimate import estimate as estimate_stack
from caseplane_costs.files import Strict, nearest
from caseplane_costs.lines import Estimate
from caseplane_costs.quantities import NOTHING, Range
from caseplane_costs.stacks import Stack
from caseplane_costs.usage import Usage

COMPONENTS = (
    "network", "keys", "secrets", "identity", "database", "objects", "vectors", "queue", "registry", "cluster", "llm",
    "edge", "observability", "platform", "kubernetes", "people",
)  # fmt: skip
"""The parts of the contract, and the components outside it."""
Scope = Literal["stack", "component", "tenant"]
Level = Literal["warn", "stop"]


def _limits(value: Any) -> Any:
    """A bare number is the limit to stop at."""
    return value if isinstance(value, dict | Limit) else {"stop": value}


Money = Annotated[Decimal, Field(gt=0, le=10_000_000)]


class Limit(Strict):
    """Amounts a month."""

    warn: Money | None = None
    """More than this is reported."""
    stop: Money | None = None
    """More than this is refused."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.warn is None and self.stop is None:
            raise ValueError("needs `warn`, `stop` or both")
        if self.warn is not None and self.stop is not None and self.warn > self.stop:
            raise ValueError(f"warns at {self.warn}, above its stop at {self.stop}")
        return self


Amounts = Annotated[Limit, BeforeValidator(_limits)]


class Budgets(Strict):
    """The budgets of one stack."""

    currency: str = CURRENCY
    """Must be the catalog's."""
    judge: Literal["low", "expected", "high"] = "expected"
    """Which amount of an estimate counts."""
    stack: Amounts | None = None
    """For everything."""
    components: Mapping[str, Amounts] = Field(default_factory=dict)
    """By part of the contract: `database`, `cluster`, `llm` …"""
    tenants: Mapping[str, Amounts] = Field(default_factory=dict)
    """By tenant: what is tagged with it, or its share of everything if use was measured."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name in self.components:
            if name not in COMPONENTS:
                raise ValueError(f"components.{name}: no such component; {nearest(name, COMPONENTS)}")
        if self.currency != CURRENCY:
            raise ValueError(f"currency: {self.currency}; estimates are in {CURRENCY}")
        if not (self.stack or self.components or self.tenants):
            raise ValueError("has no budget; set `stack`, `components` or `tenants`")
        return self


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A budget, and what is planned against it."""

    scope: Scope
    name: str
    planned: Decimal
    limit: Limit
    level: Level | None
    """The limit that is exceeded; None within the budget."""

    @property
    def message(self) -> str:
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
    """A stack's budgets: from a file, else from its stack file's `budgets`.

    Raises:
        FileError: the file is invalid, or there are no budgets.
    """
    if path:
        return parse(files.read(path) or {}, path.name)
    return parse(stack.section("budgets"), "caseplane:budgets")


def parse(given: Any, where: str = "budgets") -> Budgets:
    """Validate a budget file's content.

    Raises:
        FileError: a key is unknown, or an amount is invalid.
    """
    return files.check(Budgets, given, where)


def judge(
    estimate: Estimate, budgets: Budgets, *, shares: Mapping[str, Decimal] | None = None
) -> tuple[Verdict, ...]:
    """Compare an estimate with every budget.

    Args:
        estimate: of the stack.
        budgets: the stack's.
        shares: tenant to its share of everything; without it, what is tagged with the tenant counts.
    """
    return tuple(_verdicts(estimate, budgets, shares))


def violations(stack: Stack, budgets: Budgets, *, usage: Usage, catalog: Catalog) -> tuple[Verdict, ...]:
    """The budgets that a stack would exceed.

    Args:
        stack: as the program declares it.
        budgets: the stack's.
        usage: expected in a month.
        catalog: the provider's prices.
    """
    priced = estimate_stack(stack, region=stack.region, usage=usage, catalog=catalog)
    return tuple(each for each in judge(priced, budgets) if each.level)


def _verdicts(
    estimate: Estimate, budgets: Budgets, shares: Mapping[str, Decimal] | None
) -> Iterator[Verdict]:
    def amount(sums: Mapping[str, Range], name: str) -> Decimal:
        value: Decimal = getattr(sums.get(name, NOTHING), budgets.judge)
        return value

    if budgets.stack:
        yield _verdict("stack", estimate.stack, getattr(estimate.total, budgets.judge), budgets.stack)
    by_component = estimate.by(lambda line: line.component)
    for name, limit in budgets.components.items():
        yield _verdict("component", name, amount(by_component, name), limit)
    by_tenant = estimate.by(lambda line: line.tenant)
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
