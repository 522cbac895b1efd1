"""Strict stand-ins: a conversation that answers only what was said in it, and a network of desks."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
from tests.unit.escalation.samples import NOW, make_packet

from caseplane.core.auth import Principal, Role
from caseplane.core.errors import RemoteProblemError
from caseplane.core.ids import new_id
from caseplane.escalation.schemas import CaseDigest, HandoffPacket, MessageDigest


class Conversation:
    """What the orchestrator's client would answer, for sessions that a test set up."""

    def __init__(self) -> None:
        self.packets: dict[tuple[UUID | None, UUID, UUID], HandoffPacket] = {}
        self.messages: dict[tuple[UUID, UUID], MessageDigest] = {}
        self.cases: dict[tuple[UUID, UUID], CaseDigest] = {}
        self.calls: list[str] = []

    def escalate(self, tenant_id: UUID, packet: HandoffPacket) -> HandoffPacket:
        self.packets[tenant_id, packet.session.session_id, packet.event_id] = packet
        return packet

    def say(self, session_id: UUID, content: str) -> UUID:
        message_id = new_id()
        self.messages[session_id, message_id] = MessageDigest(
            message_id=message_id, role="customer", content=content, created_at=NOW
        )
        return message_id

    def conclude(self, session_id: UUID) -> UUID:
        case_id = new_id()
        self.cases[session_id, case_id] = CaseDigest(
            case_id=case_id,
            summary="Shells are not money.",
            resolution="Pay by card.",
            tags=["billing", "payment"],
            references=[{"title": "Payment", "uri": "kb://billing/payment"}],
        )
        return case_id

    def _check(self, principal: Principal) -> None:
        assert principal.has(Role.admin), "internal routes take services only"
        assert principal.tenant_id is not None

    def _missing(self) -> RemoteProblemError:
        return RemoteProblemError({"status": 404, "title": "Not found", "detail": "There is none."})

    async def handoff(self, principal: Principal, session_id: UUID, event_id: UUID) -> HandoffPacket:
        self._check(principal)
        self.calls.append("handoff")
        found = self.packets.get((principal.tenant_id, session_id, event_id))
        if found is None:
            raise self._missing()
        return found

    async def message(self, principal: Principal, session_id: UUID, message_id: UUID) -> MessageDigest:
        self._check(principal)
        found = self.messages.get((session_id, message_id))
        if found is None:
            raise self._missing()
        return found

    async def case(self, principal: Principal, session_id: UUID, case_id: UUID) -> CaseDigest:
        self._check(principal)
        found = self.cases.get((session_id, case_id))
        if found is None:
            raise self._missing()
        return found


Handler = Callable[[httpx.Request], Awaitable[httpx.Response]]


class DeskNetwork(httpx.AsyncBaseTransport):
    """Desks by host name; any other host cannot be reached."""

    def __init__(self) -> None:
        self.desks: dict[str, Handler] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        desk = self.desks.get(request.url.host)
        if desk is None:
            raise httpx.ConnectError("no such host", request=request)
        await request.aread()
        return await desk(request)


__all__ = ["Conversation", "DeskNetwork", "make_packet"]
