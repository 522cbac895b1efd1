"""The demo's story: the platform's main use cases, run against a running server and checked at every step.

A customer's question is answered with citations. A question that the documentation does not cover goes to a person
with its context; the person's reply appears in the conversation; the solved case answers the next customer. Another
tenant sees none of it. A step that fails raises `StoryError`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from caseplane.core.ids import new_id

ANSWERABLE = "How do I verify the signature of a webhook?"
UNANSWERABLE = "How do I connect Caseplane to our Lotus Notes helpdesk database?"
ALIKE = "How can I connect Caseplane to a Lotus Notes helpdesk database?"
REPLY = (
    "Lotus Notes sends no webhooks, so connect it with the generic connector in polling mode: run the Domino REST"
    " API beside the Lotus Notes helpdesk database and set the connector's poll address to it. The steps are at"
    " https://example.com/guides/lotus-notes."
)
NOTE = "Internal: their contract ends in March, tell the account team."
MAX_WAIT_SECONDS = 30.0

Show = Callable[[str, str], None]
"""Receives, after each step, what happened and the evidence for it."""


class StoryError(AssertionError):
    """A step of the story failed."""


def expect(holds: object, otherwise: str) -> None:
    if not holds:
        raise StoryError(otherwise)


@dataclass
class Clients:
    """Clients of the public API, each with its own credential."""

    admin: httpx.AsyncClient
    customer: httpx.AsyncClient
    agent: httpx.AsyncClient
    other_tenant: httpx.AsyncClient
    """An admin of another tenant."""
    expert: httpx.AsyncClient
    owner: httpx.AsyncClient
    """A product owner, who approves what the expert reviewed."""
    run: str = field(default_factory=lambda: str(new_id())[-6:])
    """Makes the questions of each run unique."""


async def call(client: httpx.AsyncClient, method: str, path: str, **options: Any) -> Any:
    """Call the public API and return the body; a problem raises a `StoryError` with its text."""
    answer = await client.request(method, f"/api/v1{path}", **options)
    if answer.is_error:
        raise StoryError(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
    return answer.json() if answer.content else None


async def play(clients: Clients, show: Show) -> None:
    """Run the whole story.

    Raises:
        StoryError: at the first step that does not hold.
    """
    await _answered(clients, show)
    question = UNANSWERABLE
    known = await _known(clients)
    session = await _escalated(clients, show, question, known)
    await _a_person_replies(clients, show, session)
    await _solved(clients, show, session)
    await _learnt(clients, show, session)
    await _unseen(clients, show, session)


async def ask(client: httpx.AsyncClient, question: str, customer: str) -> dict[str, Any]:
    """Ask one question in a new session; returns the outcome."""
    session = await call(client, "POST", "/sessions", json={"customer_id": customer})
    return await say(client, session["session_id"], question)


async def say(client: httpx.AsyncClient, session_id: str, text: str) -> dict[str, Any]:
    """Send one message in a session; returns the outcome."""
    path = f"/sessions/{session_id}/messages"
    body = {"content": text, "client_message_id": str(new_id())}
    reply: dict[str, Any] = await call(client, "POST", path, params={"wait": 30}, json=body)
    return reply


async def _answered(clients: Clients, show: Show) -> None:
    reply = await ask(clients.customer, ANSWERABLE, f"ada-{clients.run}")
    said = reply["reply"]
    expect(said and said["citations"], f"“{ANSWERABLE}” was not answered with citations: {reply}")
    for cited in said["citations"]:
        expect(cited["quote"] in said["content"], "A citation's quote is not in the answer.")
    show(
        f"A customer asks: {ANSWERABLE}",
        f"{said['content']}\n— {said['citations'][0]['title']} ({said['citations'][0]['uri']}), "
        f"confidence {said['confidence']:.2f}, {sum(s['duration_ms'] for s in reply['trace']):.0f} ms",
    )


async def _known(clients: Clients) -> bool:
    """Whether a case of an earlier run already answers the question."""
    found = await call(clients.agent, "POST", "/search", json={"query": UNANSWERABLE, "limit": 3})
    return any("Lotus Notes sends no webhooks" in hit["text"] for hit in found["results"])


async def _escalated(clients: Clients, show: Show, question: str, known: bool) -> str:
    if known:  # in a second run a case answers the question, so the customer asks for a person instead
        question = "I would like to talk to a person, please."
    session = await call(clients.customer, "POST", "/sessions", json={"customer_id": f"ben-{clients.run}"})
    if known:
        await call(
            clients.customer,
            "POST",
            f"/sessions/{session['session_id']}/messages",
            json={"content": UNANSWERABLE},
            params={"wait": 30},
        )
    reply = await say(clients.customer, session["session_id"], question)
    if reply["status"] == "open" and reply["reply"]:  # one clarifying question is allowed before a handover
        show("The assistant asks back once", reply["reply"]["content"])
        reply = await say(clients.customer, session["session_id"], "It is a Lotus Notes 9 database.")
    handed = reply["escalation"]
    expect(handed, f"“{question}” was not handed over: {reply}")
    expect(reply["reply"] is None, "The assistant answered although it handed the case over.")
    expect(not handed or known or handed["reason"] != "customer_request", "No one asked for a person.")
    ticket, packet = await _handoff(clients, handed["ticket_id"])
    expect(packet["transcript"][0]["content"] == UNANSWERABLE, "The packet's transcript is not verbatim.")
    expect(packet["reason"]["code"] == handed["reason"], "The packet names another reason.")
    expect(packet["suggested_next_steps"], "The packet suggests nothing to do next.")
    show(
        f"A customer asks what the documentation does not say: {question}",
        f"{handed['explanation']}\n— reason {handed['reason']}, ticket #{ticket['number']} with "
        f"{len(packet['transcript'])} messages and {len(packet['evidence'])} pieces of evidence",
    )
    return str(session["session_id"])


async def _handoff(clients: Clients, ticket_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The ticket of a handover with its packet; waits for the background job that creates it."""

    async def look() -> dict[str, Any] | None:
        answer = await clients.agent.get(f"/api/v1/tickets/{ticket_id}/context")
        body: dict[str, Any] = answer.json()
        return body if answer.is_success and body["packet"] else None

    context = await until(look, "The ticket of the handover did not appear.")
    return context["ticket"], context["packet"]


async def until(look: Callable[[], Any], otherwise: str) -> Any:
    """Poll until `look` returns something."""
    for _ in range(int(MAX_WAIT_SECONDS / 0.1)):
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.1)
    raise StoryError(otherwise)


async def _a_person_replies(clients: Clients, show: Show, session_id: str) -> None:
    session = await call(clients.customer, "GET", f"/sessions/{session_id}")
    path = f"/tickets/{session['ticket_id']}/comments"
    async with clients.customer.stream(
        "GET", f"/api/v1/sessions/{session_id}/stream", timeout=MAX_WAIT_SECONDS
    ) as stream:
        await call(clients.agent, "POST", path, json={"body": NOTE, "visibility": "internal"})
        await call(clients.agent, "POST", path, json={"body": REPLY, "visibility": "public"})
        seen = []
        async for event, data in read_events(stream):
            seen.append(json.dumps(data))
            if event == "message" and data["role"] == "agent":
                break
    expect(data["content"] == REPLY, "The agent's reply arrived changed.")
    said = await call(clients.customer, "GET", f"/sessions/{session_id}/messages")
    everything = "\n".join([*seen, json.dumps(said)])
    expect(NOTE not in everything, "The internal note reached the customer.")
    show(
        "An agent writes a note and replies",
        f"{REPLY}\n— in the customer's stream as event {data['seq']}; the internal note is not",
    )


async def read_events(stream: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    """Server-sent events of a response, as name and decoded data."""
    name = ""
    async for line in stream.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
    raise StoryError("The stream ended before the agent's reply came.")


async def _solved(clients: Clients, show: Show, session_id: str) -> None:
    session = await call(clients.customer, "GET", f"/sessions/{session_id}")
    await call(
        clients.agent, "PUT", f"/tickets/{session['ticket_id']}/resolve", json={"resolution_summary": REPLY}
    )

    async def look() -> dict[str, Any] | None:
        answer = await clients.agent.get(f"/api/v1/sessions/{session_id}/case")
        body: dict[str, Any] = answer.json()
        return body if answer.is_success else None

    case = await until(look, "The solved case was not summarised.")
    state = await call(clients.customer, "GET", f"/sessions/{session_id}")
    expect(state["status"] == "resolved", f"The session is {state['status']} after the ticket was solved.")
    expect(case["tags"] and all(len(tag.split()) <= 2 for tag in case["tags"]), "The case has no fit tags.")
    expect("polling mode" in case["resolution"], "The case does not say what solved it.")
    show("The agent solves the ticket", f"{case['summary']}\n— tags: {', '.join(case['tags'])}")


async def _learnt(clients: Clients, show: Show, session_id: str) -> None:
    async def look() -> bool:
        found = await call(clients.agent, "POST", "/search", json={"query": ALIKE, "limit": 3})
        return any("Lotus Notes sends no webhooks" in hit["text"] for hit in found["results"])

    await until(look, "The case was not made findable.")
    reply = await ask(clients.customer, ALIKE, f"cleo-{clients.run}")
    said = reply["reply"]
    expect(said and said["citations"], f"The case did not help the next customer: {reply}")
    expect("polling mode" in said["content"], f"The answer is not the case's: {said}")
    show(
        f"Another customer asks: {ALIKE}",
        f"{said['content']}\n— from the solved case “{said['citations'][0]['title']}”",
    )


async def _unseen(clients: Clients, show: Show, session_id: str) -> None:
    session = await call(clients.agent, "GET", f"/sessions/{session_id}")
    for path in (
        f"/sessions/{session_id}",
        f"/sessions/{session_id}/messages",
        f"/tickets/{session['ticket_id']}",
    ):
        answer = await clients.other_tenant.get(f"/api/v1{path}")
        expect(answer.status_code == 404, f"Another tenant got {answer.status_code} for {path}.")
    found = await call(clients.other_tenant, "POST", "/search", json={"query": UNANSWERABLE, "limit": 10})
    expect(not found["results"], "Another tenant's search found something.")
    listed = await call(clients.other_tenant, "GET", "/tickets")
    expect(not listed["items"], "Another tenant sees tickets.")
    show("Another tenant looks for all of it", "404 for the session and the ticket, and no search results")
