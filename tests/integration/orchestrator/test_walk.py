"""A random walk through one tenant's conversations on a real database, held against what must always be true.

`CASEPLANE_WALK_STEPS` sets the number of steps (default 600; the full proof takes 10,000).
"""

import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from tests.integration.orchestrator.conftest import PlayedRetrieval

from caseplane.core.auth import Principal
from caseplane.core.ids import new_id
from caseplane.orchestrator import conversations, turns
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.models import Session
from caseplane.orchestrator.repository import ConversationRepository
from caseplane.orchestrator.schemas import MessageCreate, SessionCreate
from caseplane.orchestrator.states import TransitionRefusedError

STEPS = int(os.environ.get("CASEPLANE_WALK_STEPS", "600"))
QUESTIONS = [
    "How do I rotate an API key?",
    "What is the capital of France?",
    "I want to talk to a human please",
    "keys",
    "That solved it, thank you!",
    "Thanks!",
    "It still does not work",
    "\U0001f937 ¿qué? \u202e",
]


class Walk:
    """Takes random steps and remembers what it did."""

    def __init__(
        self, o: Orchestrator, customer: Principal, agent: Principal, retrieval: PlayedRetrieval, seed: int
    ) -> None:
        self.o, self.customer, self.agent, self.retrieval = o, customer, agent, retrieval
        self.random = random.Random(seed)
        self.sessions: list[UUID] = []
        self.said: list[tuple[UUID, str]] = []
        self.comments: list[tuple[UUID, str]] = []
        self.taken: Counter[str] = Counter()
        self.refused = 0

    async def step(self) -> None:
        steps: list[Callable[[], Awaitable[None]]] = [
            self.begin, self.say, self.say, self.say, self.say_again, self.turn, self.turn, self.turn,
            self.hand_off, self.hand_back, self.reply, self.reply_again, self.solve, self.reopen,
            self.confirm, self.expire, self.much_later,
        ]  # fmt: skip
        chosen = self.begin if not self.sessions else self.random.choice(steps)
        try:
            await chosen()
            self.taken[chosen.__name__] += 1
        except TransitionRefusedError:
            self.refused += 1

    def any(self) -> UUID:
        return self.random.choice(self.sessions[-5:])

    async def begin(self) -> None:
        if len(self.sessions) < 1 + sum(self.taken.values()) // 40:
            session = await conversations.create_session(self.o, self.customer, SessionCreate())
            self.sessions.append(session.id)

    async def say(self, o: Orchestrator | None = None) -> None:
        key = str(new_id())
        body = MessageCreate(content=self.random.choice(QUESTIONS), client_message_id=key)
        session, _ = await conversations.post_message(o or self.o, self.customer, self.any(), body)
        if session.id not in self.sessions:
            self.sessions.append(session.id)
        self.said.append((session.id, key))

    async def say_again(self) -> None:
        if self.said:
            session_id, key = self.random.choice(self.said)
            body = MessageCreate(content="a retry", client_message_id=key)
            await conversations.post_message(self.o, self.customer, session_id, body)

    async def turn(self) -> None:
        """What a worker does: take the job, then run it."""
        chosen = self.any()
        async with self.o.db.tenant(self.customer.tenant) as tx:
            taken = text(
                "DELETE FROM jobs.procrastinate_jobs WHERE task_name = 'session.turn' AND status = 'todo'"
                " AND args->>'session_id' = :session"
            )
            await tx.execute(taken, {"session": str(chosen)})
        await turns.run_turn(self.o, self.customer.tenant, chosen)

    async def hand_off(self) -> None:
        await conversations.hand_off(self.o, self.customer, self.any(), "")

    async def hand_back(self) -> None:
        await conversations.hand_back(self.o, self.agent, self.any())

    async def reply(self) -> None:
        self.comments.append((self.any(), str(new_id())))
        await self._mirror(*self.comments[-1])

    async def reply_again(self) -> None:
        if self.comments:
            await self._mirror(*self.random.choice(self.comments))

    async def _mirror(self, session_id: UUID, comment: str) -> None:
        async with self.o.db.tenant(self.customer.tenant) as tx:
            repo = ConversationRepository(tx, self.customer.tenant)
            session = await repo.sessions.get(session_id, lock=True)
            await conversations.add_agent_message(
                self.o, repo, session, content="Try again.", source_id=comment, author="grace"
            )

    async def solve(self) -> None:
        await self._ticket("solved")

    async def reopen(self) -> None:
        await self._ticket("open")

    async def _ticket(self, status: str) -> None:
        chosen = self.any()
        async with self.o.db.tenant(self.customer.tenant) as tx:
            session = await ConversationRepository(tx, self.customer.tenant).sessions.get(chosen)
        if session.ticket_id is not None:
            await conversations.ticket_changed(
                self.o, self.customer.tenant, chosen, status=status, actor="grace"
            )
        elif status == "solved":
            await conversations.resolve(self.o, self.agent, chosen, "")

    async def confirm(self) -> None:
        await conversations.resolve(self.o, self.customer, self.any(), "")

    async def expire(self) -> None:
        later = self.o.settings.model_copy(update={"quiet_after": timedelta(0)})
        await turns.expire(replace(self.o, settings=later), self.customer.tenant, self.any())

    async def much_later(self) -> None:
        later = self.o.settings.model_copy(update={"reopen_window": timedelta(0)})
        await self.say(replace(self.o, settings=later))


async def violations(o: Orchestrator, tenant_id: UUID, session_id: UUID) -> list[str]:
    """What is not as it must always be in one session."""
    async with o.db.tenant(tenant_id) as tx:
        repo = ConversationRepository(tx, tenant_id)
        session: Session = await repo.sessions.get(session_id)
        messages = await repo.messages(session_id, limit=100_000)
        events = await repo.events(session_id, limit=100_000)
    found = []
    if [event.seq for event in events] != list(range(1, session.last_seq + 1)):
        found.append("events have gaps or repeats")
    if {m.seq for m in messages} != {e.seq for e in events if e.type == "message"}:
        found.append("messages and their events differ")
    status = "open"
    silent_since = None
    for event in events:
        if event.type == "status":
            if event.payload["from"] != status:
                found.append(f"event {event.seq} leaves {event.payload['from']} while {status}")
            status = event.payload["to"]
            silent_since = event.seq if status == "escalated" else None
        if event.type == "message" and event.payload["role"] == "assistant" and silent_since:
            found.append(f"the assistant spoke at {event.seq} while a person had the case")
    if status != session.status:
        found.append(f"events end in {status}, the session is {session.status}")
    turned = [e.payload["answers_seq"] for e in events if e.type == "turn"]
    if turned != sorted(set(turned)):
        found.append("a message was answered twice")
    if session.answered_seq > session.last_seq:
        found.append("more was answered than said")
    return found


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.timeout(1800)
async def test_given_random_steps_when_walked_then_no_invariant_breaks(
    orchestrator: Orchestrator,
    customer: Principal,
    agent: Principal,
    retrieval: PlayedRetrieval,
    postgres_url: str,
    seed: int,
    record_property: Any,
) -> None:
    retrieval.holds("Rotating API keys", "To rotate an API key, create a new key and revoke the old key.")
    walk = Walk(orchestrator, customer, agent, retrieval, seed)

    for _ in range(STEPS // 2):
        await walk.step()

    broken = {s: v for s in walk.sessions if (v := await violations(orchestrator, customer.tenant, s))}
    assert broken == {}
    record_property("steps", STEPS // 2)
    with psycopg.connect(postgres_url) as connection:
        stuck = connection.execute(
            "SELECT s.id FROM conversation.sessions s WHERE s.tenant_id = %(t)s AND s.status = 'open' AND EXISTS"
            " (SELECT 1 FROM conversation.messages m WHERE m.tenant_id = s.tenant_id AND m.session_id = s.id"
            "  AND m.role = 'customer' AND m.seq > s.answered_seq) AND NOT EXISTS"
            " (SELECT 1 FROM jobs.procrastinate_jobs j WHERE j.args->>'session_id' = s.id::text"
            "  AND j.task_name = 'session.turn' AND j.status = 'todo')",
            {"t": customer.tenant},
        ).fetchall()
    assert stuck == [], "a customer's message waits for an answer that nobody will make"
