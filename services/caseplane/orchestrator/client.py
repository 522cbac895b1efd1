"""How other services ask for what conversations know."""

from datetime import datetime
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.http import ServiceClient
from caseplane.orchestrator.schemas import CaseCounts, QuestionTried, QuestionTry, SessionDigest


class OrchestratorClient(ServiceClient):
    """Calls the orchestrator's internal routes on behalf of a tenant."""

    async def counts(self, principal: Principal, *, since: datetime, until: datetime) -> CaseCounts:
        """How many conversations began and ended in a period."""
        params = {"since": since.isoformat(), "until": until.isoformat()}
        body = await self._call("GET", "/internal/sessions/counts", principal=principal, params=params)
        return CaseCounts.model_validate(body)

    async def digest(self, principal: Principal, session_id: UUID) -> SessionDigest | None:
        """What is measured of a conversation; None for one that was erased."""
        found = await self._find(f"/internal/sessions/{session_id}/digest", principal=principal)
        return None if found is None else SessionDigest.model_validate(found)

    async def try_question(self, principal: Principal, body: QuestionTry) -> QuestionTried:
        """What would become of a question now; nothing is said or stored."""
        found = await self._call(
            "POST", "/internal/questions/try", principal=principal, json=body.model_dump(mode="json")
        )
        return QuestionTried.model_validate(found)
