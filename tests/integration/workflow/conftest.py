"""The workflow service on a real database, beside a real escalation service in the same process."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from tests.integration.workflow.library import Library

from caseplane.core.auth import Principal, Role, ServiceTokens
from caseplane.core.embeddings import EmbeddingSettings, build_embedder
from caseplane.core.http import create_service_app
from caseplane.core.jobs import Jobs
from caseplane.core.objects import ObjectStore
from caseplane.core.outgoing import TargetPolicy
from caseplane.core.runtime import Runtime
from caseplane.core.settings import CoreSettings
from caseplane.core.work import handle
from caseplane.escalation import app as escalation_app
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.service import MANIFEST as ESCALATION
from caseplane.escalation.settings import EscalationSettings
from caseplane.workflow import app as workflow_app
from caseplane.workflow.context import Workflow
from caseplane.workflow.service import MANIFEST as WORKFLOW

SECRET = "a secret of the tests, long enough to be one"
Connect = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def runtime(database_url: str, tmp_path: Path) -> AsyncIterator[Runtime]:
    transports: dict[str, httpx.AsyncBaseTransport] = {}
    made = Runtime(
        settings=CoreSettings(database_url=SecretStr(database_url), service_secret=SecretStr(SECRET)),
        tokens=ServiceTokens(SECRET),
        jobs=Jobs(database_url),
        objects=ObjectStore(f"file://{tmp_path}/objects"),
        embedder=build_embedder(EmbeddingSettings()),
        transports=transports,
    )
    http = DeskHttp(TargetPolicy(), timeout=1.0, answer_limit=1024, transport=cast("Any", None))
    escalation = escalation_app.build(made, EscalationSettings(), http=http)
    handle(made.jobs, escalation, escalation_app.PARTS.handlers)
    app = create_service_app(ESCALATION, escalation_app.PARTS, made, escalation)
    transports["escalation"] = httpx.ASGITransport(app=app)
    async with made.jobs.open():
        yield made
    await made.close()


@pytest.fixture
def library(runtime: Runtime) -> Library:
    """Stands for the retrieval service: one document, found by whatever is asked."""
    made = Library(runtime.tokens)
    cast("dict[str, httpx.AsyncBaseTransport]", runtime.transports)["retrieval"] = httpx.ASGITransport(
        app=made.app
    )
    return made


@pytest.fixture
def workflow(runtime: Runtime, library: Library) -> Workflow:
    built = workflow_app.build(runtime)
    handle(runtime.jobs, built, workflow_app.PARTS.handlers)
    return built


@pytest.fixture
async def connect(runtime: Runtime, workflow: Workflow, tenant_id: UUID) -> AsyncIterator[Connect]:
    """Clients of both services, by role, as the gateway would forward their requests."""
    transports: dict[str, httpx.AsyncBaseTransport] = {
        "workflow": httpx.ASGITransport(
            app=create_service_app(WORKFLOW, workflow_app.PARTS, runtime, workflow)
        ),
        "escalation": runtime.transports["escalation"],
    }
    opened: list[httpx.AsyncClient] = []

    def client(role: Role, *, service: str = "workflow", **more: Any) -> httpx.AsyncClient:
        tenant = more.pop("tenant", tenant_id)
        who = Principal(tenant_id=tenant, subject=f"{role}-1", roles=frozenset({role}), **more)
        opened.append(
            httpx.AsyncClient(
                transport=transports[service],
                base_url="http://test/api/v1",
                headers={"Authorization": f"Bearer {runtime.tokens.mint(who)}"},
            )
        )
        return opened[-1]

    yield client
    for one in opened:
        await one.aclose()
