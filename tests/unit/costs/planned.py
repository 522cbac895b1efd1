"""Makes estimates, previews and stacks by hand, so that tests of reports need no price and no cloud."""

from datetime import date
from decimal import Decimal
from typing import Any

from caseplane_costs.lines import Estimate, Line, Note
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Resource, Stack
from caseplane_costs.usage import Usage, parse

BASELINE: Usage = parse({})
URN = "urn:pulumi:aws-prod::caseplane::"


def line(component: str, expected: str, **given: Any) -> Line:
    amount = Decimal(expected)
    values: dict[str, Any] = {
        "urn": f"{URN}t::{component}", "type": "t", "tenant": "shared", "environment": "prod", "provider": "aws",
        "region": "us-east-1", "service": "A service", "sku": "s.one", "quantity": Range.exactly(1), "unit": "hour",
        "unit_price": amount, "price_as_of": date(2026, 1, 2), "price_source": "a page", "kind": "fixed",
        "monthly": Range(amount / 2, amount, amount * 2), "assumption": "because", **given,
    }  # fmt: skip
    return Line(component=component, **values)


def estimate(*lines: Line, stack: str = "aws-prod", currency: str = "USD", unpriced: int = 0) -> Estimate:
    notes = [
        Note(urn=f"{URN}x::x-{i}", type="x", component="edge", reason="no meter") for i in range(unpriced)
    ]
    return Estimate(
        stack=stack,
        provider="aws",
        environment=stack.partition("-")[2],
        region="us-east-1",
        currency=currency,
        lines=lines,
        unpriced=tuple(notes),
        free=(Note(urn=f"{URN}f::f", type="f", component="edge", reason="free here"),),
    )


def resource(type_: str, name: str, **inputs: Any) -> Resource:
    return Resource(urn=f"{URN}{type_}::{name}", type=type_, inputs=inputs)


def stack(*resources: Resource, name: str = "aws-prod") -> Stack:
    return Stack(name=name, resources=resources)


def state(name: str, price: str, *, type_: str = "t", component: str = "database") -> dict[str, Any]:
    return {
        "urn": f"{URN}{type_}::{name}", "type": type_, "custom": True,
        "inputs": {"price": price, "tags": {"Component": component}},
    }  # fmt: skip


def step(op: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any]:
    urn = (new or old or {})["urn"]
    return {"op": op, "urn": urn, **({"oldState": old} if old else {}), **({"newState": new} if new else {})}


def priced(found: Stack) -> Estimate:
    """Each resource costs what its input `price` says."""
    lines = [
        line(
            each.component,
            each.inputs["price"],
            urn=each.urn,
            type=each.type,
            kind=each.inputs.get("kind", "fixed"),
        )
        for each in found.resources
        if "price" in each.inputs
    ]
    return estimate(*lines, stack=found.name)
