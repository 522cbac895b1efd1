"""Routes of metrics."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AwareDatetime

from caseplane.core.errors import InvalidInputError, NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, page
from caseplane.insights.callers import AnalystWork
from caseplane.insights.metrics import computing
from caseplane.insights.metrics.definitions import METRICS
from caseplane.insights.metrics.repository import Figures, Question
from caseplane.insights.metrics.schemas import CaseBehind, FiguresRead, Group, MetricRead

router = APIRouter(prefix="/metrics", tags=["insights"])
ASKED = problems(NotFoundError, InvalidInputError)


def _asked(
    work: AnalystWork,
    name: Annotated[str, Path(description="Of the metric, as the list has it", max_length=100)],
    since: Annotated[AwareDatetime | None, Query(description="28 days before `until`, if left out")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Not included; now, if left out")] = None,
    timezone: Annotated[
        str, Query(description="In which months, weeks and days are cut", max_length=100)
    ] = "UTC",
    days: Annotated[int, Query(ge=1, le=365, description="Within which a case that comes back counts")] = 7,
    by: Annotated[list[Group], Query(description="Split by these", max_length=4)] = [],  # noqa: B006 - FastAPI copies it
    only: Annotated[
        list[str], Query(description="A group and its value, such as channel=email", max_length=10)
    ] = [],  # noqa: B006
) -> Question:
    return computing.question(
        work.now, name, since=since, until=until, timezone=timezone, days=days, by=by, only=only
    )


Asked: TypeAlias = Annotated[Question, Depends(_asked)]


@router.get("")
async def list_metrics(_: AnalystWork) -> list[MetricRead]:
    """List all metrics with their definitions and limits."""
    return [MetricRead.model_validate(metric) for metric in METRICS]


@router.get("/{name}", responses=ASKED)
async def get_metric(asked: Asked, work: AnalystWork) -> FiguresRead:
    """Read a metric for a period, split by groups."""
    return await computing.compute(work, asked)


@router.get(
    "/{name}/export",
    responses={200: {"content": {"text/csv": {}}, "description": "The figures as a table"}, **ASKED},
    response_class=Response,
)
async def export_metric(asked: Asked, work: AnalystWork) -> Response:
    """Read a metric as CSV."""
    found = await computing.compute(work, asked)
    name = f'attachment; filename="{asked.metric.name}.csv"'
    return Response(computing.as_csv(found), media_type="text/csv", headers={"Content-Disposition": name})


@router.get("/{name}/cases", responses=ASKED)
async def list_cases_behind(
    asked: Asked, work: AnalystWork, limit: Limit = 50, cursor: Cursor = None
) -> Page[CaseBehind]:
    """List the cases behind a number, the newest first; `only` names the group of the number."""
    rows = await work.repo(Figures).behind(asked, cursor, limit)
    return page(
        rows,
        limit,
        read=CaseBehind.model_validate,
        position=lambda row: (row["at"].isoformat(), row["row_id"]),
    )
