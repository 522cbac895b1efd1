"""An estimate as a document: what it costs, what drives it, and what would make it cheaper."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from caseplane_costs.compare import Comparison
from caseplane_costs.levers import Lever
from caseplane_costs.lines import Estimate, Line, Note, total
from caseplane_costs.quantities import Range
from caseplane_costs.report.clouds import side_by_side
from caseplane_costs.report.document import (
    NONE,
    Cell,
    Document,
    Section,
    bar,
    cells,
    columns,
    money,
    percent,
    quantity,
    span,
)
from caseplane_costs.stacks import name_of

DRIVERS = 10
"""Lines that are shown as what drives the cost."""
MODEL = "llm."
KINDS = {"fixed": "fixed", "usage": "by usage"}


def estimated(estimate: Estimate, *, title: str = "Estimate") -> Document:
    """The lines of an estimate, and their sums by component."""
    return Document(
        title=f"{title}: {estimate.stack}",
        headline=f"{money(estimate.total.expected)} {estimate.currency} a month",
        facts=_facts(estimate),
        warnings=_warnings(estimate),
        sections=(
            _sums("By component", "component", estimate, estimate.by(lambda line: line.component)),
            *_unpriced(estimate.unpriced),
            _lines(estimate),
            *_free(estimate.free),
        ),
    )


def reported(
    estimate: Estimate, levers: Sequence[Lever] = (), comparison: Comparison | None = None
) -> Document:
    """All that there is to say of an estimate."""
    short = estimated(estimate, title="Cost report")
    by_kind = {KINDS[name]: amount for name, amount in estimate.by(lambda line: line.kind).items()}
    sections = [
        short.sections[0],
        _sums("Fixed against usage", "kind", estimate, by_kind, half=True),
        _sums("By tenant", "tenant", estimate, estimate.by(lambda line: line.tenant), half=True),
        _drivers(estimate),
        *_models(estimate),
        *_levers(levers, estimate.currency),
        *([side_by_side(comparison)] if comparison else []),
        *short.sections[1:],
    ]
    return Document(
        title=short.title,
        headline=short.headline,
        facts=short.facts,
        warnings=short.warnings,
        sections=tuple(sections),
    )


def _facts(estimate: Estimate) -> tuple[str, ...]:
    dates = [line.price_as_of for line in estimate.lines]
    prices = f"list prices of {min(dates)}" if dates else "no prices needed"
    if dates and max(dates) != min(dates):
        prices += f" to {max(dates)}"
    return (
        f"{span(estimate.total)} {estimate.currency} from the low to the high assumption",
        f"{estimate.provider} {estimate.region}, {estimate.environment}",
        f"{prices}, without tax",
    )


def _warnings(estimate: Estimate) -> tuple[str, ...]:
    count = len(estimate.unpriced)
    missing = f"{count} resources have no price and are not in the total; see Unpriced." if count else ""
    return (*([missing] if missing else []), *estimate.warnings)


def _sums(
    title: str, name: str, estimate: Estimate, sums: Mapping[str, Range], *, half: bool = False
) -> Section:
    most = max((each.high for each in sums.values()), default=Decimal(0))
    whole = estimate.total
    return Section(
        title=title,
        columns=columns(name, f">{estimate.currency} a month", ">low to high", ">share"),
        rows=tuple(
            cells(each, bar(amount, most), span(amount), percent(amount.expected, whole.expected))
            for each, amount in sums.items()
        ),
        total=cells("total", money(whole.expected), span(whole), "100%" if whole.expected else NONE),
        parts=tuple((each, amount.expected) for each, amount in sums.items()),
        half=half,
    )


def _drivers(estimate: Estimate) -> Section:
    groups: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line in estimate.lines:
        groups[line.component, line.sku, line.assumption].append(line)
    ranked = sorted(groups.items(), key=lambda item: (-total(item[1]).expected, item[0]))[:DRIVERS]
    sums = [(key, len(lines), total(lines)) for key, lines in ranked]
    most = max((amount.high for _, _, amount in sums), default=Decimal(0))
    part = percent(sum((each.expected for _, _, each in sums), Decimal(0)), estimate.total.expected)
    return Section(
        title="What drives it",
        text=(f"The {len(sums)} largest are {part} of the cost; equal lines are one.",),
        columns=columns("component", "price", f">{estimate.currency} a month", ">low to high", "because"),
        rows=tuple(
            cells(
                component, sku, bar(amount, most), span(amount), f"{count} times: {why}" if count > 1 else why
            )
            for (component, sku, why), count, amount in sums
        ),
    )


def models(lines: Iterable[Line]) -> dict[tuple[str, str], dict[str, list[Line]]]:
    """Lines of language models by role and model, then by direction: `input`, `output`."""
    found: dict[tuple[str, str], dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if line.sku.startswith(MODEL):
            model, _, direction = line.sku.removeprefix(MODEL).rpartition(".")
            role = name_of(line.urn).rpartition("-")[2]
            found[role, model][direction].append(line)
    return found


def _models(estimate: Estimate) -> Iterator[Section]:
    found = models(estimate.lines)
    if not found:
        return
    sums = {key: total(line for lines in ways.values() for line in lines) for key, ways in found.items()}
    whole = sum(sums.values(), Range.exactly(0))
    order = sorted(found, key=lambda key: -sums[key].expected)
    most = max(each.high for each in sums.values())
    yield Section(
        title="Language models",
        text=(
            f"{percent(whole.expected, estimate.total.expected)} of the cost; "
            "what is asked and answered decides, not what is deployed.",
        ),
        columns=columns(
            "role",
            "model",
            ">read, M tokens",
            ">written, M tokens",
            f">{estimate.currency} a month",
            ">low to high",
        ),
        rows=tuple(
            cells(
                *key,
                _tokens(found[key]["input"]),
                _tokens(found[key]["output"]),
                bar(sums[key], most),
                span(sums[key]),
            )
            for key in order
        ),
        total=cells("total", "", "", "", money(whole.expected), span(whole)),
    )


def _tokens(lines: Iterable[Line]) -> str:
    return quantity(sum((line.quantity.expected for line in lines), Decimal(0)))


def _levers(levers: Sequence[Lever], currency: str) -> Iterator[Section]:
    if not levers:
        return
    order = {"open": 0, "in use": 1, "dearer": 2, "no effect": 3}
    ranked = sorted(levers, key=lambda each: (order[each.state], -each.saving, each.title))
    most = max((abs(each.saving) for each in levers), default=Decimal(0))
    yield Section(
        title="Levers",
        text=(
            "Each saving is this stack estimated again with that one change. Savings of several do not simply add up.",
            "“In use” tells what the stack saves already; “dearer” what would cost more here.",
        ),
        columns=columns("lever", "state", f">saves, {currency} a month", "what is assumed", "source"),
        rows=tuple(
            cells(each.title, each.state, _saving(each, most), each.assumption, each.source)
            for each in ranked
        ),
    )


def _saving(lever: Lever, most: Decimal) -> Cell:
    if lever.state == "no effect":
        return Cell(NONE)
    drawn = bar(Range.exactly(lever.saving), most).bar if lever.saving > 0 else None
    return Cell(money(lever.saving), drawn, tone="bad" if lever.state == "dearer" else "good")


def _lines(estimate: Estimate) -> Section:
    lines = sorted(
        estimate.lines, key=lambda line: (line.component, -line.monthly.expected, line.urn, line.sku)
    )
    return Section(
        title="All lines",
        columns=columns(
            "component", "resource", "price", ">quantity", "unit", ">unit price", f">{estimate.currency} a month",
            ">low to high", "kind", "because",
        ),
        rows=tuple(
            cells(
                line.component, name_of(line.urn), line.sku, quantity(line.quantity.expected), line.unit,
                f"{line.unit_price:.6f}".rstrip("0").rstrip("."), money(line.monthly.expected), span(line.monthly),
                line.kind, line.assumption,
            )
            for line in lines
        ),
        folded=True,
    )  # fmt: skip


def _unpriced(notes: Sequence[Note]) -> Iterator[Section]:
    if notes:
        yield Section(
            title="Unpriced",
            text=("These are not in the total.",),
            columns=columns("component", "type", "resource", "what is missing"),
            rows=tuple(cells(each.component, each.type, name_of(each.urn), each.reason) for each in notes),
        )


def _free(notes: Sequence[Note]) -> Iterator[Section]:
    groups: dict[tuple[str, str], int] = defaultdict(int)
    for each in notes:
        groups[each.type, each.reason] += 1
    if groups:
        yield Section(
            title="Free of charge",
            columns=columns("type", ">resources", "why"),
            rows=tuple(cells(type_, str(count), reason) for (type_, reason), count in sorted(groups.items())),
            folded=True,
        )
