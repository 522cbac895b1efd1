"""How the escalation service asks the orchestrator for what a ticket needs."""

from datetime import datetime
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.http import ServiceClient
from caseplane.escalation.schemas import CaseDigest, HandoffPacket, MessageDigest
from caseplane.orchestrator.schemas import CaseCounts


class OrchestratorClient(ServiceClient):
    """Calls the orchestrator's internal routes on behalf of a tenant."""

    async def handoff(self, principal: Principal, session_id: UUID, event_id: UUID) -> HandoffPacket:
        """The packet of an escalation, as current as the conversation."""
        path = f"/internal/sessions/{session_id}/handoffs/{event_id}"
        return HandoffPacket.model_validate(await self._call("GET", path, principal=principal))

    async def message(self, principal: Principal, session_id: UUID, message_id: UUID) -> MessageDigest:
        """One message of a conversation."""
        path = f"/internal/sessions/{session_id}/messages/{message_id}"
        return MessageDigest.model_validate(await self._call("GET", path, principal=principal))

    async def counts(self, principal: Principal, *, since: datetime, until: datetime) -> CaseCounts:
        """How many conversations began and ended in a period."""
        params = {"since": since.isoformat(), "until": until.isoformat()}
        body = await self._call("GET", "/internal/sessions/counts", principal=principal, params=params)
        return CaseCounts.model_validate(body)

    async def case(self, principal: Principal, session_id: UUID, case_id: UUID) -> CaseDigest:
        """One case summary."""
        path = f"/internal/sessions/{session_id}/cases/{case_id}"
        return CaseDigest.model_validate(await self._call("GET", path, principal=principal))
