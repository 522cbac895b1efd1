"""Many customers at once: each one is answered or handed over. Benchmarks measure the times."""

import asyncio

import httpx
import pytest
from tests.benchmarks.bench_conversations import QUESTIONS, converse
from tests.e2e.conftest import Server
from tests.e2e.probing import talk

CONVERSATIONS = 30


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_given_many_conversations_at_once_when_all_ask_then_every_one_is_answered_or_handed_over(
    server: Server,
) -> None:
    _, key = await asyncio.to_thread(talk.new_tenant, server)
    with server.client(key) as http:
        await asyncio.to_thread(talk.teach, http)
    headers = {"Authorization": f"Bearer {key}"}
    limits = httpx.Limits(max_connections=CONVERSATIONS)

    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120, limits=limits) as many:
        talks = await asyncio.gather(*(converse(many, number) for number in range(CONVERSATIONS)))
        escalated = sorted(t.session_id for t in talks if t.outcome == "escalated")
        for _ in range(300):  # tickets are made by background jobs
            tickets = (await many.get("/api/v1/tickets", params={"limit": 200})).json()["items"]
            # So many like tickets at once are an incident, which gets a ticket of its own.
            tickets = [ticket for ticket in tickets if ticket["kind"] != "incident"]
            if len(tickets) >= len(escalated):
                break
            await asyncio.sleep(0.1)
        said = [(await many.get(f"/api/v1/sessions/{t.session_id}/messages")).json()["items"] for t in talks]

    assert [t for t in talks if t.outcome not in ("answered", "escalated")] == []
    assert {t.outcome for t in talks} == {"answered", "escalated"}
    asked = [[m["content"] for m in messages if m["role"] == "customer"] for messages in said]
    assert asked == [[QUESTIONS[number % len(QUESTIONS)]] for number in range(CONVERSATIONS)]
    assert sorted(t["external_conversation_id"] for t in tickets) == escalated
