"""`caseplane ask`: a question as a customer would ask it, or a conversation at a terminal."""

import asyncio
import contextlib
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from caseplane.cli.api import Api, connect, part
from caseplane.cli.exits import CommandError, Exit, ProblemError, run
from caseplane.cli.knowledge import base_id
from caseplane.cli.options import AsJson
from caseplane.cli.output import note, say, show_json

LONGEST_WAIT = 60.0
"""Longest wait in one request, in seconds."""


@dataclass
class Customer:
    """Who asks, and in which conversation."""

    name: str
    bases: list[str] = field(default_factory=list)
    entitlements: list[str] = field(default_factory=list)
    session: str | None = None
    seen: int = 0
    """The last message that was shown."""

    async def open(self, api: Api) -> str:
        """The conversation, opened at the first message."""
        if self.session is None:
            opened = {
                "channel": "api",
                "customer_id": self.name,
                "knowledge_base_ids": [await base_id(api, name) for name in self.bases],
                "entitlements": self.entitlements,
            }
            self.session = str((await api.post("/sessions", opened))["session_id"])
        return self.session


def ask(
    question: Annotated[
        str | None,
        typer.Argument(
            help="What the customer says; `-` reads it from standard input. Without it, at a terminal, a"
            " conversation begins."
        ),
    ] = None,
    kb: Annotated[
        list[str] | None, typer.Option("--kb", help="Answer only from this knowledge base; may be repeated.")
    ] = None,
    customer: Annotated[str, typer.Option(help="Who asks.")] = "cli",
    session: Annotated[str | None, typer.Option(help="Go on with this conversation.")] = None,
    entitlement: Annotated[
        list[str] | None, typer.Option(help="A group whose documents the customer may see; may be repeated.")
    ] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the answer.", min=0, max=600)] = 60,
    as_json: AsJson = False,
) -> None:
    """Ask a question and print the answer with its evidence, or who takes over and why."""
    who = Customer(customer, kb or [], entitlement or [], session)
    if question is None and sys.stdin.isatty() and not as_json:
        _converse(who, wait)
        return
    text = typer.get_text_stream("stdin").read() if question in (None, "-") else question
    if not text or not text.strip():
        raise CommandError("There is no question: give it in quotes, or on standard input.", Exit.usage)
    asked = run(_ask_once(who, text, wait, as_json=as_json))
    if as_json:
        show_json(asked)
        return
    _show(asked)
    note(f"session {asked['session_id']}")
    if asked["reply"] is None and asked["escalation"] is None and asked["status"] == "open":
        raise CommandError(
            "The answer is not ready yet; look again with the session's id or a longer --wait.",
            Exit.unavailable,
        )


async def _ask_once(who: Customer, text: str, wait: float, *, as_json: bool) -> dict[str, Any]:
    async with connect() as api:
        if not as_json:
            note(f"asking {api.where}")
        return await _say(api, who, text, wait)


async def _say(api: Api, who: Customer, text: str, wait: float) -> dict[str, Any]:
    session = await who.open(api)
    said = await api.post(
        f"/sessions/{part(session)}/messages", {"content": text}, wait=min(wait, LONGEST_WAIT)
    )
    asked = await _reply(api, said, until=time.monotonic() + wait - LONGEST_WAIT)
    who.session = asked["session_id"]  # another one, if the case was solved too long ago
    if asked["escalation"] is not None:
        asked["escalation"]["ticket_number"] = await _number(api, asked["escalation"]["ticket_id"])
    return asked


async def _reply(api: Api, said: dict[str, Any], *, until: float) -> dict[str, Any]:
    """The outcome of a message; waits further if the server had none in time."""
    while said["reply"] is None and said["escalation"] is None and said["status"] == "open":
        if time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
        session = await api.get(f"/sessions/{part(said['session_id'])}")
        latest = session.get("latest_reply")
        said["status"] = session["status"]
        if latest and latest["created_at"] and latest["message_id"] > said["message_id"]:
            said["reply"] = latest
    return said


async def _number(api: Api, ticket_id: str) -> int | None:
    """The number of a ticket that is being made; None if it is not there yet, or not for this key."""
    for _ in range(10):
        try:
            return int((await api.get(f"/tickets/{part(ticket_id)}"))["number"])
        except ProblemError as exc:
            if exc.status != 404:
                return None
        await asyncio.sleep(0.2)
    return None


def _converse(who: Customer, wait: float) -> None:
    """Take turns at a terminal. Between turns the loop rests, so that Ctrl-C reaches the prompt."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - gives the prompt its line editing
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        api = runner.run(_entered(stack))
        try:
            note(f"Asking {api.where}. An empty line looks for news, Ctrl-D ends.")
            while (text := _prompt()) is not None:
                if text.strip():
                    _show(runner.run(_say(api, who, text, wait)))
                runner.run(_show_news(api, who))
        finally:
            runner.run(stack.aclose())
    if who.session:
        note(f"Go on later with: caseplane ask --session {who.session}")


async def _entered(stack: AsyncExitStack) -> Api:
    return await stack.enter_async_context(connect())


def _prompt() -> str | None:
    try:
        return input("\n> ")
    except EOFError:
        say()
        return None


async def _show_news(api: Api, who: Customer) -> None:
    """What people wrote since the last turn."""
    if who.session is None:
        return
    page = await api.get(f"/sessions/{part(who.session)}/messages", limit=200, after=who.seen or None)
    for message in page["items"]:
        if message["role"] == "agent":
            say("\na person:", style="bold")
            say(message["content"])
        who.seen = max(who.seen, message["seq"])


def _show(asked: dict[str, Any]) -> None:
    reply, escalation = asked["reply"], asked["escalation"]
    if reply is not None:
        _show_reply(reply)
    if escalation is not None:
        if reply is None:
            say(escalation["explanation"])
        number = escalation.get("ticket_number")
        ticket = f"ticket {number}" if number else f"ticket {escalation['ticket_id']}"
        say(f"\nhanded over to a person: {escalation['reason']}, {ticket}", style="bold")
        for question in escalation["clarifying_questions"]:
            say(f"  - {question}")
    if reply is None and escalation is None and asked["status"] != "open":
        say("A person has this conversation; the message was added to it.")


def _show_reply(reply: dict[str, Any]) -> None:
    say(reply["content"])
    numbered: dict[tuple[str, str], str] = {}
    for citation in reply["citations"]:
        numbered.setdefault((citation["uri"], citation["title"]), citation["quote"])
    for number, ((uri, title), quote) in enumerate(numbered.items(), 1):
        say(f"\n[{number}] {title} ({uri})", style="bold")
        say(f"    “{' '.join(quote.split())[:300]}”", style="dim")
    if reply.get("confidence") is not None:
        say(f"\nthe assistant, confidence {reply['confidence']:.2f}", style="dim")
