"""`caseplane eval`: quality of answers and retrieval on labelled data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caseplane.cli.options import AsJson
from caseplane.cli.output import Meter, say, show_json
from caseplane.cli.serving import prepare

if TYPE_CHECKING:
    from pydantic import BaseModel

app = typer.Typer(help="Measure quality on labelled data.", no_args_is_help=True)


def _file(what: str) -> Any:
    return typer.Option(help=what, exists=True, dir_okay=False, readable=True)


def _at_most(what: str) -> Any:
    return typer.Option(help=f"Ask so many {what}, spread over the file.", min=1)


@app.command()
def answers(
    squad: Annotated[Path, _file("Paragraphs and questions in the form of SQuAD 2.0 (JSON).")],
    limit: Annotated[int | None, _at_most("questions")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure answers and the gate: what is answered, what is handed over, what is wrong."""
    from caseplane.evaluation.answers import evaluate_answers

    prepare(quiet=True)
    with Meter("Starting") as meter:
        report = evaluate_answers(squad, limit, progress=meter.phase)
    _show(report, as_json=as_json)


@app.command()
def documents(
    folder: Annotated[
        Path,
        typer.Option(
            help="Documents; the questions' `kb` names its subfolders.", exists=True, file_okay=False
        ),
    ],
    questions: Annotated[
        Path, _file("Labelled questions: JSON lines with id, kb, question or turns, answerable, must.")
    ],
    limit: Annotated[int | None, _at_most("questions")] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Keep the indexed documents in this folder, so that the next run only asks.", file_okay=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure replies on documentation: right, wrong, handed over, asked back."""
    from caseplane.evaluation.documents import evaluate_documents

    prepare(quiet=True)
    with Meter("Starting") as meter:
        report = evaluate_documents(folder, questions, limit, keep=keep, progress=meter.phase)
    _show(report, as_json=as_json)


@app.command()
def retrieval(
    corpus: Annotated[Path, _file("Documents: JSON lines with _id, title, text.")],
    queries: Annotated[Path, _file("Queries: JSON lines with _id, text.")],
    qrels: Annotated[Path, _file("Judgements: tab-separated query id, document id, relevance.")],
    limit: Annotated[int | None, _at_most("queries")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure search on a judged collection in the form of BEIR."""
    from caseplane.evaluation.retrieval import evaluate_retrieval

    prepare(quiet=True)
    with Meter("Starting") as meter:
        report = evaluate_retrieval(corpus, queries, qrels, limit, progress=meter.phase)
    _show(report, as_json=as_json)


@app.command()
def intents(
    train: Annotated[Path, _file("Texts to learn from: CSV with text and category.")],
    test: Annotated[Path, _file("Texts to be judged on, in the same form.")],
    oos: Annotated[
        Path | None,
        typer.Option(help="Texts of no category: CSV with text.", exists=True, dir_okay=False, readable=True),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the learned classifier of tickets: right, sure when right, and aware of what it does not know."""
    from caseplane.evaluation.intents import evaluate_intents

    prepare(quiet=True)
    with Meter("Starting") as meter:
        report = evaluate_intents(train, test, oos, progress=meter.phase)
    _show(report, as_json=as_json)


@app.command()
def extraction(
    data: Annotated[Path, _file("Labelled tickets: JSON lines with text and fields.")],
    configuration: Annotated[
        Path | None,
        typer.Option(
            help="Workflow configuration (YAML); without it, the shipped one.", exists=True, dir_okay=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the extraction of fields from tickets."""
    from caseplane.evaluation.fields import evaluate_fields

    prepare(quiet=True)
    report = evaluate_fields(data, configuration)
    _show(report, as_json=as_json)


@app.command()
def duplicates(
    pairs: Annotated[Path, _file("Pairs of texts: CSV with a, b, label (1: about the same thing).")],
    as_json: AsJson = False,
) -> None:
    """Measure whether tickets about the same thing are told from tickets that only look alike."""
    from caseplane.evaluation.duplicates import evaluate_duplicates

    prepare(quiet=True)
    with Meter("Starting") as meter:
        report = evaluate_duplicates(pairs, progress=meter.phase)
    _show(report, as_json=as_json)


@app.command()
def clusters(
    data: Annotated[Path, _file("Labelled texts: CSV with a heading.")],
    text: Annotated[str, typer.Option(help="Column of the texts.")] = "text",
    label: Annotated[str, typer.Option(help="Column of the labels.")] = "category",
    as_json: AsJson = False,
) -> None:
    """Measure whether texts with the same label are grouped together, without the labels."""
    from caseplane.evaluation.clusters import evaluate_clusters

    prepare(quiet=True)
    with Meter("Starting", unit="texts") as meter:
        report = evaluate_clusters(data, text=text, label=label, progress=meter.phase)
    _show(report, as_json=as_json)


@app.command()
def calibrate(
    wrong: Annotated[
        float, typer.Option(help="Share of wrong answers that is accepted.", min=0.001, max=0.5)
    ] = 0.05,
    per: Annotated[
        str, typer.Option(help="Out of what they are counted: `answered` or `asked`.")
    ] = "answered",
    certainty: Annotated[
        float, typer.Option(help="How sure the promise is to be.", min=0.5, max=0.999)
    ] = 0.95,
    count_silence: Annotated[
        bool, typer.Option("--count-silence", help="Take customers who wrote no more for content.")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Store the policy as a new version, to be activated.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fit the gate of the running platform to what became of its stored conversations."""
    from caseplane.cli.api import connect
    from caseplane.cli.exits import run

    body = {
        "wrong": wrong,
        "base": per,
        "certainty": certainty,
        "count_silence": count_silence,
        "apply": apply,
    }

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.post("/gate-policies/calibrate", body)
            return found

    found = run(work())
    if as_json:
        show_json(found)
        return
    rest = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found["sources"].items() if count)
    say(f"{found['labels']} answers with a known outcome, {found['wrong_labels']} of them wrong ({rest}).")
    for name, fitted in found["classes"].items():
        say(f"Class {name}: {fitted['note']}")
    for name in ("active", "fitted", "cross_validated"):
        say(_figures(name.replace("_", " "), found[name]))
    stored = found["stored"]
    if stored:
        say(f"Stored as version {stored['version']} ({stored['policy_id']}); it is not active yet.")
    else:
        say("Nothing was stored; --apply stores it as a new version.")


def _figures(name: str, found: dict[str, Any]) -> str:
    rate = found["wrong_answer_rate"]
    wrong = "nothing wrong" if rate is None else f"{rate:.1%} of them wrong"
    return f"{name:<16} answers {found['answered']} of {found['asked']} ({found['coverage']:.1%}), {wrong}"


@app.command("cranfield-to-beir")
def cranfield_to_beir(
    source: Annotated[
        Path,
        typer.Argument(
            help="Folder with cran.all.1400.xml, cran.qry.xml, cranqrel.trec.txt.", file_okay=False
        ),
    ],
    target: Annotated[Path, typer.Argument(help="Folder to write to.", file_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Write the Cranfield collection in the form of BEIR."""
    from caseplane.evaluation.beir import convert_trec

    documents, topics = source / "cran.all.1400.xml", source / "cran.qry.xml"
    convert_trec(documents, topics, source / "cranqrel.trec.txt", target)
    written = [str(target / name) for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv")]
    if as_json:
        show_json({"files": written})
    else:
        say(f"Written: {', '.join(written)}.")


def _show(report: "BaseModel", *, as_json: bool) -> None:
    """Print a report; its lists appear only in JSON."""
    values = report.model_dump(mode="json", by_alias=True)
    if as_json:
        show_json(values)
        return
    shown = {k: v for k, v in values.items() if v is not None and not isinstance(v, list | dict)}
    width = max(map(len, shown))
    for name, value in shown.items():
        say(f"{name:<{width}}  {value:.4f}" if isinstance(value, float) else f"{name:<{width}}  {value}")
