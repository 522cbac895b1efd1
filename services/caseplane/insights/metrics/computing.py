"""Answers what is asked of a metric, and says which question cannot be answered."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import RowMapping

from caseplane.core.errors import InvalidInputError, NotFoundError
from caseplane.insights.context import Work
from caseplane.insights.metrics.definitions import BY_NAME, Kind, Metric, Relation
from caseplane.insights.metrics.repository import Figures, Question
from caseplane.insights.metrics.schemas import Figure, FiguresRead, Group, MetricRead
from caseplane.insights.outcomes.shares import Share

USUAL = timedelta(days=28)


def question(
    now: datetime,
    name: str,
    *,
    since: datetime | None,
    until: datetime | None,
    timezone: str,
    days: int,
    by: Sequence[Group],
    only: Sequence[str],
) -> Question:
    """What is asked, checked.

    Raises:
        NotFoundError: there is no such metric.
        InvalidInputError: names what is wrong.
    """
    metric = BY_NAME.get(name)
    if metric is None:
        raise NotFoundError(f"There is no metric {name!r}; GET /metrics lists them.")
    end = until or now
    begin = since or end - USUAL
    if begin >= end:
        raise InvalidInputError("`since` has to be before `until`.")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise InvalidInputError(
            f"There is no time zone {timezone!r}; write one such as Europe/Berlin."
        ) from exc
    groups = list(dict.fromkeys([*metric.always_by, *map(str, by)]))
    wanted = _only(only)
    for group in [*groups, *wanted]:
        _check_group(metric, group)
    return Question(metric, begin, end, timezone, days, groups, wanted)


def _only(given: Sequence[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign or name not in set(Group):
            raise InvalidInputError(
                f"`only` is {each!r}; write a group and its value, such as channel=email, or channel= for none."
            )
        found[name] = value or None
    return found


def _check_group(metric: Metric, group: str) -> None:
    if group == Group.resolved_as and metric.relation is not Relation.resolutions:
        raise InvalidInputError(f"{metric.name} cannot be split by resolved_as; use resolution.")


async def compute(work: Work, asked: Question) -> FiguresRead:
    rows = await work.repo(Figures).compute(asked)
    return FiguresRead(
        metric=MetricRead.model_validate(asked.metric),
        since=asked.since,
        until=asked.until,
        timezone=asked.timezone,
        days=asked.days,
        figures=[_figure(asked, row) for row in rows],
    )


def _figure(asked: Question, row: RowMapping) -> Figure:
    group = {name: row[name] for name in asked.groups}
    figure = Figure(group=group, count=row["count"], of=row["of"])
    if asked.metric.kind is Kind.share:
        share = Share(row["count"], row["of"])
        figure.share, figure.low, figure.high = share.share, share.low, share.high
    elif asked.metric.kind is Kind.mean:
        figure.mean = row["mean"]
    else:
        figure.p50, figure.p95 = row["p50"], row["p95"]
    return figure


def as_csv(found: FiguresRead) -> str:
    """The figures as a table; a text that a spreadsheet would run as a formula is quoted."""
    groups = list(found.figures[0].group) if found.figures else []
    values = ["count", "of", "share", "low", "high", "mean", "p50", "p95"]
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([*groups, *values])
    for figure in found.figures:
        cells: list[Any] = [_cell(figure.group[name]) for name in groups]
        table.writerow([*cells, *(getattr(figure, name) for name in values)])
    return out.getvalue()


def _cell(value: str | None) -> str | None:
    return f"'{value}" if value and value[0] in "=+-@\t\r" else value
