"""Rate limits per credential and per tenant, shared by all gateways through the database.

The generic cell rate algorithm keeps one moment per bucket: when the next request would be on time if all came
evenly. A request may come early by the burst, so a quiet caller has its whole burst and a busy one its rate.
Both buckets are charged in one statement, and neither is if one of them refuses.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

from caseplane.core.database import Database
from caseplane.core.errors import RateLimitedError
from caseplane.gateway.credentials import Credential
from caseplane.gateway.settings import GatewaySettings

NO_TENANT = UUID(int=0)
"""Stands for "no tenant" in the table: platform administrators and callers without a credential."""

# Rows are locked in the order of their names, so that two requests cannot wait for each other. A row that another
# request makes meanwhile is not among those locked: the insertion then holds it to its own tolerance by itself.
CHARGE: LiteralString = """
    WITH asked AS (
        SELECT bucket, gap, tolerance
        FROM unnest(%(buckets)s::text[], %(gaps)s::interval[], %(tolerances)s::interval[])
            AS given (bucket, gap, tolerance)
    ), held AS MATERIALIZED (
        SELECT held.bucket, held.arrival
        FROM platform.rate_limits AS held
        WHERE held.tenant_id = %(tenant_id)s AND held.bucket = ANY (%(buckets)s::text[])
        ORDER BY held.bucket FOR UPDATE
    ), wanted AS MATERIALIZED (
        SELECT bucket, tolerance, greatest(held.arrival, now()) + gap AS arrival
        FROM asked LEFT JOIN held USING (bucket)
    ), charged AS (
        INSERT INTO platform.rate_limits AS limits (tenant_id, bucket, arrival)
        SELECT %(tenant_id)s, bucket, arrival FROM wanted
        WHERE (SELECT bool_and(arrival <= now() + tolerance) FROM wanted)
        ORDER BY bucket
        ON CONFLICT (tenant_id, bucket) DO UPDATE
        SET arrival = greatest(limits.arrival, now())
            + (SELECT gap FROM asked WHERE asked.bucket = limits.bucket)
        WHERE greatest(limits.arrival, now()) + (SELECT gap - tolerance FROM asked WHERE asked.bucket = limits.bucket)
            <= now()
        RETURNING bucket, arrival
    )
    SELECT bucket, extract(epoch FROM coalesce(charged.arrival, wanted.arrival) - now())::float8,
        charged.bucket IS NOT NULL
    FROM wanted LEFT JOIN charged USING (bucket)
"""

SWEEP: LiteralString = "DELETE FROM platform.rate_limits WHERE arrival < now() - interval '1 minute'"


@dataclass(frozen=True)
class Limit:
    """`per_minute` requests sustained, `burst` at once."""

    bucket: str
    per_minute: int
    burst: int

    @property
    def gap(self) -> timedelta:
        return timedelta(minutes=1) / self.per_minute

    @property
    def tolerance(self) -> timedelta:
        return self.gap * self.burst


@dataclass(frozen=True)
class Standing:
    """A bucket after a request was charged to it; `ahead` is in seconds until it is full again.

    Of a refused request it is what it would have been had the request been let in.
    """

    limit: Limit
    ahead: float

    @property
    def remaining(self) -> int:
        left = (self.limit.tolerance.total_seconds() - self.ahead) / self.limit.gap.total_seconds()
        return max(0, int(left + 1e-6))

    @property
    def retry_after(self) -> float:
        """Seconds until the refused request would have been on time."""
        return max(0.0, self.ahead - self.limit.tolerance.total_seconds())

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit.burst),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(max(0, round(self.ahead + 0.5))),
        }


class RateLimiter:
    """Charges requests to their buckets; the settings hold the limits of tenants that have none of their own."""

    def __init__(self, database: Database, settings: GatewaySettings) -> None:
        self._database, self._settings = database, settings

    async def take(self, credential: Credential) -> Standing:
        """Charge one request of an authenticated caller; returns the bucket that is nearest to its end.

        Raises:
            RateLimitedError: a bucket is empty; none was charged.
        """
        tenant_id = credential.principal.tenant_id
        limits = [self._key_limit(credential)]
        if tenant_id is not None:
            limits.append(self._tenant_limit(credential))
        return await self._charge(tenant_id or NO_TENANT, limits)

    async def take_anonymous(self, address: str) -> Standing:
        """Charge one request of a caller without a credential to its network address."""
        rate = self._settings.anonymous_requests_per_minute
        return await self._charge(NO_TENANT, [Limit(f"address:{address}", rate, max(1, rate // 6))])

    async def sweep(self) -> None:
        """Forget buckets that are full again: they are as if they had never been used."""
        await self._database.statements.fetch(SWEEP, {})

    def _key_limit(self, credential: Credential) -> Limit:
        own = credential.limits
        rate = int(own.get("key_requests_per_minute") or self._settings.key_requests_per_minute)
        burst = int(own.get("key_burst") or self._settings.key_burst)
        return Limit(credential.bucket, rate, burst)

    def _tenant_limit(self, credential: Credential) -> Limit:
        own = credential.limits
        rate = int(own.get("requests_per_minute") or self._settings.tenant_requests_per_minute)
        return Limit("tenant", rate, int(own.get("burst") or self._settings.tenant_burst))

    async def _charge(self, tenant_id: UUID, limits: list[Limit]) -> Standing:
        by_bucket = {limit.bucket: limit for limit in limits}
        asked: dict[str, Any] = {
            "tenant_id": tenant_id,
            "buckets": list(by_bucket),
            "gaps": [limit.gap for limit in limits],
            "tolerances": [limit.tolerance for limit in limits],
        }
        rows = await self._database.statements.fetch(CHARGE, asked)
        standings = [Standing(by_bucket[bucket], ahead) for bucket, ahead, _ in rows]
        if not all(charged for _, _, charged in rows):
            raise RefusedError(max(standings, key=lambda s: s.retry_after))
        return min(standings, key=lambda s: (s.remaining, -s.ahead))


class RefusedError(RateLimitedError):
    """A bucket is empty."""

    def __init__(self, standing: Standing) -> None:
        whose = "this credential" if standing.limit.bucket != "tenant" else "the tenant"
        super().__init__(
            f"The limit of {whose} is {standing.limit.per_minute:,} requests per minute"
            f" with bursts of {standing.limit.burst:,}. Try again in {standing.retry_after:.1f} s.",
            retry_after=standing.retry_after,
        )
        self._standing = standing

    @property
    def headers(self) -> dict[str, str]:
        return {**super().headers, **self._standing.headers()}
