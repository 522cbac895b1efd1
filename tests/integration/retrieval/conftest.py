"""Fixtures of the retrieval service's tests."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from tests.integration.retrieval.world import Caller, World, person


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    world = World(database_url, tmp_path)
    async with world.runtime.jobs.open():
        yield world
        await world.close()


@pytest.fixture
def admin(world: World, tenant_id: UUID) -> Caller:
    return Caller(world, person(tenant_id))
