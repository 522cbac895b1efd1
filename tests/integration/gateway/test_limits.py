"""Rate limits hold across processes, per credential and per tenant."""

import asyncio
import time
from uuid import UUID

import pytest
from tests.integration.deployment import Deployment

from caseplane.core.auth import Principal, Role
from caseplane.core.database import Database
from caseplane.core.errors import RateLimitedError
from caseplane.gateway.credentials import Credential
from caseplane.gateway.limits import RateLimiter
from caseplane.gateway.settings import GatewaySettings


def credential(tenant_id: UUID, bucket: str = "key:1", **limits: int) -> Credential:
    principal = Principal(tenant_id=tenant_id, subject=bucket, roles=frozenset({Role.agent}))
    return Credential(principal=principal, bucket=bucket, limits=limits)


async def taken(limiter: RateLimiter, caller: Credential, times: int) -> int:
    """How many of `times` requests pass."""

    async def one() -> bool:
        try:
            await limiter.take(caller)
        except RateLimitedError:
            return False
        return True

    return sum(await asyncio.gather(*(one() for _ in range(times))))


class TestRateLimiter:
    async def test_given_a_burst_of_ten_when_thirty_come_at_once_then_ten_pass(
        self, platform_database: Database, tenant_id: UUID
    ) -> None:
        caller = credential(tenant_id, key_requests_per_minute=1, key_burst=10)

        passed = await taken(RateLimiter(platform_database, GatewaySettings()), caller, 30)

        assert passed == 10

    async def test_given_a_spent_burst_when_time_passes_then_the_rate_is_kept(
        self, platform_database: Database, tenant_id: UUID
    ) -> None:
        limiter = RateLimiter(platform_database, GatewaySettings())
        caller = credential(tenant_id, key_requests_per_minute=600, key_burst=2)
        await taken(limiter, caller, 2)
        began = time.monotonic()

        passed = 0
        while time.monotonic() - began < 1.5:
            passed += await taken(limiter, caller, 1)
            await asyncio.sleep(0.01)

        assert passed == pytest.approx((time.monotonic() - began) * 10, abs=3)

    async def test_given_two_keys_when_the_tenant_is_spent_then_both_are_refused_and_not_charged(
        self, platform_database: Database, tenant_id: UUID
    ) -> None:
        limiter = RateLimiter(platform_database, GatewaySettings())
        limits = {"requests_per_minute": 1, "burst": 5, "key_requests_per_minute": 1, "key_burst": 8}
        first, second = (credential(tenant_id, bucket, **limits) for bucket in ("key:1", "key:2"))
        await taken(limiter, first, 5)

        with pytest.raises(RateLimitedError) as caught:
            await limiter.take(second)

        assert "the tenant" in str(caught.value)
        assert 50 < caught.value.retry_after <= 60
        # Its own bucket is full: with a higher limit of the tenant, all eight pass.
        wide = credential(
            tenant_id, "key:2", requests_per_minute=100, burst=2_000, key_requests_per_minute=1, key_burst=8
        )
        assert await taken(limiter, wide, 20) == 8

    async def test_given_another_tenant_when_one_is_spent_then_the_other_passes(
        self, platform_database: Database, make_tenant: object
    ) -> None:
        limiter = RateLimiter(platform_database, GatewaySettings())
        one, two = (credential(make_tenant(), key_burst=1, key_requests_per_minute=1) for _ in range(2))  # type: ignore[operator]
        await taken(limiter, one, 5)

        assert await taken(limiter, two, 1) == 1


class TestHeaders:
    async def test_given_requests_when_answered_then_the_headers_show_the_remaining_limit(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as client:
            first = await client.get("/api/v1/sessions/1")
            second = await client.get("/api/v1/sessions/1")

        assert first.headers["ratelimit-limit"] == "200"
        assert int(first.headers["ratelimit-remaining"]) == 199
        assert 198 <= int(second.headers["ratelimit-remaining"]) <= 199

    async def test_given_a_spent_limit_when_asked_then_429_says_when_to_come_back(
        self, deployment: Deployment, tenant_id: UUID, postgres_url: str
    ) -> None:
        import psycopg

        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                """UPDATE platform.tenants SET settings = '{"limits": {"key_burst": 2,
                "key_requests_per_minute": 2}}' WHERE id = %s""",
                (tenant_id,),
            )
        async with deployment.client(await deployment.key(tenant_id)) as client:
            answers = [await client.get("/api/v1/sessions/1") for _ in range(3)]

        assert [a.status_code for a in answers] == [200, 200, 429]
        assert 28 <= int(answers[2].headers["retry-after"]) <= 31
        assert answers[2].headers["ratelimit-remaining"] == "0"
        assert answers[2].json()["type"].endswith("/rate-limited")
