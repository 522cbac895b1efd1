"""The values behind the documents as JSON, with a published schema (`docs/reference/costs.schema.json`).

Amounts are decimal numbers as text, with six decimals at most, so that readers lose no cents to floating point.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from caseplane_costs.actuals import Month
from caseplane_costs.allocation import Allocation, TenantUse
from caseplane_costs.budgets import Verdict
from caseplane_costs.comparison import Comparison
from caseplane_costs.diff import Diff
from caseplane_costs.levers.trials import Lever
from caseplane_costs.lines import Estimate, Line, Note
from caseplane_costs.quantities import Range
from caseplane_costs.report.models import by_model

SMALLEST = Decimal("0.000001")


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    version: Literal[1] = 1
    """Increases when a field is removed or changes its meaning, not for new fields."""
    currency: str


class Model(BaseModel):
    """One model in one role."""

    role: str
    model: str
    monthly: Range


class EstimateOutput(_Output):
    """`estimate`."""

    kind: Literal["estimate"] = "estimate"
    stack: str
    provider: str
    environment: str
    region: str
    total: Range
    by_component: Mapping[str, Range]
    by_tenant: Mapping[str, Range]
    by_kind: Mapping[str, Range]
    models: Sequence[Model]
    lines: Sequence[Line]
    free: Sequence[Note]
    unpriced: Sequence[Note]
    warnings: Sequence[str]


class ReportOutput(_Output):
    """`report`."""

    kind: Literal["report"] = "report"
    estimate: EstimateOutput
    levers: Sequence[Lever]
    comparison: Comparison | None = None


class DiffOutput(_Output):
    """`diff`."""

    kind: Literal["diff"] = "diff"
    monthly: Decimal
    """Expected effect on a month."""
    diff: Diff


class ComparisonOutput(_Output):
    """`compare`."""

    kind: Literal["comparison"] = "comparison"
    comparison: Comparison


class ActualsOutput(_Output):
    """`actuals`."""

    kind: Literal["actuals"] = "actuals"
    actuals: Month
    notes: Sequence[str]


class BudgetOutput(_Output):
    """`budget`."""

    kind: Literal["budget"] = "budget"
    stack: str
    verdicts: Sequence[Verdict]
    unpriced: int
    warnings: Sequence[str] = ()


class TenantOutput(BaseModel):
    """A tenant's part."""

    total: Decimal
    direct: Decimal
    shared: Decimal
    idle: Decimal
    by_component: Mapping[str, Decimal]
    per_session: Decimal | None
    per_resolved_case: Decimal | None


class AllocationOutput(_Output):
    """`allocate`."""

    kind: Literal["allocation"] = "allocation"
    stack: str
    total: Decimal
    """The sum of the tenants' totals."""
    tenants: Mapping[str, TenantOutput]


Output = Annotated[
    EstimateOutput
    | ReportOutput
    | DiffOutput
    | ComparisonOutput
    | ActualsOutput
    | BudgetOutput
    | AllocationOutput,
    Field(discriminator="kind"),
]


def estimate_output(estimate: Estimate) -> EstimateOutput:
    return EstimateOutput(
        currency=estimate.currency,
        stack=estimate.stack,
        provider=estimate.provider,
        environment=estimate.environment,
        region=estimate.region,
        total=estimate.total,
        by_component=estimate.by(lambda line: line.component),
        by_tenant=estimate.by(lambda line: line.tenant),
        by_kind=estimate.by(lambda line: line.kind),
        models=[
            Model(role=each.role, model=each.model, monthly=each.monthly) for each in by_model(estimate.lines)
        ],
        lines=estimate.lines,
        free=estimate.free,
        unpriced=estimate.unpriced,
        warnings=estimate.warnings,
    )


def allocation_output(
    allocation: Allocation, use: Mapping[str, TenantUse], *, stack: str, currency: str
) -> AllocationOutput:
    def tenant(name: str) -> TenantOutput:
        share, used = allocation.shares[name], use.get(name, TenantUse())
        return TenantOutput(
            total=_units(share.total),
            direct=_units(share.direct),
            shared=_units(share.shared),
            idle=_units(share.idle),
            by_component={component: _units(cents) for component, cents in share.by_component.items()},
            per_session=allocation.per_session(name, used),
            per_resolved_case=allocation.per_resolved_case(name, used),
        )

    return AllocationOutput(
        currency=currency,
        stack=stack,
        total=_units(allocation.total),
        tenants={name: tenant(name) for name in allocation.shares},
    )


def render(output: BaseModel) -> str:
    return json.dumps(output.model_dump(), indent=2, default=_plain, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of all outputs."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Costs, as caseplane-infra writes them",
        **TypeAdapter(Output).json_schema(mode="serialization"),
    }


def _units(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        shown = f"{value.quantize(SMALLEST, ROUND_HALF_EVEN):f}"
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | set | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
