"""`caseplane eval`: how good answers and retrieval are, measured on labelled data."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from caseplane.cli.output import AsJson, Meter, say, show_json
from caseplane.cli.serving import prepare

app = typer.Typer(help="Measure quality on labelled data.", no_args_is_help=True)


def _file(what: str) -> Any:
    return typer.Option(help=what, exists=True, dir_okay=False, readable=True)


@app.command()
def answers(
    squad: Annotated[Path, _file("Paragraphs and questions in the form of SQuAD 2.0 (JSON).")],
    limit: Annotated[
        int | None, typer.Option(help="Ask so many questions, spread over the file.", min=1)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure answers and the gate: what is answered, what is handed over, what is wrong."""
    from caseplane.evaluation.answers import evaluate_answers

    prepare(quiet=True)
    with Meter("Asking", quiet=as_json, unit="questions") as meter:
        report = evaluate_answers(squad, limit, progress=meter.update)
    _show(report, as_json=as_json)


@app.command()
def retrieval(
    corpus: Annotated[Path, _file("Documents: JSON lines with _id, title, text.")],
    queries: Annotated[Path, _file("Queries: JSON lines with _id, text.")],
    qrels: Annotated[Path, _file("Judgements: tab-separated query id, document id, relevance.")],
    as_json: AsJson = False,
) -> None:
    """Measure search on a judged collection in the form of BEIR."""
    from caseplane.evaluation.retrieval import evaluate_retrieval

    prepare(quiet=True)
    with Meter("Searching", quiet=as_json, unit="queries") as meter:
        report = evaluate_retrieval(corpus, queries, qrels, progress=meter.update)
    _show(report, as_json=as_json)


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


def _show(report: Any, *, as_json: bool) -> None:
    values = report.model_dump(mode="json") if isinstance(report, BaseModel) else dict(report)
    if as_json:
        show_json(values)
        return
    width = max(map(len, _flat(values)))
    for name, value in _flat(values).items():
        say(f"{name:<{width}}  {value:.4f}" if isinstance(value, float) else f"{name:<{width}}  {value}")


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Members one level down beside the others; lists, which are for programs, left out."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            nested = {k if k.startswith(name) else f"{name}.{k}": v for k, v in _flat(value).items()}
            flat.update(nested)
        elif not isinstance(value, list) and value is not None:
            flat[name] = value
    return flat
