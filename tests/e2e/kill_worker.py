"""A worker to be killed: forked, and so ready at once, by a launcher that has done the slow imports.

`python -m tests.e2e.kill_worker CONFIG_JSON` forks one worker per line that it reads and answers with the
worker's process id. The worker runs the real jobs of conversations, tickets and the workflow against the real database and a desk
over real HTTP; only learning from resolved cases is left out, since no index is there.
"""

import asyncio
import json
import os
import signal
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
from pydantic import SecretStr

from caseplane.core.asgi import InProcessTransport
from caseplane.core.auth import ServiceTokens
from caseplane.core.embeddings import EmbeddingProfile, Vectors
from caseplane.core.http import create_service_app
from caseplane.core.jobs import Job, Jobs
from caseplane.core.objects import ObjectStore
from caseplane.core.parts import parts_of
from caseplane.core.runtime import Runtime
from caseplane.core.settings import CoreSettings
from caseplane.core.telemetry import configure_logging
from caseplane.core.work import Context, Handlers, handle
from caseplane.escalation.app import PARTS, build
from caseplane.escalation.context import Escalation
from caseplane.escalation.service import MANIFEST
from caseplane.escalation.settings import EscalationSettings
from caseplane.services import SERVICES

SECRET = "a secret of the tests, long enough to be one"
CONVERSATIONS = parts_of(SERVICES.named("orchestrator"))
WORKFLOW = parts_of(SERVICES.named("workflow"))
INSIGHTS = parts_of(SERVICES.named("insights"))


class Strangers:
    """An embedding model for which no two texts are alike; workers that are killed at once should not load a real one."""

    profile = EmbeddingProfile(model="strangers", dimension=384)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        drawn = [np.random.default_rng(zlib.crc32(text.encode())).normal(size=384) for text in texts]
        vectors = np.asarray(drawn, dtype=np.float32).reshape(len(texts), 384)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    async def embed_query(self, text: str) -> Vectors:
        (vector,) = await self.embed([text])
        return np.asarray(vector)


@dataclass(frozen=True)
class Services:
    """The services that keep a conversation and its ticket in sync, judge the ticket, and count what came of both."""

    runtime: Runtime
    conversations: Context
    escalation: Escalation
    workflow: Context
    insights: Context

    def job(self, name: str) -> Job[Any]:
        """A job of conversations."""
        return next(job for table in CONVERSATIONS.handlers for job in table.jobs if job.name == name)

    def handle_jobs(self) -> None:
        jobs = self.runtime.jobs
        handle(jobs, self.escalation, PARTS.handlers)
        handle(jobs, self.conversations, [without_learning()])
        handle(jobs, self.workflow, WORKFLOW.handlers)
        handle(jobs, self.insights, INSIGHTS.handlers)


def nothing_found(_: httpx.Request) -> httpx.Response:
    """No index is there, so that no document answers a ticket."""
    return httpx.Response(200, json={"results": []})


def without_learning() -> Handlers[Any]:
    table = Handlers[Any]()
    table.jobs = {job: run for each in CONVERSATIONS.handlers for job, run in each.jobs.items()}

    async def skip(*_: Any) -> None: ...

    table.jobs |= {job: skip for job in table.jobs if job.name == "session.learn"}
    return table


def assemble(config: dict[str, Any]) -> Services:
    """The services as a process would build them, allowed to call a desk on this machine."""
    transports: dict[str, httpx.AsyncBaseTransport] = {"retrieval": httpx.MockTransport(nothing_found)}
    runtime = Runtime(
        settings=CoreSettings(
            database_url=SecretStr(config["database_url"]), database_pool_size=8,
            service_secret=SecretStr(SECRET),
        ),
        tokens=ServiceTokens(SECRET),
        jobs=Jobs(config["database_url"], stalled_after=timedelta(seconds=config["stalled_after"])),
        objects=ObjectStore(f"file://{config['folder']}/objects"),
        embedder=Strangers(),
        services=SERVICES,
        transports=transports,
    )  # fmt: skip
    settings = EscalationSettings(
        allow_http=True,
        allow_private=True,
        desk_timeout=timedelta(seconds=1),
        backoff_base=timedelta(milliseconds=50),
        backoff_cap=timedelta(milliseconds=500),
    )
    escalation = build(runtime, settings)
    transports["escalation"] = InProcessTransport(create_service_app(MANIFEST, PARTS, runtime, escalation))
    conversations = CONVERSATIONS.build(runtime)
    orchestrator = create_service_app(SERVICES.named("orchestrator"), CONVERSATIONS, runtime, conversations)
    transports["orchestrator"] = InProcessTransport(orchestrator)
    return Services(runtime, conversations, escalation, WORKFLOW.build(runtime), INSIGHTS.build(runtime))


async def work(config: dict[str, Any]) -> None:
    services = assemble(config)
    services.handle_jobs()
    jobs = services.runtime.jobs
    async with jobs.open():
        await jobs.work(concurrency=config["concurrency"], name=f"kill-{os.getpid()}")


def main() -> None:
    config = json.loads(sys.argv[1])
    # On an overloaded machine live workers look dead: a job may then run twice, which the test allows.
    configure_logging(level="CRITICAL")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # killed workers are not waited for
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(work(config))
            os._exit(0)
        print(pid, flush=True)  # noqa: T201 - the output is the protocol


if __name__ == "__main__":
    main()
