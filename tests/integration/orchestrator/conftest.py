"""An orchestrator on a real database, with strict fakes of retrieval and ticketing."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from caseplane.answering import ExtractiveAnswerer
from caseplane.core.auth import Principal, Role
from caseplane.core.embeddings import EmbeddingSettings, build_embedder
from caseplane.core.errors import CaseplaneError
from caseplane.core.ids import new_id
from caseplane.core.jobs import Jobs
from caseplane.orchestrator.arrivals import Arrivals
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations import handover, lifecycle, messages, sessions
from caseplane.orchestrator.conversations.models import Event, Message, Session
from caseplane.orchestrator.conversations.repository import Events, Messages, Sessions
from caseplane.orchestrator.conversations.schemas import MessageCreate, SessionCreate
from caseplane.orchestrator.settings import OrchestratorSettings
from caseplane.orchestrator.turns.turn import run_turn
from caseplane.retrieval.schemas import CaseIndex, SearchHit, SearchRequest, SearchResponse, SectionName


class FakeRetrieval:
    """Finds what a test put there, refuses what the service refuses, records its calls."""

    def __init__(self) -> None:
        self.hits: list[SearchHit] = []
        self.only_for: dict[UUID, str] = {}
        self.withheld = 0
        self.fails: CaseplaneError | None = None
        self.asked: list[SearchRequest] = []
        self.principals: list[Principal] = []
        self.cases: list[CaseIndex] = []
        self.read: list[SectionName] = []
        self.during: Callable[[], Any] | None = None

    def add(self, title: str, text: str, *, vector: float = 0.8, only_for: str = "") -> SearchHit:
        """Put one chunk into the knowledge base, found by every query or by those that hold a word."""
        hit = SearchHit(
            chunk_id=new_id(),
            document_id=new_id(),
            knowledge_base_id=new_id(),
            title=title,
            uri=f"docs/{title}.md",
            source="upload",
            heading=title,
            text=text,
            start=0,
            end=len(text),
            score=vector,
            component_scores={"vector": vector, "bm25": 10.0, "sentence": vector},
        )
        self.hits.append(hit)
        self.only_for[hit.chunk_id] = only_for
        return hit

    async def search(self, principal: Principal, request: SearchRequest) -> SearchResponse:
        SearchRequest.model_validate(request.model_dump())
        self.asked.append(request)
        self.principals.append(principal)
        if self.during is not None:
            during, self.during = self.during, None
            await during()
        if self.fails is not None:
            raise self.fails
        found = [hit for hit in self.hits if self.only_for[hit.chunk_id] in request.query]
        return SearchResponse(results=found[: request.limit], withheld=self.withheld)

    async def read_sections(
        self, principal: Principal, sections: Sequence[SectionName], *, limit: int
    ) -> SearchResponse:
        self.read += sections
        self.principals.append(principal)
        named = {(section.document_id, section.heading) for section in sections}
        found = [
            hit.model_copy(update={"component_scores": {}, "score": 1.0})
            for hit in self.hits
            if (hit.document_id, hit.heading) in named
        ]
        return SearchResponse(results=found[:limit])

    async def index_case(self, principal: Principal, case: CaseIndex) -> UUID:
        assert principal.has(Role.admin)
        self.cases.append(CaseIndex.model_validate(case.model_dump()))
        return case.case_id

    async def forget_case(self, principal: Principal, case_id: UUID) -> None:
        assert principal.has(Role.admin)
        self.cases = [case for case in self.cases if case.case_id != case_id]


@pytest.fixture
def retrieval() -> FakeRetrieval:
    return FakeRetrieval()


@pytest.fixture
def settings() -> OrchestratorSettings:
    return OrchestratorSettings(quiet_after=timedelta(days=3), summary_every=2)


@pytest.fixture
async def orchestrator(
    database_url: str, make_database: Any, retrieval: FakeRetrieval, settings: OrchestratorSettings
) -> AsyncIterator[Orchestrator]:
    jobs = Jobs(database_url)
    async with jobs.open():
        yield Orchestrator(
            db=make_database("conversation"),
            jobs=jobs,
            retrieval=retrieval,  # type: ignore[arg-type]
            escalation=None,  # type: ignore[arg-type]  # nothing tested here calls it
            extractive=ExtractiveAnswerer(build_embedder(EmbeddingSettings())),
            llm=None,
            arrivals=Arrivals(database_url),
            settings=settings,
        )


@pytest.fixture
def customer(tenant_id: UUID) -> Principal:
    return Principal(tenant_id=tenant_id, subject="ada", roles=frozenset({Role.customer}), customer_id="ada")


@pytest.fixture
def agent(tenant_id: UUID) -> Principal:
    return Principal(tenant_id=tenant_id, subject="grace", roles=frozenset({Role.agent}))


@pytest.fixture
def queued(postgres_url: str, tenant_id: UUID) -> Callable[..., list[dict[str, Any]]]:
    """This tenant's waiting jobs, oldest first, optionally of one name."""

    def look(name: str | None = None) -> list[dict[str, Any]]:
        with psycopg.connect(postgres_url, row_factory=dict_row) as connection:
            rows = connection.execute(
                "SELECT task_name, lock, queue_name, args, scheduled_at FROM jobs.procrastinate_jobs"
                " WHERE args->>'tenant_id' = %s AND status = 'todo' ORDER BY id",
                (str(tenant_id),),
            ).fetchall()
        return [row for row in rows if name in (None, row["task_name"])]

    return look


ROTATE = (
    "To rotate an API key, create a new key, deploy it, and revoke the old key. "
    "A revoked key stops working within five seconds."
)


class Talk:
    """One session, driven as a customer and the worker would."""

    def __init__(self, o: Orchestrator, who: Principal) -> None:
        self.o, self.who, self.service = o, who, o.principal(who.tenant)
        self.session: Session

    async def begin(self) -> "Talk":
        async with self.o.work(self.who) as work:
            self.session = await sessions.create_session(work, SessionCreate())
        return self

    async def say(self, text: str, *, choice_id: str | None = None) -> Message:
        async with self.o.work(self.who) as work:
            body = MessageCreate(content=text, choice_id=choice_id)
            return (await messages.post_message(work, self.session.id, body))[1]

    async def turn(self) -> None:
        await run_turn(self.o, self.service, self.session.id)

    async def ask(self, text: str, *, choice_id: str | None = None) -> Message:
        """Send a message and return the reply."""
        await self.say(text, choice_id=choice_id)
        await self.turn()
        return (await self.messages())[-1]

    async def ask_for_person(self, note: str = "") -> Event:
        async with self.o.work(self.who) as work:
            return await handover.hand_off(work, self.session.id, note)

    async def resolve(self, who: Principal | None = None, note: str = "") -> None:
        async with self.o.work(who or self.who) as work:
            await lifecycle.resolve(work, self.session.id, note)

    async def now(self) -> Session:
        async with self.o.work(self.service) as work:
            return await work.repo(Sessions).get(self.session.id)

    async def messages(self) -> list[Message]:
        async with self.o.work(self.service) as work:
            return await work.repo(Messages).of(self.session.id)

    async def events(self, *types: str) -> list[Event]:
        async with self.o.work(self.service) as work:
            return await work.repo(Events).of(self.session.id, *types)


@pytest.fixture
async def talk(orchestrator: Orchestrator, customer: Principal) -> Talk:
    return await Talk(orchestrator, customer).begin()
