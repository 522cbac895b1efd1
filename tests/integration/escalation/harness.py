"""A tenant for tests: callers of each role, jobs run to the end, deliveries made due."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from tests.integration.escalation.fakes import DeskNetwork
from tests.unit.escalation.connectors.generic_desk import SECRET, GenericDesk
from tests.unit.escalation.samples import NOW, make_packet

from caseplane.core.auth import Principal, Role
from caseplane.core.ids import new_id
from caseplane.escalation.client import EscalationClient
from caseplane.escalation.context import Escalation
from caseplane.escalation.events import COMMENTED, STATUS_CHANGED, TicketCommented, TicketStatusChanged
from caseplane.escalation.schemas import CaseDigest, HandoffPacket, MessageDigest

HOST = "desk.example.com"
QUEUES = ["ticketing", "deliveries", "conversation"]


def at_desk(desk: GenericDesk, ticket_id: UUID) -> list[str]:
    return [body for body, _ in desk.records[str(ticket_id)].comments]


@dataclass
class Harness:
    """One tenant."""

    escalation: Escalation
    tenant_id: UUID
    orchestrator: EscalationClient
    network: DeskNetwork
    client: Callable[..., httpx.AsyncClient]
    received: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.agent = self.client(Role.agent)
        self.supervisor = self.client(Role.supervisor)
        self.admin = self.client(Role.admin)
        self.customer = self.client(Role.customer, customer_id="c-1")
        self.stranger = self.client(Role.customer, customer_id="c-2")
        self.public = self.client(None)
        self._listen()

    def _listen(self) -> None:
        """Replace the orchestrator's jobs, and record their arguments in order."""
        jobs, received = self.escalation.jobs, self.received

        async def message(tenant_id: UUID, args: TicketCommented) -> None:
            received.append({"job": "message", **args.model_dump(mode="json", exclude={"ticket_id"})})

        async def status(tenant_id: UUID, args: TicketStatusChanged) -> None:
            received.append({"job": "status", **args.model_dump(mode="json", exclude={"ticket_id"})})

        jobs.handle(COMMENTED, message)
        jobs.handle(STATUS_CHANGED, status)

    async def run(self, *, due: bool = True) -> None:
        """Run this tenant's jobs until none is left; waiting ones are made due first."""
        app = self.escalation.jobs.app
        for _ in range(30):
            if due:
                await self.make_due()
            await app.run_worker_async(
                queues=QUEUES, wait=False, install_signal_handlers=False, delete_jobs="successful",
                listen_notify=False, concurrency=4,
            )  # fmt: skip
            if not due or not await self.waiting():
                return

    async def waiting(self) -> int:
        return int(await self.scalar(
            "SELECT count(*) FROM jobs.procrastinate_jobs WHERE status = 'todo'"
            " AND queue_name = ANY('{ticketing,deliveries,conversation}') AND task_name <> 'connector.poll'"
            " AND args->>'tenant_id' = :tenant",
        ))  # fmt: skip

    async def make_due(self) -> None:
        """Make this tenant's waiting jobs due, and not those of other tests."""
        await self.execute(
            "UPDATE jobs.procrastinate_jobs SET scheduled_at = NULL"
            " WHERE status = 'todo' AND args->>'tenant_id' = :tenant AND task_name <> 'connector.poll'"
        )

    async def execute(self, sql: str, **values: Any) -> Any:
        async with self.escalation.db.tenant(self.tenant_id) as tx:
            return await tx.execute(text(sql), {"tenant": str(self.tenant_id), **values})

    async def scalar(self, sql: str, **values: Any) -> Any:
        async with self.escalation.db.tenant(self.tenant_id) as tx:
            return await tx.scalar(text(sql), {"tenant": str(self.tenant_id), **values})

    async def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        async with self.escalation.db.tenant(self.tenant_id) as tx:
            found = await tx.execute(text(sql), {"tenant": str(self.tenant_id), **values})
            return [dict(row) for row in found.mappings()]

    async def escalate(self, **packet: Any) -> tuple[UUID, HandoffPacket]:
        """Hand a conversation over; returns its ticket."""
        handed, ticket_id = make_packet(**packet), new_id()
        await self.orchestrator.take_over(self.service, ticket_id, handed)
        await self.run()
        return ticket_id, handed

    async def follow_up(self, ticket_id: UUID, content: str) -> MessageDigest:
        """Send another message of the customer."""
        message = MessageDigest(message_id=new_id(), role="customer", content=content, created_at=NOW)
        await self.orchestrator.follow_up(self.service, ticket_id, message)
        return message

    async def conclude(self, ticket_id: UUID) -> CaseDigest:
        """Send the summary of the conversation's case."""
        case = CaseDigest(
            case_id=new_id(),
            summary="Shells are not money.",
            resolution="Pay by card.",
            tags=["billing", "payment"],
            references=[{"title": "Payment", "uri": "kb://billing/payment"}],
        )
        await self.orchestrator.keep_summary(self.service, ticket_id, case)
        return case

    async def received_by(self, session_id: UUID) -> list[dict[str, Any]]:
        """The jobs that the conversation has received, in order."""
        await self.run()
        return [t for t in self.received if t["session_id"] == str(session_id)]

    async def connect(self, host: str = HOST, **settings: Any) -> dict[str, Any]:
        """Connect a generic desk as an admin."""
        answer = await self.admin.post(
            "/connectors",
            json={
                "kind": "generic",
                "name": f"Desk at {host}",
                "url": f"https://{host}/hook",
                "secret": SECRET,
                "settings": settings,
            },
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def deliveries(self, **params: Any) -> list[dict[str, Any]]:
        """Oldest first."""
        answer = await self.supervisor.get("/deliveries", params=params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items[::-1]

    @property
    def service(self) -> Principal:
        return self.escalation.principal(self.tenant_id)


__all__ = ["HOST", "SECRET", "Harness", "at_desk"]
