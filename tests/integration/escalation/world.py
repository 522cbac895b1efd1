"""What a test says and sees: callers of each role, jobs run to the end, deliveries made due."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from tests.integration.escalation.fakes import Conversation, DeskNetwork, make_packet
from tests.unit.escalation.connectors.generic_desk import SECRET, GenericDesk

from caseplane.core.auth import Role, service_principal
from caseplane.core.database import driver_connection
from caseplane.core.ids import new_id
from caseplane.escalation.handoff import HandoffPacket
from caseplane.escalation.service import Escalation

HOST = "desk.example.com"
QUEUES = ["ticketing", "deliveries", "conversation"]


def at_desk(desk: GenericDesk, ticket_id: UUID) -> list[str]:
    return [body for body, _ in desk.records[str(ticket_id)].comments]


@dataclass
class World:
    """One tenant."""

    escalation: Escalation
    tenant_id: UUID
    conversation: Conversation
    network: DeskNetwork
    client: Callable[..., httpx.AsyncClient]
    heard: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.agent = self.client(Role.agent)
        self.supervisor = self.client(Role.supervisor)
        self.admin = self.client(Role.admin)
        self.customer = self.client(Role.customer, customer_id="c-1")
        self.stranger = self.client(Role.customer, customer_id="c-2")
        self.public = self.client(None)
        self._listen()

    def _listen(self) -> None:
        """Stand in for the orchestrator's jobs: hear what it would be told, in the order it would be."""
        jobs, heard = self.escalation.jobs, self.heard

        @jobs.task("session.agent_message", queue="conversation")
        async def message(tenant_id: str, session_id: str, ticket_id: str, comment_id: str) -> None:
            heard.append({"job": "message", "session_id": session_id, "comment_id": comment_id})

        @jobs.task("session.ticket_status", queue="conversation")
        async def status(tenant_id: str, session_id: str, ticket_id: str, status: str, actor: str) -> None:
            heard.append({"job": "status", "session_id": session_id, "status": status, "actor": actor})

    async def run(self, *, due: bool = True) -> None:
        """Run this tenant's jobs until none is left to run; waiting ones are made due first."""
        app = self.escalation.jobs.app
        for _ in range(30):
            if due:
                await self.hurry()
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

    async def hurry(self) -> None:
        """Make this tenant's waiting jobs due, and leave those of other tests alone."""
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

    async def defer(self, name: str, *, session_id: UUID, ticket_id: UUID, **ids: UUID) -> None:
        """Ask for one of the jobs that the orchestrator asks for."""
        async with self.escalation.db.tenant(self.tenant_id) as tx:
            await driver_connection(tx)
            await self.escalation.jobs.defer(
                tx, name, queue="ticketing", lock=str(session_id), tenant_id=str(self.tenant_id),
                session_id=str(session_id), ticket_id=str(ticket_id), **{k: str(v) for k, v in ids.items()},
            )  # fmt: skip

    async def escalate(self, **packet: Any) -> tuple[UUID, HandoffPacket]:
        """A conversation is handed over: gives the ticket that came of it."""
        handed = self.conversation.escalate(self.tenant_id, make_packet(**packet))
        ticket_id = new_id()
        await self.defer(
            "ticket.create", session_id=handed.session.session_id, ticket_id=ticket_id,
            event_id=handed.event_id,
        )  # fmt: skip
        await self.run()
        return ticket_id, handed

    async def follow_up(self, ticket_id: UUID, packet: HandoffPacket, content: str) -> UUID:
        """The customer writes again."""
        session_id = packet.session.session_id
        message_id = self.conversation.say(session_id, content)
        await self.defer("ticket.comment", session_id=session_id, ticket_id=ticket_id, message_id=message_id)
        return message_id

    async def told(self, session_id: UUID) -> list[dict[str, Any]]:
        """What the conversation was told so far, in order."""
        await self.run()
        return [t for t in self.heard if t["session_id"] == str(session_id)]

    async def connect(self, host: str = HOST, **settings: Any) -> dict[str, Any]:
        """An admin connects a generic desk."""
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
    def service(self) -> Any:
        return service_principal(self.tenant_id, "test")


__all__ = ["HOST", "SECRET", "World", "at_desk"]
