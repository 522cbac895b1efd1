"""Jobs that failed their last attempt: listed by tenant, and retried with all their attempts.

A job's row has no tenant column, so the tenant comes from its arguments. The log has the reason for a failure, under
the job's id.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_FAILED = text("""
    SELECT j.id, j.task_name, j.args, j.attempts, max(e.at) AS failed_at
    FROM jobs.procrastinate_jobs j
    LEFT JOIN jobs.procrastinate_events e ON e.job_id = j.id AND e.type = 'failed'
    WHERE j.status = 'failed' AND j.args ->> 'tenant_id' = :tenant
    GROUP BY j.id ORDER BY j.id LIMIT :limit
""")
# Of several with the same `once` key only one may wait: the one that waits already, or the newest.
_AGAIN = text("""
    WITH found AS (
        SELECT id, queueing_lock FROM jobs.procrastinate_jobs
        WHERE status = 'failed' AND args ->> 'tenant_id' = :tenant
            AND (CAST(:name AS text) IS NULL OR task_name = :name) AND args @> CAST(:arguments AS jsonb)
        ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    ), again AS (
        SELECT max(id) AS id FROM found
        WHERE NOT EXISTS (
            SELECT FROM jobs.procrastinate_jobs waiting
            WHERE waiting.status = 'todo' AND waiting.queueing_lock = found.queueing_lock)
        GROUP BY coalesce(queueing_lock, id::text)
    ), superseded AS (
        DELETE FROM jobs.procrastinate_jobs j USING found
        WHERE j.id = found.id AND j.id NOT IN (SELECT id FROM again)
    )
    UPDATE jobs.procrastinate_jobs j SET status = 'todo', attempts = 0, scheduled_at = now()
    FROM again WHERE j.id = again.id RETURNING j.id
""")


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job without attempts left.

    Attributes:
        arguments: ids, never content.
        attempts: made so far.
    """

    id: int
    name: str
    arguments: dict[str, Any]
    attempts: int
    failed_at: datetime | None


async def failed_jobs(tx: AsyncSession, tenant_id: UUID, *, limit: int) -> list[FailedJob]:
    """The tenant's failed jobs, oldest first."""
    rows = await tx.execute(_FAILED, {"tenant": str(tenant_id), "limit": limit})
    return [FailedJob(row.id, row.task_name, row.args, row.attempts, row.failed_at) for row in rows]


async def retry_failed_jobs(
    tx: AsyncSession,
    tenant_id: UUID,
    *,
    limit: int,
    name: str | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> int:
    """Start failed jobs again, oldest first, with all attempts; returns their number.

    Args:
        tx: a transaction.
        tenant_id: whose jobs.
        limit: at most so many.
        name: only jobs of this name.
        arguments: only jobs that have these among theirs, as JSON.
    """
    values = {
        "tenant": str(tenant_id), "limit": limit, "name": name, "arguments": json.dumps(dict(arguments or {}))
    }  # fmt: skip
    return len((await tx.execute(_AGAIN, values)).all())
