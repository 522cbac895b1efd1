"""A period's cost by tenant, as a document."""

from collections.abc import Mapping
from decimal import Decimal

from caseplane_costs.allocation import Allocation, Share, TenantUse
from caseplane_costs.quantities import Range
from caseplane_costs.report.document import NONE, Cell, Document, Section, bar, cells, columns, money, percent


def shares_document(
    allocation: Allocation, use: Mapping[str, TenantUse], *, stack: str, currency: str, source: str
) -> Document:
    """A document of shares.

    Args:
        allocation: the shares.
        use: tenant to its measured use.
        stack: its name.
        currency: of the shares.
        source: what the costs are, in words.
    """
    ranked = sorted(allocation.shares, key=lambda name: (-allocation.shares[name].total, name))
    count = len(ranked)
    return Document(
        title=f"Cost by tenant: {stack}",
        headline=f"{_cents(allocation.total)} {currency} among {count} tenant{'' if count == 1 else 's'}",
        facts=(source, "direct: tagged with the tenant; shared: by measured use; idle: unused capacity"),
        sections=(
            _shares(allocation, ranked, use, currency),
            *(_components(name, allocation.shares[name], currency) for name in ranked),
        ),
    )


def _shares(
    allocation: Allocation, ranked: list[str], use: Mapping[str, TenantUse], currency: str
) -> Section:
    most = Decimal(max((abs(each.total) for each in allocation.shares.values()), default=0)) / 100
    sums = [
        sum(getattr(each, kind) for each in allocation.shares.values())
        for kind in ("direct", "shared", "idle")
    ]

    def row(name: str) -> tuple[Cell, ...]:
        share, used = allocation.shares[name], use.get(name, TenantUse())
        return cells(
            name, bar(Range.exactly(Decimal(share.total) / 100), most), _cents(share.direct), _cents(share.shared),
            _cents(share.idle), percent(Decimal(share.total), Decimal(allocation.total)),
            _each(allocation.per_session(name, used)), _each(allocation.per_resolved_case(name, used)),
        )  # fmt: skip

    return Section(
        title="Tenants",
        text=("Cents are distributed so that the parts sum to the whole.",),
        columns=columns(
            "tenant", f">{currency}", ">direct", ">shared", ">idle", ">part", ">a session", ">a resolved case"
        ),
        rows=tuple(map(row, ranked)),
        total=cells("total", _cents(allocation.total), *map(_cents, sums), "", "", ""),
        parts=tuple((name, Decimal(allocation.shares[name].total)) for name in ranked),
    )


def _components(name: str, share: Share, currency: str) -> Section:
    parts = sorted(share.by_component.items(), key=lambda item: (-item[1], item[0]))
    return Section(
        title=f"{name} by component",
        columns=columns("component", f">{currency}"),
        rows=tuple(cells(component, _cents(cents)) for component, cents in parts if cents),
        total=cells("total", _cents(share.total)),
        folded=True,
    )


def _cents(amount: int) -> str:
    return money(Decimal(amount) / 100)


def _each(amount: Decimal | None) -> str:
    return NONE if amount is None else f"{amount:,.4f}"
