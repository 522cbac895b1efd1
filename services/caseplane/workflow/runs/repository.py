"""Every SQL statement on runs and steps."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import case, text
from sqlalchemy.dialects.postgresql import insert

from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.workflow.runs.models import Run, RunStep

_TOKENS = text(
    "SELECT coalesce(sum(input_tokens + output_tokens), 0) FROM platform.llm_calls"
    " WHERE tenant_id = :tenant_id AND session_id = :run_id AND created_at >= :since"
)


class Runs(TenantRepository[Run]):
    """The tenant's runs."""

    async def begin(self, ticket_id: UUID, cause: str, **values: Any) -> Run:
        """The run of a ticket for a cause, held until the transaction ends; made if there is none.

        One that is not done counts this attempt.
        """
        made = insert(Run).values(
            tenant_id=self._tenant_id,
            id=new_id(),
            ticket_id=ticket_id,
            cause=cause,
            status="running",
            **values,
        )
        held = made.on_conflict_do_update(
            constraint="uq_runs_cause",
            set_={"attempts": Run.attempts + case((Run.status == "running", 1), else_=0)},
        )
        return (await self._tx.scalars(held.returning(Run))).one()

    async def page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        ticket_id: UUID | None = None,
        status: str | None = None,
    ) -> list[Run]:
        """The newest first, one more than `limit`."""
        wanted = {Run.ticket_id: ticket_id, Run.status: status}
        return await self.newest_first(
            cursor, limit, *(column == value for column, value in wanted.items() if value is not None)
        )

    async def tokens(self, run: Run) -> int:
        """Of the language model, as the ledger has them."""
        found = await self._tx.scalar(
            _TOKENS, {"tenant_id": self._tenant_id, "run_id": run.id, "since": run.created_at}
        )
        return int(found or 0)


class RunSteps(TenantRepository[RunStep]):
    """The tenant's steps."""

    async def of_run(self, run_id: UUID) -> list[RunStep]:
        """In the order in which they ended."""
        query = self._select().where(RunStep.run_id == run_id).order_by(RunStep.created_at, RunStep.id)
        return list(await self._tx.scalars(query))

    async def record(self, run_id: UUID, steps: Sequence[Mapping[str, Any]]) -> list[RunStep]:
        """What steps did; of one that was recorded before, or meanwhile by another process, what that one did."""
        rows = [{"tenant_id": self._tenant_id, "id": new_id(), "run_id": run_id, **step} for step in steps]
        made = insert(RunStep).values(rows).on_conflict_do_nothing(constraint="uq_steps_name")
        recorded = list(await self._tx.scalars(made.returning(RunStep)))
        others = {step["name"] for step in steps} - {row.name for row in recorded}
        if others:
            query = self._select().where(RunStep.run_id == run_id, RunStep.name.in_(others))
            recorded += await self._tx.scalars(query)
        return recorded
