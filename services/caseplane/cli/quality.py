"""Quality reports of knowledge bases, made and shown."""

from collections.abc import Iterator
from typing import Any

from caseplane.cli.api import Api, part
from caseplane.cli.output import say

_WAIT = 30
_LISTED = 10


async def make_quality(api: Api, base_id: str, *, seconds: float) -> dict[str, Any]:
    """Have a report made, and wait for it so long."""
    where = f"/knowledge-bases/{part(base_id)}/quality"
    read: dict[str, Any] = await api.post(where, {})
    while read["state"] == "running" and seconds > 0:
        wait = min(seconds, _WAIT)
        read = await api.get(where, wait=wait)
        seconds -= wait
    return read


def summary(read: dict[str, Any], name: str) -> list[str]:
    """Two lines: what is wrong with the documents, and how they answer what their headings ask."""
    report = read["report"]
    if read["state"] == "off":
        return []
    if read["state"] != "done" or report is None:
        return [f"The quality report is being made; `caseplane kb quality {name}` shows it."]
    return [_documents(report), _questions(report)]


def show(read: dict[str, Any], name: str) -> None:
    """The whole report for people."""
    for line in summary(read, name) or ["This installation makes no quality reports."]:
        say(line)
    if read["state"] == "done" and read["report"]:
        for title, lines in _lists(read["report"]):
            say(f"\n{title}", style="bold")
            for line in lines[:_LISTED]:
                say(f"  {line}")
            if len(lines) > _LISTED:
                say(f"  and {len(lines) - _LISTED:,} more; --json lists them")
        say(f"\n{_threshold(read['report']['threshold'])}")


def _documents(report: dict[str, Any]) -> str:
    counts = (
        (report["pages_without_text"], "page without text", "pages without text"),
        (report["duplicate_documents"], "document that is there twice", "documents that are there twice"),
        (len(report["long_documents"]), "very long document", "very long documents"),
        (len(report["link_only"]), "page of links", "pages of links"),
    )
    found = [f"{n:,} {one if n == 1 else several}" for n, one, several in counts if n]
    sampled = report["looked_at"] < report["documents"]
    of = f"{report['looked_at']:,} of {report['documents']:,}" if sampled else f"{report['documents']:,}"
    return f"Quality of {of} documents: {', '.join(found) or 'nothing found'}."


def _questions(report: dict[str, Any]) -> str:
    asked = report["questions"]
    if not asked["asked"]:
        return "No heading says enough to be asked."
    other = asked["answered"] - asked["own_section"]
    return (
        f"{asked['asked']:,} headings asked as questions: {asked['own_section']:,} answered from their section,"
        f" {other:,} from another, {asked['asked'] - asked['answered']:,} not answered."
    )


def _lists(report: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    lists = (
        ("Not read", [f"{d['path']}: {'; '.join(d['remarks'])}" for d in report["not_read"]]),
        ("There twice", [f"{' = '.join(d['paths'])} ({d['alike']:.0%})" for d in report["duplicates"]]),
        ("Very long", [f"{d['path']}: {d['chunks']:,} chunks" for d in report["long_documents"]]),
        ("Only links", report["link_only"]),
        (
            "Answered from another section",
            [f"{q['question']} ({q['path']}) <- {q['cited']}" for q in report["questions"]["other_section"]],
        ),
        ("Not answered", [f"{q['question']} ({q['path']})" for q in report["questions"]["unanswered"]]),
    )
    return ((title, lines) for title, lines in lists if lines)


def _threshold(fit: dict[str, Any]) -> str:
    sample = f"{fit['answerable']} headings and {fit['unanswerable']} questions without an answer"
    budget = f"at most {fit['budget']:.0%} wrong at {fit['certainty']:.0%} certainty"
    if fit["min_confidence"] is None:
        return f"No threshold keeps {budget} on {sample}. {fit['note']}"
    return (
        f"Suggested confidence threshold: {fit['min_confidence']:.3f} ({budget}; {fit['wrong']} of"
        f" {fit['answered']} answers wrong, at most {fit['bound']:.1%}; {sample}). It is not applied by itself."
    )
