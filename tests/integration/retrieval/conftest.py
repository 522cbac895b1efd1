"""Fixtures of the retrieval service's tests."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from tests.integration.retrieval.harness import FOR_ALL, FOR_PARTNERS, Caller, Harness, person


@pytest.fixture
async def harness(database_url: str, tmp_path: Path) -> AsyncIterator[Harness]:
    harness = Harness(database_url, tmp_path)
    async with harness.runtime.jobs.open():
        yield harness
        await harness.close()


@pytest.fixture
def admin(harness: Harness, tenant_id: UUID) -> Caller:
    return Caller(harness, person(tenant_id))


@pytest.fixture
async def base(harness: Harness, admin: Caller) -> str:
    """A knowledge base with documents for everyone and documents for partners."""
    base = await admin.make_base()
    await admin.sync(base, FOR_ALL)
    await admin.sync(base, FOR_PARTNERS, source="partners", acl=["partner"])
    await harness.work()
    return base
