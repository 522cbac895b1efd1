"""Handing a case over to the real escalation service, and following its ticket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import psycopg
import pytest
from pydantic import SecretStr
from tests.integration.orchestrator.conftest import ROTATE, FakeRetrieval, Talk

from caseplane.core.asgi import InProcessTransport
from caseplane.core.auth import Principal, ServiceTokens
from caseplane.core.errors import UnavailableError
from caseplane.core.failed_jobs import FailedJob, failed_jobs
from caseplane.core.http import create_service_app
from caseplane.core.ids import new_id
from caseplane.core.jobs import Backoff
from caseplane.core.objects import ObjectStore
from caseplane.core.runtime import Runtime
from caseplane.core.settings import CoreSettings
from caseplane.core.work import handle
from caseplane.escalation import app as escalation
from caseplane.escalation.client import EscalationClient
from caseplane.escalation.events import COMMENTED, TicketCommented
from caseplane.escalation.schemas import TicketSurroundings
from caseplane.escalation.service import MANIFEST as ESCALATION
from caseplane.gate import ReasonCode
from caseplane.orchestrator.app import PARTS
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations import handover, lifecycle
from caseplane.orchestrator.conversations.jobs import PATIENT
from caseplane.orchestrator.conversations.messages import add_agent_message
from caseplane.orchestrator.conversations.schemas import MessageRead

Queued = Callable[..., list[dict[str, Any]]]
INVOICE = "Why is my invoice from March higher than in February?"
SECRET = "a secret of the tests, long enough to be one"


class Line(httpx.AsyncBaseTransport):
    """The connection to the escalation service; it can be cut."""

    def __init__(self) -> None:
        self.service: httpx.AsyncBaseTransport
        self.cut = False
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if self.cut:
            raise httpx.ConnectError("refused", request=request)
        return await self.service.handle_async_request(request)

    async def aclose(self) -> None:
        await self.service.aclose()


@dataclass
class Desk:
    """A talk whose case can go to a person at the escalation service."""

    talk: Talk
    line: Line
    http: httpx.AsyncClient
    agent: Principal
    queued: Queued

    @property
    def o(self) -> Orchestrator:
        return self.talk.o

    async def run(self, name: str) -> None:
        """Run the waiting jobs of a name, as a worker would."""
        jobs = {job.name: (job, run) for table in PARTS.handlers for job, run in table.jobs.items()}
        job, run = jobs[name]
        for row in self.queued(name):
            await run(self.o, self.talk.service, job.args.model_validate(row["args"]))

    async def hand_over(self) -> None:
        await self.talk.ask(INVOICE)
        await self.run("ticket.create")

    async def ticket(self) -> TicketSurroundings:
        return TicketSurroundings.model_validate(await self.ask("GET", "/context"))

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Call the ticket's routes as the agent."""
        ticket_id = (await self.talk.now()).ticket_id
        answer = await self.http.request(method, f"/api/v1/tickets/{ticket_id}{path}", **more)
        answer.raise_for_status()
        return answer.json()

    async def failed(self) -> list[FailedJob]:
        async with self.o.work(self.talk.service) as work:
            return await failed_jobs(work.tx, work.tenant_id, limit=10)


@pytest.fixture
async def desk(
    orchestrator: Orchestrator,
    customer: Principal,
    agent: Principal,
    retrieval: FakeRetrieval,
    queued: Queued,
    database_url: str,
    tmp_path: Path,
) -> AsyncIterator[Desk]:
    retrieval.add("Rotating API keys", ROTATE, vector=0.1)
    line = Line()
    runtime = Runtime(
        settings=CoreSettings(database_url=SecretStr(database_url), service_secret=SecretStr(SECRET)),
        tokens=ServiceTokens(SECRET),
        jobs=orchestrator.jobs,
        objects=ObjectStore(f"file://{tmp_path}/objects"),
        embedder=cast("Any", None),  # escalation embeds nothing
        transports={"escalation": line},
    )
    context = escalation.build(runtime)
    line.service = InProcessTransport(create_service_app(ESCALATION, escalation.PARTS, runtime, context))
    client = EscalationClient(runtime.http("escalation"), runtime.tokens)
    talk = await Talk(replace(orchestrator, escalation=client), customer).begin()
    headers = {"Authorization": f"Bearer {runtime.tokens.mint(agent)}"}
    async with httpx.AsyncClient(transport=line, base_url="http://escalation", headers=headers) as http:
        yield Desk(talk, line, http, agent, queued)
    await escalation.close(context)
    await runtime.close()


@pytest.fixture
def erase(postgres_url: str) -> Callable[[UUID], None]:
    """Removes a session with all its rows, as erasure does."""

    def now(session_id: UUID) -> None:
        with psycopg.connect(postgres_url) as connection:
            for table in ("feedback", "case_summaries", "messages", "events"):
                connection.execute(f"DELETE FROM conversation.{table} WHERE session_id = %s", (session_id,))
            connection.execute("DELETE FROM conversation.sessions WHERE id = %s", (session_id,))

    return now


class TestHandOver:
    async def test_given_an_escalation_when_handed_over_then_the_ticket_has_the_complete_packet(
        self, desk: Desk
    ) -> None:
        await desk.talk.ask(INVOICE)
        (escalated,) = await desk.talk.events("escalation")

        await desk.run("ticket.create")

        found = await desk.ticket()
        said = await desk.talk.messages()
        reason = ReasonCode.known(escalated.payload["reason"])
        assert reason is not None
        assert found.packet is not None
        assert [(m.message_id, m.content) for m in found.packet.transcript] == [
            (m.id, m.content) for m in said
        ]
        assert found.packet.customer.customer_id == "ada"
        assert found.packet.context.current_intent == INVOICE
        assert found.packet.reason.code == found.ticket.ai_escalation_reason == reason
        assert found.packet.reason.searched[0].query == INVOICE
        assert [evidence.quote for evidence in found.packet.evidence] == [ROTATE]
        assert found.packet.suggested_next_steps[0] == reason.next_step
        assert found.ticket.external_conversation_id == desk.talk.session.id

    async def test_given_a_handover_that_was_made_when_run_again_then_the_ticket_stays_as_it_was(
        self, desk: Desk
    ) -> None:
        await desk.hand_over()
        once = await desk.ticket()

        await desk.run("ticket.create")

        assert await desk.ticket() == once

    async def test_given_a_conversation_that_was_erased_when_handed_over_then_no_error_and_no_ticket(
        self, desk: Desk, erase: Callable[[UUID], None]
    ) -> None:
        await desk.talk.ask(INVOICE)
        erase(desk.talk.session.id)

        await desk.run("ticket.create")

        assert desk.queued("ticket.create") != []
        assert desk.line.requests == 0

    async def test_given_no_escalation_service_when_handed_over_then_the_job_is_retried(
        self, desk: Desk
    ) -> None:
        await desk.talk.ask(INVOICE)
        desk.line.cut = True

        with pytest.raises(UnavailableError):
            await desk.run("ticket.create")


class TestFollowUp:
    async def test_given_a_ticket_when_the_customer_writes_then_it_has_the_message_once(
        self, desk: Desk
    ) -> None:
        await desk.hand_over()
        message = await desk.talk.say("It is invoice 4711.")

        for _ in range(2):
            await desk.run("ticket.comment")

        comments = (await desk.ticket()).comments
        assert [c.body for c in comments if c.source_message_id == message.id] == ["It is invoice 4711."]

    async def test_given_a_message_that_was_erased_when_followed_up_then_nothing_is_sent(
        self, desk: Desk, erase: Callable[[UUID], None]
    ) -> None:
        await desk.hand_over()
        await desk.talk.say("It is invoice 4711.")
        erase(desk.talk.session.id)
        before = desk.line.requests

        await desk.run("ticket.comment")

        assert desk.line.requests == before


class TestSummarise:
    async def test_given_a_solved_case_when_learnt_from_then_its_ticket_has_the_summary_once(
        self, desk: Desk
    ) -> None:
        await desk.hand_over()
        await desk.ask("POST", "/comments", json={"body": "March had 31 days.", "visibility": "public"})
        await desk.run("session.agent_message")
        await desk.talk.resolve(desk.agent)
        await desk.run("session.learn")

        for _ in range(2):
            await desk.run("ticket.summary")

        assert "March had 31 days." in str((await desk.ticket()).ticket.resolution_summary)

    async def test_given_a_case_that_was_erased_when_summarised_then_nothing_is_sent(
        self, desk: Desk, erase: Callable[[UUID], None]
    ) -> None:
        await desk.hand_over()
        await desk.ask("POST", "/comments", json={"body": "March had 31 days.", "visibility": "public"})
        await desk.run("session.agent_message")
        await desk.talk.resolve(desk.agent)
        await desk.run("session.learn")
        erase(desk.talk.session.id)
        before = desk.line.requests

        await desk.run("ticket.summary")

        assert desk.line.requests == before


class TestTicketEvents:
    async def test_given_an_agents_comment_when_mirrored_twice_then_the_customer_reads_it_once(
        self, desk: Desk
    ) -> None:
        await desk.hand_over()
        await desk.ask("POST", "/comments", json={"body": "Try again now.", "visibility": "public"})

        for _ in range(2):
            await desk.run("session.agent_message")

        said = [m for m in await desk.talk.messages() if m.role == "agent"]
        assert [(m.content, m.meta["author"]) for m in said] == [("Try again now.", desk.agent.subject)]

    async def test_given_an_open_conversation_when_an_agent_writes_unasked_then_the_customer_is_told_once(
        self, desk: Desk
    ) -> None:
        await desk.hand_over()
        async with desk.o.work(desk.agent) as work:
            await lifecycle.hand_back(work, desk.talk.session.id)

        for body in ("I have an idea.", "Try again now."):
            await desk.ask("POST", "/comments", json={"body": body, "visibility": "public"})
        await desk.run("session.agent_message")

        said = [(m.role, m.meta.get("kind")) for m in (await desk.talk.messages())[-3:]]
        assert said == [("system", "takeover"), ("agent", None), ("agent", None)]
        (taken,) = await desk.talk.events("takeover")
        assert taken.payload["by"] == desk.agent.subject
        assert (await desk.talk.now()).status == "escalated"
        assert (await desk.talk.ask_for_person()).type == "escalation"

    async def test_given_an_open_conversation_when_an_agent_claims_it_then_the_notice_says_so(
        self, desk: Desk
    ) -> None:
        await desk.talk.say("How do I rotate an API key?")

        async with desk.o.work(desk.agent) as work:
            await handover.hand_off(work, desk.talk.session.id, "")

        assert "colleague has joined" in (await desk.talk.messages())[-1].content
        assert len(await desk.talk.events("takeover")) == 1

    async def test_given_an_edited_comment_when_mirrored_then_the_new_message_says_what_it_replaces(
        self, desk: Desk
    ) -> None:
        await desk.hand_over()
        first, second = str(new_id()), str(new_id())
        for source, body, former in ((first, "Pay by crad.", None), (second, "Pay by card.", first)):
            async with desk.o.work(desk.talk.service) as work:
                await add_agent_message(
                    work, desk.talk.session.id, content=body, source_id=source, author="kim", replaces=former
                )

        old, new = (m for m in await desk.talk.messages() if m.role == "agent")
        assert (old.content, new.content) == ("Pay by crad.", "Pay by card.")
        assert MessageRead.model_validate(new).replaces == old.id

    async def test_given_a_comment_that_was_erased_when_mirrored_then_nothing_is_sent(
        self, desk: Desk
    ) -> None:
        await desk.hand_over()
        session = await desk.talk.now()
        assert session.ticket_id is not None
        args = TicketCommented(session_id=session.id, ticket_id=session.ticket_id, comment_id=new_id())
        async with desk.o.work(desk.talk.service) as work:
            await work.defer(COMMENTED, args)

        await desk.run("session.agent_message")

        assert [m for m in await desk.talk.messages() if m.role == "agent"] == []

    async def test_given_a_ticket_that_is_solved_and_opened_again_when_followed_then_the_conversation_follows(
        self, desk: Desk
    ) -> None:
        await desk.hand_over()

        await desk.ask("PUT", "/resolve", json={"resolution_summary": "Explained the invoice."})
        await desk.run("session.ticket_status")
        solved = await desk.talk.now()
        seen = {"If-Match": f'"{(await desk.ticket()).ticket.version}"'}
        await desk.ask("PATCH", "", json={"status": "open"}, headers=seen)
        await desk.run("session.ticket_status")
        opened = await desk.talk.now()

        assert (solved.status, solved.resolution) == ("resolved", "agent")
        assert (opened.status, opened.resolution) == ("escalated", None)

    async def test_given_a_conversation_that_was_erased_when_its_ticket_changes_then_no_error(
        self, desk: Desk, erase: Callable[[UUID], None]
    ) -> None:
        await desk.hand_over()
        await desk.ask("POST", "/comments", json={"body": "Try again now.", "visibility": "public"})
        await desk.ask("PUT", "/resolve", json={"resolution_summary": "Explained the invoice."})
        erase(desk.talk.session.id)

        await desk.run("session.agent_message")
        await desk.run("session.ticket_status")

        assert await desk.talk.messages() == []
        assert desk.queued("session.learn") == []


class TestOutage:
    """The escalation service is down while a worker runs; the worker takes jobs of this tenant only."""

    @pytest.fixture
    async def working(
        self, desk: Desk, postgres_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[], contextlib.AbstractAsyncContextManager[None]]:
        monkeypatch.setattr(PATIENT, "attempts", 3)
        monkeypatch.setattr(Backoff, "delay", lambda *_: timedelta(0))
        queue = f"q-{new_id()}"
        await desk.talk.ask(INVOICE)
        with psycopg.connect(postgres_url) as connection:
            connection.execute(
                "UPDATE jobs.procrastinate_jobs SET queue_name = %s WHERE args->>'tenant_id' = %s",
                (queue, str(desk.agent.tenant)),
            )

        @contextlib.asynccontextmanager
        async def work() -> AsyncIterator[None]:
            handle(desk.o.jobs, desk.o, PARTS.handlers)
            worker = asyncio.create_task(desk.o.jobs.work(queues=[queue]))
            try:
                yield
            finally:
                worker.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await worker

        return work

    async def test_given_an_outage_when_it_ends_then_the_handover_is_made(
        self, desk: Desk, working: Callable[[], contextlib.AbstractAsyncContextManager[None]]
    ) -> None:
        async def handed_over() -> bool:
            with contextlib.suppress(httpx.HTTPStatusError):
                return (await desk.ticket()).packet is not None
            return False

        desk.line.cut = True

        async with working():
            await eventually(lambda: desk.line.requests > 0)
            desk.line.cut = False
            await eventually(handed_over)

        assert await handed_over()
        assert await desk.failed() == []

    async def test_given_an_outage_that_lasts_when_the_last_attempt_is_over_then_the_job_is_listed_as_failed(
        self, desk: Desk, working: Callable[[], contextlib.AbstractAsyncContextManager[None]]
    ) -> None:
        desk.line.cut = True

        async with working():
            await eventually(desk.failed)

        (job,) = await desk.failed()
        assert (job.name, job.attempts) == ("ticket.create", 3)
        assert job.arguments["session_id"] == str(desk.talk.session.id)
        assert desk.line.requests == 3


async def eventually(holds: Callable[[], Any], seconds: float = 40) -> None:
    for _ in range(int(seconds / 0.1)):
        found = holds()
        if await found if isinstance(found, Awaitable) else found:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("It did not happen in time.")
