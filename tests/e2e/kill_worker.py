"""A worker to be killed: forked, ready at once, by a launcher that has done the slow imports.

`python -m tests.e2e.kill_worker CONFIG_JSON` forks one worker per line that it reads and answers with the
worker's process id. The worker runs the real jobs against the real database and a desk over real HTTP; only
what the orchestrator would answer is made up, from the ids alone.
"""

import asyncio
import json
import os
import signal
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from tests.unit.escalation.samples import make_packet

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.core.database import Database
from caseplane.core.jobs import Jobs
from caseplane.core.objects import ObjectStore
from caseplane.core.telemetry import configure_logging
from caseplane.escalation.jobs import register
from caseplane.escalation.schemas import CaseDigest, HandoffPacket, MessageDigest
from caseplane.escalation.service import Escalation, assemble
from caseplane.escalation.settings import EscalationSettings

SECRET = "a secret of the tests, long enough to be one"


class MadeUpConversation:
    """Answers by ids alone, so that any worker answers the same."""

    async def handoff(self, principal: Principal, session_id: UUID, event_id: UUID) -> HandoffPacket:
        return make_packet(session_id=session_id, event_id=event_id, question=f"Question {session_id}")

    async def message(self, principal: Principal, session_id: UUID, message_id: UUID) -> MessageDigest:
        return MessageDigest(
            message_id=message_id, role="customer", content=f"Message {message_id}", created_at=utcnow()
        )

    async def case(self, principal: Principal, session_id: UUID, case_id: UUID) -> CaseDigest:
        raise AssertionError("no case is concluded here")


def build(config: dict[str, Any], jobs: Jobs) -> Escalation:
    """The service as a process would build it, allowed to call a desk on this machine."""
    return assemble(
        db=Database(config["database_url"], schema="ticketing", pool_size=8),
        jobs=jobs,
        objects=ObjectStore(f"file://{config['folder']}/objects"),
        conversations=MadeUpConversation(),
        service_secret=SECRET,
        settings=EscalationSettings(
            allow_http=True,
            allow_private=True,
            desk_timeout=timedelta(seconds=1),
            backoff_base=timedelta(milliseconds=50),
            backoff_cap=timedelta(milliseconds=500),
        ),
    )


async def work(config: dict[str, Any]) -> None:
    jobs = Jobs(config["database_url"], stalled_after=timedelta(seconds=config["stalled_after"]))
    service = build(config, jobs)
    register(jobs, service)
    async with httpx.AsyncClient(base_url=config["desk_url"], trust_env=False) as desk:

        @jobs.task("session.agent_message", queue="conversation")
        async def message(tenant_id: str, session_id: str, ticket_id: str, comment_id: str) -> None:
            (
                await desk.post("/heard", json={"session_id": session_id, "comment_id": comment_id})
            ).raise_for_status()

        @jobs.task("session.ticket_status", queue="conversation")
        async def status(tenant_id: str, session_id: str, ticket_id: str, status: str, actor: str) -> None:
            (await desk.post("/heard", json={"session_id": session_id, "status": status})).raise_for_status()

        async with jobs.open():
            await jobs.work(concurrency=config["concurrency"], name=f"kill-{os.getpid()}")


def main() -> None:
    config = json.loads(sys.argv[1])
    # A starved machine makes living workers look dead: a job run twice is then part of the test, not news.
    configure_logging(level="CRITICAL")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed are not waited for
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(work(config))
            os._exit(0)
        print(pid, flush=True)  # noqa: T201 - it is the answer


if __name__ == "__main__":
    main()
