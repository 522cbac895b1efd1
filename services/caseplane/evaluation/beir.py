"""Retrieval data sets in BEIR's format: JSON lines of documents and queries, tab-separated judgements.

`convert_trec` converts the older TREC format (documents and topics as tagged text, judgements in four columns),
which for instance the Cranfield collection uses.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

from caseplane.core.errors import InvalidInputError

_FIELD = r"<{0}>(.*?)</{0}>"


@dataclass(frozen=True, slots=True)
class BeirDocument:
    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class BeirSet:
    """Documents, queries by id, and for each judged query the grades of its documents."""

    documents: list[BeirDocument]
    queries: dict[str, str]
    grades: dict[str, dict[str, int]]

    def asking(self, limit: int) -> "BeirSet":
        """The same documents with at most `limit` queries, spread evenly."""
        ids = list(self.queries)
        if limit < len(ids):
            ids = [ids[index * len(ids) // limit] for index in range(limit)]
        return replace(self, queries={id_: self.queries[id_] for id_ in ids})


def load_beir(corpus: Path, queries: Path, qrels: Path) -> BeirSet:
    """Read a data set; queries without a positive judgement are left out.

    Raises:
        InvalidInputError: a file cannot be read, or a line lacks a field or names an unknown id.
    """
    documents = [
        BeirDocument(_field(row, "_id", where), str(row.get("title") or ""), _field(row, "text", where))
        for row, where in _lines(corpus)
    ]
    texts = {_field(row, "_id", where): _field(row, "text", where) for row, where in _lines(queries)}
    grades = _grades(qrels, known={document.id for document in documents}, queries=set(texts))
    if not grades:
        raise InvalidInputError(f"{qrels} judges no document of {corpus} for a query of {queries}.")
    return BeirSet(documents, {query: texts[query] for query in grades}, grades)


def convert_trec(documents: Path, topics: Path, judgements: Path, folder: Path) -> None:
    """Write `corpus.jsonl`, `queries.jsonl` and `qrels.tsv` into a folder.

    The judgements of such collections number topics by their place in the file, from 1, and ignore the topics'
    own numbers; so does the result.

    Raises:
        InvalidInputError: a file cannot be read or has no entries in this format.
    """
    corpus = []
    for body in _tagged(documents, "doc"):
        title, text = _text(body, "title"), _text(body, "text")
        text = text.removeprefix(title).strip()  # abstracts often repeat the title
        corpus.append({"_id": _text(body, "docno"), "title": title, "text": text})
    asked = [
        {"_id": str(place), "text": _text(body, "title")}
        for place, body in enumerate(_tagged(topics, "top"), start=1)
    ]
    judged = []
    for number, line in enumerate(_read(judgements).splitlines(), start=1):
        columns = line.split()
        if len(columns) != 4:
            raise InvalidInputError(f"{judgements}, line {number}: four columns are needed.")
        judged.append((columns[0], columns[2], columns[3]))
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus.jsonl", corpus), ("queries.jsonl", asked)):
        (folder / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    lines = ["query-id\tcorpus-id\tscore", *("\t".join(row) for row in judged)]
    (folder / "qrels.tsv").write_text("\n".join(lines) + "\n")


def _grades(path: Path, *, known: set[str], queries: set[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    rows = csv.reader(_read(path).splitlines(), delimiter="\t")
    for number, row in enumerate(rows, start=1):
        if not row or (number == 1 and row[-1] == "score"):
            continue
        try:
            query, document, grade = row[0], row[1], int(row[2])
        except (IndexError, ValueError):
            raise InvalidInputError(f"{path}, line {number}: not `query-id corpus-id score`.") from None
        if grade > 0 and document in known and query in queries:
            found.setdefault(query, {})[document] = grade
    return found


def _lines(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    for number, line in enumerate(_read(path).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InvalidInputError(f"{where}: not JSON ({error.msg}).") from error
        if not isinstance(row, dict):
            raise InvalidInputError(f"{where}: not a JSON object.")
        yield row, where


def _field(row: dict[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str | int):
        raise InvalidInputError(f"{where}: `{name}` is missing.")
    return str(value)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}.") from error


def _tagged(path: Path, tag: str) -> list[str]:
    # The format has no root element and is often not well-formed XML, so only the tags are reliable.
    bodies = re.findall(_FIELD.format(tag), _read(path), re.DOTALL)
    if not bodies:
        raise InvalidInputError(f"{path} holds no <{tag}>.")
    return [str(body) for body in bodies]


def _text(body: str, tag: str) -> str:
    match = re.search(_FIELD.format(tag), body, re.DOTALL)
    return unescape(" ".join(match[1].split())) if match else ""
