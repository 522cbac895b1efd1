"""A random walk through one tenant's conversations on a real database, checked against invariants.

`CASEPLANE_WALK_STEPS` sets the number of steps (default 600; the full proof takes 10,000).
"""

import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from tests.integration.orchestrator.conftest import FakeRetrieval

from caseplane.core.auth import Principal
from caseplane.core.ids import new_id
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations import handover, lifecycle, messages, sessions
from caseplane.orchestrator.conversations.repository import Events, Messages, Sessions
from caseplane.orchestrator.conversations.schemas import MessageCreate, SessionCreate
from caseplane.orchestrator.conversations.states import TransitionRefusedError
from caseplane.orchestrator.turns.turn import run_turn

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
    "hi",
    "ok",
    "are you sure?",
    "that did not work",
    "are you a bot?",
    "and how do I revoke one?",
]


class Walk:
    """Takes random steps and records them."""

    def __init__(
        self, o: Orchestrator, customer: Principal, agent: Principal, retrieval: FakeRetrieval, seed: int
    ) -> None:
        self.o, self.customer, self.agent, self.retrieval = o, customer, agent, retrieval
        self.service = o.principal(customer.tenant)
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
            async with self.o.work(self.customer) as work:
                session = await sessions.create_session(work, SessionCreate())
            self.sessions.append(session.id)

    async def say(self, o: Orchestrator | None = None) -> None:
        key = str(new_id())
        body = MessageCreate(content=self.random.choice(QUESTIONS), client_message_id=key)
        async with (o or self.o).work(self.customer) as work:
            session, _ = await messages.post_message(work, self.any(), body)
        if session.id not in self.sessions:
            self.sessions.append(session.id)
        self.said.append((session.id, key))

    async def say_again(self) -> None:
        if self.said:
            session_id, key = self.random.choice(self.said)
            body = MessageCreate(content="a retry", client_message_id=key)
            async with self.o.work(self.customer) as work:
                await messages.post_message(work, session_id, body)

    async def turn(self) -> None:
        """Take a job and run it, as a worker does."""
        chosen = self.any()
        async with self.o.work(self.service) as work:
            taken = text(
                "DELETE FROM jobs.procrastinate_jobs WHERE task_name = 'session.turn' AND status = 'todo'"
                " AND args->>'session_id' = :session"
            )
            await work.tx.execute(taken, {"session": str(chosen)})
        await run_turn(self.o, self.service, chosen)

    async def hand_off(self) -> None:
        async with self.o.work(self.customer) as work:
            await handover.hand_off(work, self.any(), "")

    async def hand_back(self) -> None:
        async with self.o.work(self.agent) as work:
            await lifecycle.hand_back(work, self.any())

    async def reply(self) -> None:
        self.comments.append((self.any(), str(new_id())))
        await self._mirror(*self.comments[-1])

    async def reply_again(self) -> None:
        if self.comments:
            await self._mirror(*self.random.choice(self.comments))

    async def _mirror(self, session_id: UUID, comment: str) -> None:
        async with self.o.work(self.service) as work:
            await messages.add_agent_message(
                work, session_id, content="Try again.", source_id=comment, author="grace"
            )

    async def solve(self) -> None:
        await self._ticket("solved")

    async def reopen(self) -> None:
        await self._ticket("open")

    async def _ticket(self, status: str) -> None:
        chosen = self.any()
        async with self.o.work(self.agent) as work:
            session = await work.repo(Sessions).get(chosen)
        async with self.o.work(self.agent) as work:
            if session.ticket_id is not None:
                await lifecycle.follow_ticket(work, chosen, status=status, actor="grace")
            elif status == "solved":
                await lifecycle.resolve(work, chosen, "")

    async def confirm(self) -> None:
        async with self.o.work(self.customer) as work:
            await lifecycle.resolve(work, self.any(), "")

    async def expire(self) -> None:
        later = self.o.settings.model_copy(update={"quiet_after": timedelta(0)})
        async with replace(self.o, settings=later).work(self.service) as work:
            await lifecycle.expire(work, self.any())

    async def much_later(self) -> None:
        later = self.o.settings.model_copy(update={"reopen_window": timedelta(0)})
        await self.say(replace(self.o, settings=later))


async def violations(o: Orchestrator, tenant_id: UUID, session_id: UUID) -> list[str]:
    """The violated invariants of one session."""
    async with o.work(o.principal(tenant_id)) as work:
        session = await work.repo(Sessions).get(session_id)
        said = await work.repo(Messages).of(session_id, limit=100_000)
        events = await work.repo(Events).of(session_id, limit=100_000)
    found = []
    if [event.seq for event in events] != list(range(1, session.last_seq + 1)):
        found.append("events have gaps or repeats")
    if {m.seq for m in said} != {e.seq for e in events if e.type == "message"}:
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
    ours = [m.content for m in said if m.role in ("assistant", "system")]
    if any(one == other for one, other in pairwise(ours)):
        found.append("the assistant said the same twice in a row")
    replied = {e.payload["message_id"] for e in events if e.type == "turn"} - {None}
    handed_over = [
        e.payload["answers_seq"] for e in events if e.type == "turn" and e.payload["message_id"] is None
    ]
    if not replied <= {str(m.id) for m in said}:
        found.append("a turn names a reply that is none of the session's messages")
    outcomes = {
        e.payload["outcome"] for e in events if e.type == "turn" and e.payload["answers_seq"] in handed_over
    }
    if not outcomes <= {"escalated", "mirrored"}:
        found.append("a message was met by silence")
    if session.answered_seq > session.last_seq:
        found.append("more was answered than said")
    return found


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.timeout(1800)
async def test_given_random_steps_when_walked_then_no_invariant_breaks(
    orchestrator: Orchestrator,
    customer: Principal,
    agent: Principal,
    retrieval: FakeRetrieval,
    postgres_url: str,
    seed: int,
    record_property: Any,
) -> None:
    retrieval.add("Rotating API keys", "To rotate an API key, create a new key and revoke the old key.")
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
    assert stuck == [], "a customer's message waits for an answer that no job will make"
