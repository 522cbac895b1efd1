"""`caseplane ask`: a question as a customer would ask it."""

import asyncio
import time
from typing import Annotated, Any

import typer

from caseplane.cli.api import Api, connect, part
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.knowledge import base_id
from caseplane.cli.options import AsJson
from caseplane.cli.output import note, say, show_json

LONGEST_WAIT = 60.0
"""Longest wait in one request, in seconds."""


def ask(
    question: Annotated[
        str, typer.Argument(help="What the customer says; `-` reads it from standard input.")
    ],
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
    text = typer.get_text_stream("stdin").read() if question == "-" else question
    asked = run(_ask(text, kb or [], customer, session, entitlement or [], wait))
    if as_json:
        show_json(asked)
    else:
        _show(asked)


async def _ask(
    text: str, kb: list[str], customer: str, session: str | None, entitlements: list[str], wait: float
) -> dict[str, Any]:
    async with connect() as api:
        if session is None:
            opened = {
                "channel": "api",
                "customer_id": customer,
                "knowledge_base_ids": [await base_id(api, name) for name in kb],
                "entitlements": entitlements,
            }
            session = (await api.post("/sessions", opened))["session_id"]
        said = await api.post(
            f"/sessions/{part(session)}/messages", {"content": text}, wait=min(wait, LONGEST_WAIT)
        )
        return await _reply(api, said, until=time.monotonic() + wait - LONGEST_WAIT)


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


def _show(asked: dict[str, Any]) -> None:
    reply, escalation = asked["reply"], asked["escalation"]
    if reply is not None:
        say(reply["content"])
        numbered: dict[tuple[str, str], str] = {}
        for citation in reply["citations"]:
            numbered.setdefault((citation["uri"], citation["title"]), citation["quote"])
        for number, ((uri, title), quote) in enumerate(numbered.items(), 1):
            say(f"\n[{number}] {title} ({uri})", style="bold")
            say(f"    “{' '.join(quote.split())[:300]}”", style="dim")
        if reply.get("confidence") is not None:
            say(f"\nconfidence {reply['confidence']:.2f}", style="dim")
    if escalation is not None:
        if reply is None:
            say(escalation["explanation"])
        say(f"\nhanded over: {escalation['reason']}, ticket {escalation['ticket_id']}", style="bold")
        for question in escalation["clarifying_questions"]:
            say(f"  - {question}")
    note(f"session {asked['session_id']}")
    if reply is None and escalation is None:
        if asked["status"] != "open":
            say("A person has this conversation; the message was added to it.")
            return
        raise CommandError(
            "The answer is not ready yet; look again with the session's id or a longer --wait.",
            Exit.unavailable,
        )
