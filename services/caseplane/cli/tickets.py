"""`caseplane ticket`: the work of the desk from a terminal."""

from typing import Annotated, Any

import typer

from caseplane.cli.api import connect
from caseplane.cli.exits import run
from caseplane.cli.options import AsJson, Limit
from caseplane.cli.output import say, show_fields, show_json, show_rows
from caseplane.cli.processing import process
from caseplane.cli.references import ticket_id as find_ticket

app = typer.Typer(help="Tickets: list, show, reply, note, solve, process.", no_args_is_help=True)
app.command("process")(process)
TicketId = Annotated[str, typer.Argument(help="The ticket's number, or its id or the end of it.")]
SHOWN = [
    "ticket_id",
    "number",
    "status",
    "priority",
    "subject",
    "requester_id",
    "assigned_to",
    "tags",
    "ai_escalation_reason",
    "external_conversation_id",
    "created_at",
    "resolution_summary",
]


@app.command("list")
def list_tickets(
    status: Annotated[list[str] | None, typer.Option(help="Only with this status; may be repeated.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show the queue."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return await api.rows("/tickets", limit=limit, status=status or None)

    columns = ["number", "status", "priority", "ai_escalation_reason", "subject", "created_at"]
    show_rows(run(work()), columns, as_json=as_json, empty="There are no tickets.")


@app.command()
def show(ticket_id: TicketId, as_json: AsJson = False) -> None:
    """Show a ticket with the handoff packet and its comments."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.get(f"/tickets/{await find_ticket(api, ticket_id)}/context")
            return found

    context = run(work())
    if as_json:
        show_json(context)
        return
    show_fields(context["ticket"], as_json=False, names=SHOWN)
    _show_packet(context.get("packet"))
    for comment in context["comments"]:
        who = f"{comment['author_type']} ({comment['visibility']})"
        say(f"\n{comment['created_at'][:19].replace('T', ' ')}  {who}", style="bold")
        say(comment["body"])


def _show_packet(packet: dict[str, Any] | None) -> None:
    if not packet:
        return
    reason = packet.get("reason") or {}
    say(f"\nwhy a person is needed: {reason.get('code', '')}", style="bold")
    for name in ("rationale", "explanation"):
        if reason.get(name):
            say(str(reason[name]))
    for evidence in packet.get("evidence", [])[:5]:
        title = evidence.get("title") or evidence.get("uri") or evidence.get("doc_uri")
        say(f"  evidence: {title} (score {evidence.get('score', 0):.2f})")
    for step in packet.get("suggested_next_steps", []):
        say(f"  next: {step}")


@app.command()
def reply(
    ticket_id: TicketId,
    text: Annotated[str, typer.Argument(help="What the customer will read.")],
    as_json: AsJson = False,
) -> None:
    """Answer the customer."""
    _comment(ticket_id, text, "public", as_json=as_json)


@app.command()
def note(
    ticket_id: TicketId,
    text: Annotated[str, typer.Argument(help="What only the desk will read.")],
    as_json: AsJson = False,
) -> None:
    """Add an internal note."""
    _comment(ticket_id, text, "internal", as_json=as_json)


def _comment(ticket_id: str, text: str, visibility: str, *, as_json: bool) -> None:
    async def work() -> dict[str, Any]:
        async with connect() as api:
            body = {"body": text, "visibility": visibility}
            made: dict[str, Any] = await api.post(
                f"/tickets/{await find_ticket(api, ticket_id)}/comments", body
            )
            return made

    made = run(work())
    if as_json:
        show_json(made)
    else:
        say(
            "The customer will see the reply." if visibility == "public" else "The note is kept for the desk."
        )


@app.command()
def solve(
    ticket_id: TicketId,
    summary: Annotated[
        str | None, typer.Option(help="How it was resolved; the next customer may get it.")
    ] = None,
    comment: Annotated[str | None, typer.Option(help="A last reply to the customer.")] = None,
    without_reply: Annotated[
        str | None,
        typer.Option(
            help="Why no reply is needed: spam, duplicate, answered_elsewhere or no_reply_needed.",
            metavar="REASON",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Resolve a ticket, and the conversation with it."""
    body = {"resolution_summary": summary, "comment": comment, "without_reply": without_reply}

    async def work() -> dict[str, Any]:
        async with connect() as api:
            given = {k: v for k, v in body.items() if v is not None}
            solved: dict[str, Any] = await api.call(
                "PUT", f"/tickets/{await find_ticket(api, ticket_id)}/resolve", json=given
            )
            return solved

    solved = run(work())
    if as_json:
        show_json(solved)
    else:
        say(f"Ticket {solved['number']} is {solved['status']}.")
