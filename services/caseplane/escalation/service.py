"""What the routes and jobs of this service share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.database import Database
from caseplane.core.jobs import Jobs
from caseplane.core.objects import ObjectStore
from caseplane.escalation.connections import Desks
from caseplane.escalation.delivering import Deliverer
from caseplane.escalation.handoff import HandoffPacket
from caseplane.escalation.outbound import DeskHttp, TargetPolicy
from caseplane.escalation.polling import Poller
from caseplane.escalation.schemas import CaseDigest, MessageDigest
from caseplane.escalation.sealing import SecretBox
from caseplane.escalation.settings import EscalationSettings
from caseplane.escalation.work import Work, begin


class Conversations(Protocol):
    """What tickets ask of the conversation they come from."""

    async def handoff(self, principal: Principal, session_id: UUID, event_id: UUID) -> HandoffPacket: ...

    async def message(self, principal: Principal, session_id: UUID, message_id: UUID) -> MessageDigest: ...

    async def case(self, principal: Principal, session_id: UUID, case_id: UUID) -> CaseDigest: ...


@dataclass(frozen=True)
class Escalation:
    """The service's collaborators, built once per process."""

    db: Database
    jobs: Jobs
    objects: ObjectStore
    conversations: Conversations
    desks: Desks
    deliverer: Deliverer
    poller: Poller
    settings: EscalationSettings

    @asynccontextmanager
    async def work(self, principal: Principal) -> AsyncIterator[Work]:
        """A transaction of the caller's tenant."""
        async with begin(self.db, self.jobs, principal) as work:
            yield work

    async def close(self) -> None:
        """Give the connections to desks back."""
        await self.desks.http.close()


def assemble(
    *,
    db: Database,
    jobs: Jobs,
    objects: ObjectStore,
    conversations: Conversations,
    service_secret: str,
    settings: EscalationSettings,
    http: DeskHttp | None = None,
) -> Escalation:
    """Put the service together from what a process shares."""
    policy = TargetPolicy(allow_http=settings.allow_http, allow_private=settings.allow_private)
    http = http or DeskHttp(
        policy,
        timeout=settings.desk_timeout.total_seconds(),
        answer_limit=settings.desk_answer_limit_kib * 1024,
    )
    desks = Desks(http, SecretBox(service_secret))
    return Escalation(
        db=db,
        jobs=jobs,
        objects=objects,
        conversations=conversations,
        desks=desks,
        deliverer=Deliverer(db, jobs, desks, settings),
        poller=Poller(db, jobs, desks),
        settings=settings,
    )
