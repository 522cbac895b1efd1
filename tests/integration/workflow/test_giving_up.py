"""Runs that every try failed: they say so, and a person can have them tried again."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from tests.integration.workflow.conftest import Connect
from tests.integration.workflow.test_runs import agent, desk, open_ticket, read, run_jobs

from caseplane.core.auth import Role
from caseplane.core.errors import UnavailableError
from caseplane.core.jobs import Backoff
from caseplane.escalation.client import EscalationClient
from caseplane.workflow.context import Workflow

__all__ = ["agent", "desk", "run_jobs"]
RunJobs = Callable[[], Awaitable[None]]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No try waits for the one after."""
    monkeypatch.setattr(Backoff, "delay", lambda *_: timedelta(0))


async def lost(*_: Any, **__: Any) -> None:
    raise UnavailableError


async def runs_of(agent: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await agent.get("/workflow/runs", params=query)).json()["items"]
    return found


@pytest.mark.parametrize("call", ["triage", "find_ticket"])
async def test_given_a_service_that_stays_away_when_all_tries_are_used_then_the_run_failed_and_can_be_retried(
    call: str, agent: httpx.AsyncClient, desk: httpx.AsyncClient, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    made = await open_ticket(desk)
    with monkeypatch.context() as patch:
        patch.setattr(EscalationClient, call, lost)
        await run_jobs()
    (failed,) = await runs_of(agent, status="failed")

    retried = await agent.post(f"/workflow/runs/{failed['run_id']}/retry")
    again = await agent.post(f"/workflow/runs/{failed['run_id']}/retry")
    await run_jobs()

    assert (failed["ticket_id"], failed["error"]) == (
        made["ticket_id"],
        "unavailable: A needed part does not answer",
    )
    assert failed["finished_at"] is not None
    assert (retried.status_code, retried.json()["status"]) == (200, "running")
    assert (again.status_code, again.json()["type"].rsplit("/", 1)[-1]) == (409, "run-not-failed")
    (done,) = await runs_of(agent, ticket_id=made["ticket_id"])
    assert (done["run_id"], done["status"], done["error"]) == (failed["run_id"], "done", None)
    assert (await read(desk, made))["category"] == "billing"


async def test_given_a_category_of_a_person_when_its_run_failed_then_the_retry_routes_by_that_category(
    agent: httpx.AsyncClient, desk: httpx.AsyncClient, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await open_ticket(desk)
    await run_jobs()
    version = (await read(desk, made))["version"]
    await desk.patch(
        f"/tickets/{made['ticket_id']}", json={"category": "account"}, headers={"If-Match": f'"{version}"'}
    )
    with monkeypatch.context() as patch:
        patch.setattr(EscalationClient, "triage", lost)
        await run_jobs()
    (failed,) = await runs_of(agent, status="failed")

    await agent.post(f"/workflow/runs/{failed['run_id']}/retry")
    await run_jobs()

    assert failed["cause"].startswith("category:")
    assert (await read(desk, made))["team"] == "account_management"


async def test_given_a_ticket_that_kills_its_workers_when_no_more_are_started_then_the_run_failed(
    workflow: Workflow, agent: httpx.AsyncClient, desk: httpx.AsyncClient, tenant_id: UUID
) -> None:
    made = await open_ticket(desk)
    async with workflow.db.tenant(tenant_id) as tx:  # as its twentieth worker left it
        await tx.execute(
            text(
                "UPDATE jobs.procrastinate_jobs SET status = 'doing', attempts = 19"
                " WHERE task_name = 'workflow.ticket_created' AND args->>'ticket_id' = :ticket"
            ),
            {"ticket": made["ticket_id"]},
        )

    await workflow.jobs.rescue(stalled_after=timedelta(0))

    (failed,) = await runs_of(agent, ticket_id=made["ticket_id"])
    assert (failed["status"], failed["error"]) == ("failed", "internal: its workers died")


async def test_given_a_run_of_another_tenant_when_retried_then_there_is_none(
    connect: Connect, desk: httpx.AsyncClient, agent: httpx.AsyncClient, run_jobs: RunJobs,
    make_tenant: Callable[..., UUID],
) -> None:  # fmt: skip
    await open_ticket(desk)
    await run_jobs()
    (run,) = await runs_of(agent)
    stranger = connect(Role.agent, tenant=make_tenant())

    answers = [
        (await client.post(f"/workflow/runs/{run['run_id']}/retry")).status_code
        for client in (stranger, agent)
    ]

    assert answers == [404, 409]
