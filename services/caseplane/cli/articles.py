"""`caseplane insights gaps` and `articles`: what the knowledge lacks, and what is written about it."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from caseplane.cli.api import Api, connect
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.options import AsJson, Id, Limit
from caseplane.cli.output import say, show_fields, show_json, show_rows
from caseplane.cli.references import whole_id

gaps = typer.Typer(help="Gaps: what customers ask and the knowledge does not answer.", no_args_is_help=True)
articles = typer.Typer(
    help="Articles: write, review, approve, publish, measure, take back.", no_args_is_help=True
)
GAPS, ARTICLES = "/gaps", "/articles"
ARTICLE = [
    "article_id", "state", "live", "title", "revision", "published_revision", "authors", "reviewed_by",
    "approved_by", "stale_because", "publish_error", "gap_id", "version", "body",
]  # fmt: skip


class Step(StrEnum):
    """What can be done with an article."""

    submit = "submit"
    review = "review"
    send_back = "send-back"
    approve = "approve"
    reject = "reject"
    rollback = "rollback"


@gaps.command("list")
def list_gaps(
    state: Annotated[
        str | None, typer.Option(help="Only these: open, drafted, covered or dismissed.")
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show gaps, the most asked first."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return await api.rows(GAPS, limit=limit, state=state)

    columns = ["gap_id", "asked", "state", "reason", "last_at", "question"]
    show_rows(run(work()), columns, as_json=as_json, empty="The knowledge has no gap that anybody met.")


@gaps.command("show")
def show_gap(gap_id: Id, as_json: AsJson = False) -> None:
    """Show a gap, how it was asked, and what solved it."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            path = f"{GAPS}/{await _gap(api, gap_id)}"
            found: dict[str, Any] = await api.get(path)
            return found | {"questions": await api.get(f"{path}/questions")}

    found = run(work())
    if as_json:
        show_json(found)
        return
    show_fields({k: v for k, v in found.items() if k != "questions"}, as_json=False)
    for each in found["questions"]:
        say(f"  {each['at'][:19]}  {each['question']}")
        if each["resolution"]:
            say(f"      {each['resolution']}")


@gaps.command("dismiss")
def dismiss_gap(
    gap_id: Id, note: Annotated[str, typer.Option(help="Why no article is wanted.")], as_json: AsJson = False
) -> None:
    """Say that no article is wanted."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            path = f"{GAPS}/{await _gap(api, gap_id)}/dismiss"
            found: dict[str, Any] = await api.post(path, {"note": note})
            return found

    show_fields(run(work()), as_json=as_json)


@articles.command("list")
def list_articles(
    state: Annotated[str | None, typer.Option(help="Only these, such as in_review or published.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show articles, the newest first."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return await api.rows(ARTICLES, limit=limit, state=state)

    columns = ["article_id", "state", "live", "title", "authors", "updated_at"]
    show_rows(run(work()), columns, as_json=as_json, empty="There are no articles.")


@articles.command("show")
def show_article(article_id: Id, as_json: AsJson = False) -> None:
    """Show an article."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            return await _article(api, article_id)

    show_fields(run(work()), as_json=as_json, names=ARTICLE)


@articles.command("draft")
def draft_article(
    knowledge_base: Annotated[str, typer.Option(help="Name of the knowledge base that it goes into.")],
    gap: Annotated[str | None, typer.Option(help="The gap that it is about.")] = None,
    title: Annotated[str | None, typer.Option(help="The question that it answers.")] = None,
    body: Annotated[
        typer.FileText | None, typer.Option(help="File with the text, in Markdown; `-` reads it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draft an article; without --body it is made of what solved the gap's cases."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            bases = await api.rows("/knowledge-bases", name=knowledge_base)
            if not bases:
                raise CommandError(f"There is no knowledge base named {knowledge_base!r}.", Exit.not_found)
            given = {"title": title, "body": body.read() if body else None}
            if gap:
                given["gap_id"] = await _gap(api, gap)
            chosen = {name: value for name, value in given.items() if value is not None}
            made: dict[str, Any] = await api.post(ARTICLES, {"knowledge_base_id": bases[0]["id"], **chosen})
            return made

    show_fields(run(work()), as_json=as_json, names=ARTICLE)


@articles.command("step")
def take_step(
    article_id: Id,
    step: Annotated[Step, typer.Argument(help="What to do.")],
    note: Annotated[str, typer.Option(help="What is to be said about it; needed to refuse.")] = "",
    body: Annotated[
        typer.FileText | None, typer.Option(help="With `review`: file with the corrected text.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(help="That you read; refused if it changed since. Without: the present one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Submit, review, send back, approve, reject or roll back an article."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found = await _article(api, article_id)
            said = {"note": note} | ({"body": body.read()} if body else {})
            seen = found["version"] if version is None else version
            done: dict[str, Any] = await api.call(
                "POST",
                f"{ARTICLES}/{found['article_id']}/{step.value}",
                json=said,
                headers={"If-Match": f'"{seen}"'},
            )
            return done

    show_fields(run(work()), as_json=as_json, names=ARTICLE)


@articles.command("effect")
def show_effect(
    article_id: Id,
    days: Annotated[int, typer.Option(help="Before and after publication.", min=1, max=365)] = 28,
    as_json: AsJson = False,
) -> None:
    """Show whether an article helped."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found = await _article(api, article_id)
            measured: dict[str, Any] = await api.get(f"{ARTICLES}/{found['article_id']}/effect", days=days)
            return measured

    found = run(work())
    if as_json:
        show_json(found)
        return
    for phase in ("before", "after"):
        tried, period = found[phase], found[f"period_{phase}"]
        handed = period["handed_over"]
        say(
            f"{phase:>6}: {tried['answered']} of {tried['asked']} affected questions answered; "
            f"{handed['count']} of {handed['of']} conversations handed over"
        )
    if found["change"] is not None:
        say(
            f"change of the share handed over: {found['change']:+.1%} "
            f"({found['change_low']:+.1%} to {found['change_high']:+.1%}), {found['days']} days"
        )


async def _gap(api: Api, given: str) -> str:
    return await whole_id(api, given, path=GAPS, field="gap_id", noun="gap", listing="insights gaps list")


async def _article(api: Api, given: str) -> dict[str, Any]:
    key = await whole_id(
        api, given, path=ARTICLES, field="article_id", noun="article", listing="insights articles list"
    )
    found: dict[str, Any] = await api.get(f"{ARTICLES}/{key}")
    return found
