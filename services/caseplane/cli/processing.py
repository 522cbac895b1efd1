"""`caseplane ticket process`: one ticket from a file through the whole workflow."""

import email
import email.policy
import json
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any

import typer

from caseplane.cli.api import connect
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.options import AsJson
from caseplane.cli.output import say, show_json, show_rows
from caseplane.cli.workflows import read_text

FIELDS = frozenset(("subject", "body", "customer_id", "customer_email", "metadata"))


def process(
    file: Annotated[
        Path,
        typer.Argument(
            help="A mail (.eml), JSON with subject and body, or text whose first line is the subject;"
            " `-` reads standard input."
        ),
    ],
    keep: Annotated[
        bool, typer.Option("--keep/--dry-run", help="Open a ticket, or only say what would be done.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Take a ticket from a file through the workflow, and show what it made of it."""
    body = read_body(read_text(file), suffix=file.suffix)

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.post("/workflow/process", {**body, "keep": keep}, wait=30)
            return found

    made = run(work())
    if as_json:
        show_json(made)
    else:
        _show(made)


def read_body(text: str, *, suffix: str = "") -> dict[str, Any]:
    """The request of a file's text.

    Raises:
        CommandError: it is no ticket.
    """
    if suffix.lower() == ".eml":
        body = _mail(text)
    elif suffix.lower() == ".json" or text.lstrip().startswith("{"):
        body = _object(text)
    else:
        subject, _, rest = text.strip().partition("\n")
        body = {"subject": subject, "body": rest.strip()}
    if not str(body.get("subject") or "").strip():
        raise CommandError("The file has no subject; its first line is taken for one.", Exit.usage)
    body["subject"] = str(body["subject"]).strip()[:1000]
    return body


def _object(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise CommandError(f"The file is not JSON: {exc}.", Exit.usage) from exc
    if not isinstance(body, dict):
        raise CommandError("The file is JSON, but not an object with subject and body.", Exit.usage)
    unknown = sorted(body.keys() - FIELDS)
    if unknown:
        known = ", ".join(sorted(FIELDS))
        raise CommandError(f"The file has {', '.join(unknown)}; a ticket has {known}.", Exit.usage)
    return body


def _mail(text: str) -> dict[str, Any]:
    message = email.message_from_string(text, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("plain", "html"))
    found: dict[str, Any] = {
        "subject": str(message["subject"] or ""),
        "body": str(part.get_content()) if part is not None else "",
    }
    _, address = parseaddr(str(message["from"] or ""))
    if address:
        found["customer_email"] = address
    return found


def _show(made: dict[str, Any]) -> None:
    found, route = made["classification"], made["routing"]
    if made["ticket_id"]:
        say(f"ticket    {made['ticket_id']}")
    if found:
        sure = f"{found['category_confidence']:.0%}"
        say(f"category  {found['category']} ({sure}{', nothing known fits' if found['unknown'] else ''})")
        say(f"severity  {found['severity']} ({found['severity_confidence']:.0%})")
        say(f"sentiment {found['sentiment']}")
    if route:
        say(f"team      {route['team']}, {route['priority']}")
        say(f"why       {route['reasoning']}")
        if route["due_at"]:
            say(f"reply by  {route['due_at'][:16].replace('T', ' ')} UTC")
    fields = (made["extracted_fields"] or {}).get("fields") or []
    if fields:
        say()
        show_rows(fields, ["name", "value", "confidence"], as_json=False, empty="")
    say()
    show_rows(made["workflow_steps"], ["name", "status", "duration_ms", "error"], as_json=False, empty="")
