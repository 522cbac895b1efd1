"""`caseplane label` and `caseplane classifier`: what people said of tickets, and what is learned from it."""

from typing import Annotated, Any

import typer

from caseplane.cli.api import Api, connect, part
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.options import AsJson, Limit
from caseplane.cli.output import say, show_fields, show_json, show_rows
from caseplane.cli.references import ticket_id as find_ticket

labels = typer.Typer(help="Labels: what people said of tickets.", no_args_is_help=True)
classifiers = typer.Typer(
    help="Classifiers: train, look at, activate and roll back what is learned from labels.",
    no_args_is_help=True,
)
Ticket = Annotated[str, typer.Argument(help="The ticket's number, or its id or the end of it.")]
Version = Annotated[int, typer.Argument(help="As `list` shows it.", min=1)]
LABELS, CLASSIFIERS = "/workflow/labels", "/workflow/classifiers"
LABEL = [
    "label_id", "ticket_id", "source", "created_by", "rating", "helpful", "category", "severity",
    "correction", "comment", "draft_outcome",
]  # fmt: skip
CLASSIFIER = [
    "version", "state", "active", "note", "reason", "created_by", "created_at", "finished_at", "activated_at"
]  # fmt: skip


@labels.command("list")
def list_labels(
    ticket: Annotated[str | None, typer.Option(help="Only of this ticket.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show what people said of tickets, the newest first."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            ticket_id = await find_ticket(api, ticket) if ticket else None
            return await api.rows(LABELS, limit=limit, ticket_id=ticket_id)

    columns = ["source", "rating", "helpful", "category", "severity", "draft_outcome", "comment", "ticket_id"]
    show_rows(run(work()), columns, as_json=as_json, empty="Nobody has said anything yet.")


@labels.command("add")
def add_label(
    ticket: Ticket,
    category: Annotated[str | None, typer.Option(help="What it is about in truth.")] = None,
    severity: Annotated[str | None, typer.Option(help="How bad it is in truth.")] = None,
    rating: Annotated[int | None, typer.Option(min=1, max=5, help="Of the answer; 5 is the best.")] = None,
    helpful: Annotated[
        bool | None, typer.Option("--helpful/--not-helpful", help="Whether the answer helped.")
    ] = None,
    correction: Annotated[str | None, typer.Option(help="What the answer should say.")] = None,
    comment: Annotated[str | None, typer.Option(help="Anything else.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a ticket is about, or what was wrong with the answer."""
    given = {
        "category": category, "severity": severity, "rating": rating, "helpful": helpful,
        "correction": correction, "comment": comment,
    }  # fmt: skip
    said = {name: value for name, value in given.items() if value is not None}
    if not said:
        raise CommandError("Say something: --category, --severity, --rating, …", Exit.usage)

    async def work() -> dict[str, Any]:
        async with connect() as api:
            body = {"ticket_id": await find_ticket(api, ticket), **said}
            made: dict[str, Any] = await api.post(LABELS, body)
            return made

    show_fields(run(work()), as_json=as_json, names=LABEL)


@classifiers.command("list")
def list_classifiers(limit: Limit = 50, as_json: AsJson = False) -> None:
    """Show all versions, the newest first, with their accuracy and that of keywords on the same tickets."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return await api.rows(CLASSIFIERS, limit=limit)

    rows = run(work())
    columns = ["version", "state", "active", "tickets", "accuracy", "keywords", "created_at", "note"]
    shown = rows if as_json else [{**row, **_summary(row)} for row in rows]
    show_rows(shown, columns, as_json=as_json, empty="No classifier was trained; keywords decide.")


@classifiers.command("train")
def train(
    remark: Annotated[str, typer.Option("--note", help="What is new about it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Have a classifier trained on the tickets that are labelled now; it decides nothing until it is activated."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            made: dict[str, Any] = await api.post(CLASSIFIERS, {"note": remark})
            return made

    made = run(work())
    if as_json:
        show_json(made)
    else:
        say(f"Version {made['version']} is being trained; `caseplane classifier show {made['version']}` …")


@classifiers.command("show")
def show(version: Version, as_json: AsJson = False) -> None:
    """Show how a version did on tickets that were held back, beside keywords on the same tickets."""
    found = run(_named(version))
    if as_json:
        show_json(found)
        return
    show_fields(found, as_json=False, names=CLASSIFIER)
    if found["report"]:
        _show_report(found["report"])


@classifiers.command("activate")
def activate(version: Version, as_json: AsJson = False) -> None:
    """Let a version decide; activating an earlier one goes back to it."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            row = await _find(api, version)
            made: dict[str, Any] = await api.post(f"{CLASSIFIERS}/{part(row['classifier_id'])}/activate")
            return made

    show_fields(run(work()), as_json=as_json, names=CLASSIFIER)


@classifiers.command("roll-back")
def roll_back(as_json: AsJson = False) -> None:
    """Go back to the version that decided before; after the first, to keywords."""

    async def work() -> dict[str, Any] | None:
        async with connect() as api:
            found: dict[str, Any] | None = await api.post(f"{CLASSIFIERS}/roll-back")
            return found

    found = run(work())
    if as_json:
        show_json(found)
    elif found is None:
        say("No earlier version decided; keywords decide now.")
    else:
        show_fields(found, as_json=False, names=CLASSIFIER)


async def _named(version: int) -> dict[str, Any]:
    async with connect() as api:
        return await _find(api, version)


async def _find(api: Api, version: int) -> dict[str, Any]:
    async for row in api.pages(CLASSIFIERS):
        if row["version"] == version:
            found: dict[str, Any] = row
            return found
    raise CommandError(f"There is no version {version}; `classifier list` shows them.", Exit.not_found)


def _summary(row: dict[str, Any]) -> dict[str, Any]:
    report = row["report"]
    if not report:
        return {}
    return {
        "tickets": report["tickets"],
        "accuracy": f"{report['held_back']['accuracy']:.1%}",
        "keywords": f"{report['keywords']['accuracy']:.1%}",
    }


def _show_report(report: dict[str, Any]) -> None:
    learned, keywords = report["held_back"], report["keywords"]
    say(f"\n{report['tickets']} labelled tickets; measured on {learned['texts']} that were held back:\n")
    measures = (("accuracy", ".1%"), ("macro_f1", ".3f"), ("ece", ".3f"), ("coverage_at_95", ".1%"))
    rows = [
        {"measure": name, "classifier": format(learned[name], form), "keywords": format(keywords[name], form)}
        for name, form in measures
    ]
    show_rows(rows, ["measure", "classifier", "keywords"], as_json=False)
    if learned["confused"]:
        say("\nConfused most often:")
        for each in learned["confused"]:
            say(f"  {each['label']} was called {each['said']}: {each['texts']}")
    for name, count in report["left_out"].items():
        say(f"Left out: {name} has only {count} labelled tickets.")
    if report["unreadable"]:
        say(f"Not used: {report['unreadable']} labelled tickets that are deleted, empty or of no category.")
