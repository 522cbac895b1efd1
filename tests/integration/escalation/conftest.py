"""The escalation service on a real database, with strict stand-ins for what it talks to."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from tests.integration.escalation.fakes import Conversation, DeskNetwork
from tests.integration.escalation.world import HOST, World
from tests.unit.escalation.connectors.faults import FaultyNetwork
from tests.unit.escalation.connectors.generic_desk import GenericDesk

from caseplane.core.auth import Principal, Role, ServiceTokens
from caseplane.core.database import Database
from caseplane.core.jobs import Jobs
from caseplane.core.objects import ObjectStore
from caseplane.core.runtime import Runtime
from caseplane.core.settings import CoreSettings
from caseplane.escalation.app import create_app
from caseplane.escalation.jobs import register
from caseplane.escalation.outbound import DeskHttp, TargetPolicy
from caseplane.escalation.service import Escalation, assemble
from caseplane.escalation.settings import EscalationSettings

SECRET = "a secret of the tests, long enough to be one"


@pytest.fixture
async def jobs(database_url: str) -> AsyncIterator[Jobs]:
    jobs = Jobs(database_url)
    async with jobs.open():
        yield jobs


@pytest.fixture
def conversation() -> Conversation:
    return Conversation()


@pytest.fixture
def network() -> DeskNetwork:
    return DeskNetwork()


@pytest.fixture
def escalation(
    make_database: Callable[[str], Database],
    jobs: Jobs,
    tmp_path: Path,
    conversation: Conversation,
    network: DeskNetwork,
) -> Escalation:
    settings = EscalationSettings(attachment_limit_mib=1, attachments_per_ticket=3)
    service = assemble(
        db=make_database("ticketing"),
        jobs=jobs,
        objects=ObjectStore(f"file://{tmp_path}/objects"),
        conversations=conversation,
        service_secret=SECRET,
        settings=settings,
        http=DeskHttp(TargetPolicy(), timeout=1.0, answer_limit=64 * 1024, transport=network),
    )
    register(jobs, service)
    return service


@pytest.fixture
async def world(
    escalation: Escalation, tenant_id: UUID, conversation: Conversation, network: DeskNetwork
) -> AsyncIterator[World]:
    """A tenant with its callers, over HTTP as the gateway would forward them."""
    tokens = ServiceTokens(SECRET)
    runtime = Runtime(
        settings=CoreSettings(),
        tokens=tokens,
        jobs=escalation.jobs,
        objects=escalation.objects,
        embedder=cast("Any", None),  # this service embeds nothing
    )
    app = create_app(runtime, escalation)
    opened: list[httpx.AsyncClient] = []

    def client(role: Role | None, **more: Any) -> httpx.AsyncClient:
        headers = {}
        if role is not None:
            tenant = more.pop("tenant", tenant_id)
            who = Principal(
                tenant_id=tenant, subject=more.pop("subject", f"{role}-1"), roles=frozenset({role}), **more
            )
            headers = {"Authorization": f"Bearer {tokens.mint(who)}"}
        opened.append(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app), base_url="http://test/api/v1", headers=headers
            )
        )
        return opened[-1]

    yield World(escalation, tenant_id, conversation, network, client)
    for one in opened:
        await one.aclose()


@pytest.fixture
def desk() -> GenericDesk:
    return GenericDesk(page=2)


@pytest.fixture
def network_faults(desk: GenericDesk, world: World) -> FaultyNetwork:
    faulty = FaultyNetwork(desk)
    world.network.desks[HOST] = faulty.handle_async_request
    return faulty
