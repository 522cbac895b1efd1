"""From resources, usage and prices to lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase

from caseplane_costs.catalog import Catalog, CatalogError, Entry
from caseplane_costs.lines import Estimate, Line, Note
from caseplane_costs.meters.charges import Charge, Context, MeterError, Meters
from caseplane_costs.meters.providers import meters_of
from caseplane_costs.options import Options
from caseplane_costs.stacks import SHARED, Resource, Stack
from caseplane_costs.usage import Usage

PEOPLE = Resource(urn="usage:people", type="usage:people", inputs={"labels": {"component": "people"}})
MINUTES = 60


class UnpricedError(Exception):
    """In strict mode: something has no price; the message lists what, and why."""


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
        stack: what there is, or will be.
        region: the provider's, as in the stack's settings.
        usage: how much of it is used.
        catalog: the provider's prices.
        options: what is chosen about paying.
        today: to tell the age of prices by.

    Returns:
        Lines, and for each resource without one the reason: free, or unpriced.
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
        warnings=(*_partial(stack), *catalog.warnings(today or date.today())),  # noqa: DTZ011 - a day, anywhere
    )


@dataclass
class _Pricing:
    """Collects the lines of an estimate, and what has none."""

    context: Context
    catalog: Catalog
    meters: Meters
    lines: list[Line] = field(default_factory=list)
    free: list[Note] = field(default_factory=list)
    unpriced: list[Note] = field(default_factory=list)

    def add(self, resource: Resource) -> None:
        """Price a resource; all of it, or nothing where a price is missing."""
        meter = self.meters.metered.get(resource.type)
        if meter is None:
            self._add_unmetered(resource)
            return
        try:
            self.lines.extend([self._line(resource, each) for each in meter(resource, self.context)])
        except (CatalogError, MeterError) as exc:
            self.unpriced.append(_note(resource, str(exc)))

    def add_standalone(self) -> None:
        """Price what no resource stands for."""
        for meter in self.meters.standalone:
            for stand_in, charge in meter(self.context):
                try:
                    self.lines.append(self._line(stand_in, charge))
                except CatalogError as exc:
                    self.unpriced.append(_note(stand_in, str(exc)))

    def _add_unmetered(self, resource: Resource) -> None:
        reason = _free(resource.type, self.meters)
        if reason:
            self.free.append(_note(resource, reason))
        else:
            self.unpriced.append(_note(resource, "no meter knows this type of resource"))

    def _line(self, resource: Resource, charge: Charge) -> Line:
        return _line(resource, charge, self.context, self.catalog)


def strict(found: Estimate) -> Estimate:
    """The same estimate, if everything in it has a price.

    Raises:
        UnpricedError: something has none.
    """
    if found.unpriced:
        missing = "\n".join(
            f"  - {each.type} {each.urn.rsplit('::', 1)[-1]}: {each.reason}" for each in found.unpriced
        )
        raise UnpricedError(f"{len(found.unpriced)} of {found.stack} without a price:\n{missing}")
    return found


def _partial(stack: Stack) -> Iterator[str]:
    if stack.left_out:
        yield (
            f"The preview leaves out {stack.left_out} resources that stay the same, and so does this estimate. "
            "Make it with `pulumi preview --json --show-sames`."
        )


def _people(context: Context, catalog: Catalog) -> Iterator[Line]:
    """What people cost whom cases are handed to; the usage says how much they earn."""
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


def _free(type_: str, meters: Meters) -> str:
    if type_ in meters.free:
        return meters.free[type_]
    return next(
        (why for pattern, why in meters.free.items() if "*" in pattern and fnmatchcase(type_, pattern)), ""
    )


def _note(resource: Resource, reason: str) -> Note:
    return Note(urn=resource.urn, type=resource.type, component=resource.component, reason=reason)


def _line(resource: Resource, charge: Charge, context: Context, catalog: Catalog) -> Line:
    region = charge.region or context.region
    price = catalog.price(charge.sku, region)
    left = _committed(charge, price.entry, context.options)
    factor = charge.factor * left
    named = (
        f"; a commitment ({context.options.commitment}) leaves {left:.0%} of the price" if left != 1 else ""
    )
    return Line(
        urn=resource.urn,
        type=resource.type,
        component=resource.component,
        tenant=resource.tenant or SHARED,
        environment=context.stack.environment,
        provider=catalog.provider,
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
        assumption=charge.assumption + named,
    )


def _committed(charge: Charge, entry: Entry, options: Options) -> Decimal:
    """What a commitment leaves of the price of something that runs all month."""
    if charge.kind != "fixed" or options.commitment == "none":
        return Decimal(1)
    return entry.commitments.get(options.commitment, Decimal(1))
