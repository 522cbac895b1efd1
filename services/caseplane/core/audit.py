"""The audit log: who did what to which object, written in the same transaction as the change."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import get_contextvars

from caseplane.core.auth import Principal
from caseplane.core.ids import new_id

INSERT = text(
    "INSERT INTO platform.audit_log"
    " (tenant_id, id, actor, action, target_type, target_id, detail, request_id)"
    " VALUES (:tenant_id, :id, :actor, :action, :target_type, :target_id, :detail, :request_id)"
)


async def record(
    tx: AsyncSession,
    principal: Principal,
    action: str,
    *,
    target_type: str,
    target_id: UUID | str,
    **detail: Any,
) -> None:
    """Add an entry; `detail` holds ids and settings, never customers' text."""
    await tx.execute(
        INSERT,
        {
            "tenant_id": principal.tenant,
            "id": new_id(),
            "actor": principal.subject,
            "action": action,
            "target_type": target_type,
            "target_id": str(target_id),
            "detail": json.dumps(detail, default=str),
            "request_id": get_contextvars().get("request_id"),
        },
    )
