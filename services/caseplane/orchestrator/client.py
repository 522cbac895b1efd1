"""How other services ask for what conversations know."""

from datetime import datetime

from caseplane.core.auth import Principal
from caseplane.core.http import ServiceClient
from caseplane.orchestrator.schemas import CaseCounts


class OrchestratorClient(ServiceClient):
    """Calls the orchestrator's internal routes on behalf of a tenant."""

    async def counts(self, principal: Principal, *, since: datetime, until: datetime) -> CaseCounts:
        """How many conversations began and ended in a period."""
        params = {"since": since.isoformat(), "until": until.isoformat()}
        body = await self._call("GET", "/internal/sessions/counts", principal=principal, params=params)
        return CaseCounts.model_validate(body)
