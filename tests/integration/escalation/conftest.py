"""The escalation service on a real database, with fake desks."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from tests.integration.escalation.fakes import DeskNetwork
from tests.integration.escalation.harness import HOST, Harness
from tests.unit.escalation.connectors.faults import FaultyNetwork
from tests.unit.escalation.connectors.generic_desk import GenericDesk

from caseplane.core.auth import Principal, Role, ServiceTokens
from caseplane.core.http import create_service_app
from caseplane.core.jobs import Jobs
from caseplane.core.objects import ObjectStore
from caseplane.core.outgoing import TargetPolicy
from caseplane.core.runtime import Runtime
from caseplane.core.settings import CoreSettings
from caseplane.core.work import handle
from caseplane.escalation.app import PARTS, build
from caseplane.escalation.client import EscalationClient
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.service import MANIFEST
from caseplane.escalation.settings import EscalationSettings

SECRET = "a secret of the tests, long enough to be one"


@pytest.fixture
def network() -> DeskNetwork:
    return DeskNetwork()


@pytest.fixture
async def runtime(database_url: str, tmp_path: Path) -> AsyncIterator[Runtime]:
    made = Runtime(
        settings=CoreSettings(database_url=SecretStr(database_url), service_secret=SecretStr(SECRET)),
        tokens=ServiceTokens(SECRET),
        jobs=Jobs(database_url),
        objects=ObjectStore(f"file://{tmp_path}/objects"),
        embedder=cast("Any", None),  # this service embeds nothing
    )
    async with made.jobs.open():
        yield made
    await made.close()


@pytest.fixture
def targets() -> TargetPolicy:
    """Which addresses may be called."""
    return TargetPolicy()


@pytest.fixture
async def harness(
    runtime: Runtime, tenant_id: UUID, network: DeskNetwork, targets: TargetPolicy
) -> AsyncIterator[Harness]:
    """A tenant with its callers, over HTTP as the gateway would forward them."""
    settings = EscalationSettings(attachment_limit_mib=1, attachments_per_ticket=3)
    http = DeskHttp(
        targets, timeout=10.0 if targets.allow_private else 1.0, answer_limit=64 * 1024, transport=network
    )
    escalation = build(runtime, settings, http=http)
    handle(runtime.jobs, escalation, PARTS.handlers)
    app = create_service_app(MANIFEST, PARTS, runtime, escalation)
    opened: list[httpx.AsyncClient] = []

    def connect(path: str = "", **more: Any) -> httpx.AsyncClient:
        opened.append(
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"http://test{path}", **more)
        )
        return opened[-1]

    def client(role: Role | None, **more: Any) -> httpx.AsyncClient:
        headers = {}
        if role is not None:
            tenant = more.pop("tenant", tenant_id)
            who = Principal(
                tenant_id=tenant, subject=more.pop("subject", f"{role}-1"), roles=frozenset({role}), **more
            )
            headers = {"Authorization": f"Bearer {runtime.tokens.mint(who)}"}
        return connect("/api/v1", headers=headers)

    service = EscalationClient(connect(), runtime.tokens)
    yield Harness(escalation, tenant_id, service, network, client)
    for one in opened:
        await one.aclose()
    await escalation.watches.close()


@pytest.fixture
def desk() -> GenericDesk:
    return GenericDesk(page=2)


@pytest.fixture
def network_faults(desk: GenericDesk, harness: Harness) -> FaultyNetwork:
    faulty = FaultyNetwork(desk)
    harness.network.desks[HOST] = faulty.handle_async_request
    return faulty
