"""Every SQL statement of metrics, put together from the constants of their definitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.pagination import decode_cursor
from caseplane.insights.metrics.definitions import GROUPS, RELATIONS, Kind, Metric


@dataclass(frozen=True)
class Question:
    """What is asked of a metric.

    Attributes:
        until: not included.
        groups: names of `GROUPS`.
        days: for metrics that wait.
        only: values that groups must have; None is no value.
    """

    metric: Metric
    since: datetime
    until: datetime
    timezone: str
    days: int
    groups: Sequence[str]
    only: dict[str, str | None]


class Figures:
    """Computes metrics of one tenant."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    async def compute(self, asked: Question) -> list[RowMapping]:
        """A row for each group, in their order."""
        names = [f"{GROUPS[name]} AS {name}" for name in asked.groups]
        columns = ", ".join([*names, *_values(asked.metric)])
        places = ", ".join(str(n + 1) for n in range(len(asked.groups)))
        grouped = f"GROUP BY {places} ORDER BY {places}" if places else ""
        rows = await self._tx.execute(
            text(f"SELECT {columns} FROM ({_rows(asked)}) AS rows {grouped}"),  # noqa: S608 - constants alone
            self._parameters(asked),
        )
        return list(rows.mappings())

    async def behind(self, asked: Question, cursor: str | None, limit: int) -> list[RowMapping]:
        """The rows behind a number, the newest first, one more than `limit`."""
        metric = asked.metric
        counts = f"({metric.counts})" if metric.counts else "NULL::boolean"
        value = f"({metric.value})::float8" if metric.value else "NULL::float8"
        parameters = self._parameters(asked) | {"limit": limit + 1}
        after = ""
        if cursor:
            at, row_id = decode_cursor(cursor, datetime.fromisoformat, UUID)
            after = "WHERE (at, row_id) < (:at, CAST(:row_id AS uuid))"
            parameters |= {"at": at, "row_id": row_id}
        rows = await self._tx.execute(
            text(
                f"SELECT row_id, case_id, kind, at, {counts} AS counts, {value} AS value, channel, status, resolution,"  # noqa: S608 - constants alone
                f" category, team, ticket_id FROM ({_rows(asked)}) AS rows {after}"
                " ORDER BY at DESC, row_id DESC LIMIT :limit"
            ),
            parameters,
        )
        return list(rows.mappings())

    def _parameters(self, asked: Question) -> dict[str, Any]:
        only = {f"only_{name}": value for name, value in asked.only.items() if value is not None}
        values = {"since": asked.since, "until": asked.until, "timezone": asked.timezone, "days": asked.days}
        return {"tenant_id": self._tenant_id, **values, **only}


def _values(metric: Metric) -> list[str]:
    if metric.kind is Kind.share:
        return [f"count(*) FILTER (WHERE {metric.counts}) AS count", "count(*) AS of"]
    counted = [f"count({metric.value}) AS count", "count(*) AS of"]
    if metric.kind is Kind.mean:
        return [*counted, f"avg({metric.value})::float8 AS mean"]
    return [
        *counted,
        f"percentile_cont(0.5) WITHIN GROUP (ORDER BY ({metric.value})::float8) AS p50",
        f"percentile_cont(0.95) WITHIN GROUP (ORDER BY ({metric.value})::float8) AS p95",
    ]


def _rows(asked: Question) -> str:
    """The rows of the period that the metric looks at."""
    metric = asked.metric
    conditions = ["tenant_id = :tenant_id", "at >= :since", "at < :until"]
    if metric.where:
        conditions.append(f"({metric.where})")
    if metric.waits:
        conditions.append("at <= now() - make_interval(days => :days)")
    for name, value in asked.only.items():
        group = GROUPS[name]
        conditions.append(f"{group} IS NULL" if value is None else f"{group} = :only_{name}")
    return f"SELECT * FROM ({RELATIONS[metric.relation]}) AS ledger WHERE {' AND '.join(conditions)}"  # noqa: S608 - constants alone
