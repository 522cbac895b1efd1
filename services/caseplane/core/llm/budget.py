"""A tenant's monthly budget, checked before every call.

The sum of the month is read from the ledger at most once per `refresh` and kept current in between
with this process's spending. Other processes' spending is counted at the next refresh, and running
calls are not stopped: a tenant can exceed the budget by what it spends in that time.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from caseplane.core.clock import utcnow
from caseplane.core.llm.errors import LlmBudgetExceededError, LlmUnavailableError
from caseplane.core.llm.usage import SpendLedger
from caseplane.core.telemetry import get_logger

log = get_logger(__name__)

Limit = Callable[[UUID], Awaitable[Decimal | None]]
"""A tenant's own monthly limit in USD, or None."""


@dataclass
class _Month:
    since: datetime
    read_at: datetime
    spent: Decimal


class Budget:
    """Refuses calls of tenants that have spent their monthly budget.

    Args:
        ledger: has the month's sum.
        default: USD per month for tenants without a limit of their own; None is unlimited.
        limit: the tenant's own limit, which replaces the default; called often, so it should be fast.
        refresh: seconds for which a sum is cached.
        now: the wall clock.
    """

    def __init__(
        self,
        ledger: SpendLedger,
        *,
        default: Decimal | None,
        limit: Limit | None = None,
        refresh: float = 30.0,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        self._ledger, self._default, self._limit = ledger, default, limit
        self._refresh, self._now = refresh, now
        self._months: dict[UUID, _Month] = {}

    async def check(self, tenant_id: UUID) -> None:
        """Allow a call or raise.

        Raises:
            LlmBudgetExceededError: the month's limit is reached.
            LlmUnavailableError: the ledger cannot be read and was never read this month.
        """
        own = await self._limit(tenant_id) if self._limit else None
        limit = self._default if own is None else own
        if limit is None:
            return
        spent = await self._spent(tenant_id)
        if spent >= limit:
            raise LlmBudgetExceededError(
                f"The tenant has spent USD {spent:.2f} of its monthly USD {limit:.2f} on models."
            )

    def add(self, tenant_id: UUID, cost: Decimal) -> None:
        month = self._months.get(tenant_id)
        if month is not None:
            month.spent += cost

    async def _spent(self, tenant_id: UUID) -> Decimal:
        now = self._now()
        since = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        known = self._months.get(tenant_id)
        if known is not None and known.since != since:
            known = None
        if known and (now - known.read_at).total_seconds() < self._refresh:
            return known.spent
        try:
            read = await self._ledger.spent(tenant_id, since=since)
        except Exception as exc:
            log.warning("llm_spend_unreadable", tenant_id=str(tenant_id), error=type(exc).__name__)
            if known is None:  # refuse while the limit cannot be checked
                raise LlmUnavailableError("The tenant's model spend cannot be read.") from exc
            return known.spent
        self._months[tenant_id] = _Month(since=since, read_at=now, spent=read)
        return read
