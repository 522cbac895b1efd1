"""Starts a run again that was given up."""

from uuid import UUID

from caseplane.core.errors import ConflictError
from caseplane.core.failed_jobs import retry_failed_jobs
from caseplane.escalation.events import TICKET_CREATED, TICKET_RECATEGORISED
from caseplane.workflow.context import Work
from caseplane.workflow.runs.models import Run
from caseplane.workflow.runs.repository import Runs
from caseplane.workflow.runs.running import version_of


class RunNotFailedError(ConflictError):
    """A run that is done, or still tried by itself, needs no help."""

    slug, title = "run-not-failed", "The run has not failed"


async def retry(work: Work, run_id: UUID) -> Run:
    """Have a failed run tried again, as often as at first; what its steps left behind stays.

    Raises:
        NotFoundError: there is no such run.
        RunNotFailedError: it is done, or its job is on its way already.
    """
    run = await work.repo(Runs).get(run_id, lock=True)
    if run.status != "failed":
        raise RunNotFailedError(f"It is {run.status}.")
    version = version_of(run.cause)
    arguments = {"ticket_id": str(run.ticket_id)} | ({} if version is None else {"version": version})
    job = TICKET_CREATED if version is None else TICKET_RECATEGORISED
    if not await retry_failed_jobs(work.tx, work.tenant_id, limit=1, name=job.name, arguments=arguments):
        raise RunNotFailedError("Its job is on its way already.")
    run.status, run.finished_at = "running", None
    await work.audit("run.retried", target_type="run", target_id=run.id, ticket_id=str(run.ticket_id))
    return run
