"""Combines resources, usage and prices into lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from caseplane_costs.catalog import Catalog, CatalogError, Entry
from caseplane_costs.lines import Estimate, Line, Note
from caseplane_costs.meters.charges import Charge, Context, MeterError, Meters
from caseplane_costs.meters.providers import meters_of
from caseplane_costs.options import Options
from caseplane_costs.stacks import SHARED, Resource, Stack, name_of
from caseplane_costs.usage import Usage

PEOPLE = Resource(urn="usage:people", type="usage:people", inputs={"labels": {"component": "people"}})
MINUTES = 60


class UnpricedError(Exception):
    """Something has no price; the message lists what, and why."""


def estimate(
    stack: Stack,
    *,
    region: str,
    usage: Usage,
    catalog: Catalog,
    options: Options | None = None,
    today: date | None = None,
) -> Estimate:
    """Price every resource of a stack for a month.

    Args:
        stack: as it is, or will be.
        region: the provider's, as in the stack file.
        usage: how much of the stack is used.
        catalog: the provider's prices.
        options: choices about paying.
        today: for the age of prices.

    Returns:
        Lines, and a note for each resource that is free or has no price.
    """
    context = Context(stack=stack, region=region, usage=usage, options=options or Options())
    pricing = _Pricing(context, catalog, meters_of(catalog.provider))
    for resource in stack.remaining:
        pricing.add(resource)
    pricing.add_standalone()
    if context.options.people:
        pricing.lines.extend(_people(context, catalog))
    return Estimate(
        stack=stack.name,
        provider=catalog.provider,
        environment=stack.environment,
        region=region,
        currency=catalog.currency,
        lines=tuple(pricing.lines),
        free=tuple(pricing.free),
        unpriced=tuple(pricing.unpriced),
        warnings=(*_warnings(stack), *catalog.warnings(today or date.today())),  # noqa: DTZ011 - a day, anywhere
    )


@dataclass
class _Pricing:
    """Collects an estimate's lines and notes."""

    context: Context
    catalog: Catalog
    meters: Meters
    lines: list[Line] = field(default_factory=list)
    free: list[Note] = field(default_factory=list)
    unpriced: list[Note] = field(default_factory=list)

    def add(self, resource: Resource) -> None:
        """Price a resource: all of it, or nothing if a price is missing."""
        meter = self.meters.metered.get(resource.type)
        if meter is None:
            self._add_unmetered(resource)
            return
        try:
            self.lines.extend([self._line(resource, each) for each in meter(resource, self.context)])
        except (CatalogError, MeterError) as exc:
            self.unpriced.append(_note(resource, str(exc)))

    def add_standalone(self) -> None:
        """Price what has no resource."""
        for meter in self.meters.standalone:
            for placeholder, charge in meter(self.context):
                try:
                    self.lines.append(self._line(placeholder, charge))
                except CatalogError as exc:
                    self.unpriced.append(_note(placeholder, str(exc)))

    def _add_unmetered(self, resource: Resource) -> None:
        reason = self.meters.why_free(resource.type)
        if reason:
            self.free.append(_note(resource, reason))
        else:
            self.unpriced.append(_note(resource, "no meter for this type of resource"))

    def _line(self, resource: Resource, charge: Charge) -> Line:
        context, region = self.context, charge.region or self.context.region
        price = self.catalog.price(charge.sku, region)
        left = _committed(charge, price.entry, context.options)
        factor = charge.factor * left
        return Line(
            urn=resource.urn,
            type=resource.type,
            component=resource.component,
            tenant=resource.tenant or SHARED,
            environment=context.stack.environment,
            provider=self.catalog.provider,
            region=region,
            service=price.entry.service,
            sku=charge.sku,
            quantity=charge.quantity,
            unit=price.entry.unit,
            unit_price=price.average(charge.quantity.expected) * factor.expected,
            price_as_of=price.entry.as_of,
            price_source=price.entry.source,
            monthly=charge.quantity.map(price.cost) * factor,
            kind=charge.kind,
            assumption=charge.assumption + _discount(left, context.options),
        )


def strict(estimate: Estimate) -> Estimate:
    """The same estimate, if everything in it has a price.

    Raises:
        UnpricedError: something has none.
    """
    if estimate.unpriced:
        missing = "\n".join(
            f"  - {each.type} {name_of(each.urn)}: {each.reason}" for each in estimate.unpriced
        )
        raise UnpricedError(f"Resources of {estimate.stack} without a price:\n{missing}")
    return estimate


def _warnings(stack: Stack) -> Iterator[str]:
    if stack.hidden:
        yield (
            f"The preview leaves out {stack.hidden} unchanged resources, and so does this estimate. "
            "Create it with `pulumi preview --json --show-sames`."
        )


def _people(context: Context, catalog: Catalog) -> Iterator[Line]:
    people = context.usage.people
    if people is None:
        return
    hours = people.escalated_cases * people.minutes_per_case / MINUTES
    yield Line(
        urn=PEOPLE.urn,
        type=PEOPLE.type,
        component=PEOPLE.component,
        tenant=SHARED,
        environment=context.stack.environment,
        provider=catalog.provider,
        region=context.region,
        service="People",
        sku="people.hour",
        quantity=hours,
        unit="hour",
        unit_price=people.hourly_rate.expected,
        price_as_of=catalog.oldest,
        price_source="the usage file",
        monthly=hours * people.hourly_rate,
        kind="usage",
        assumption=f"{people.escalated_cases.expected:,.0f} cases, {people.minutes_per_case.expected} minutes each",
    )


def _note(resource: Resource, reason: str) -> Note:
    return Note(urn=resource.urn, type=resource.type, component=resource.component, reason=reason)


def _committed(charge: Charge, entry: Entry, options: Options) -> Decimal:
    """The part of the price that is left after a commitment; only what runs all month can be committed."""
    if charge.kind != "fixed" or options.commitment == "none":
        return Decimal(1)
    return entry.commitments.get(options.commitment, Decimal(1))


def _discount(left: Decimal, options: Options) -> str:
    return "" if left == 1 else f"; a commitment ({options.commitment}) leaves {left:.0%} of the price"
