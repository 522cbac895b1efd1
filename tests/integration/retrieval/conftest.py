"""Fixtures of the retrieval service's tests."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from tests.integration.retrieval.world import FOR_ALL, FOR_PARTNERS, Caller, World, person


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    world = World(database_url, tmp_path)
    async with world.runtime.jobs.open():
        yield world
        await world.close()


@pytest.fixture
def admin(world: World, tenant_id: UUID) -> Caller:
    return Caller(world, person(tenant_id))


@pytest.fixture
async def base(world: World, admin: Caller) -> str:
    """A knowledge base with documents for everyone and documents for partners."""
    base = await admin.make_base()
    await admin.sync(base, FOR_ALL)
    await admin.sync(base, FOR_PARTNERS, source="partners", acl=["partner"])
    await world.work()
    return base
