"""Tables of every format as text that can be read alone: each value under the name of its column.

A row torn from its header means nothing to a search or to a reader, so the names travel with it. Readers of formats
hand over rows of cells, in which merged cells are repeated; what is a title, a header, a group or a question is
decided here, once for all of them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from caseplane.retrieval.parsing.documents import BlockKind, TextBuilder
from caseplane.retrieval.parsing.marks import unmarked
from caseplane.retrieval.parsing.signs import cell_text

_SPAN_LIMIT = 64  # a colspan of a million is an attack, not a table
_CELL_LIMIT = 20_000
_MOST_TITLES = 5
_MOST_HEADERS = 4
_WIDE = 5
_LONGEST_NAME = 80
_COUNTS = frozenset({"#", "No.", "No", "Nr.", "Nr", "N°", "Nº", "№"})
"""Names of the column that numbers the rows, which no value is."""
_VALUE = re.compile(
    r"[-+(~≈<>≤≥±]?\s*[^\W\d]{0,3}\s*[$€£¥]?\s*[-+]?\d[\d.,:/\s%\u2013-]*\W*(?:[^\W\d]\S{0,7})?|\S+@\S+|https?://\S+|[-\u2013\u2014✓✔✗✘x]",
    re.IGNORECASE,
)
"""A number with or without a unit, a date, an address: what stands under a name and is none."""
_ENDS = re.compile(r"[.!?;:\u3002\uff1f][\"')\]\u201d]?$")
_QUESTION = re.compile(r"[?\uff1f\u061f][\"')\]\u201d\u00bb]?$")
_QUESTION_NAMES = frozenset(
    "question questions q faq frage fragen pregunta preguntas domanda domande pergunta vraag fråga".split()
)
_ANSWER_NAMES = frozenset(
    "answer answers a response antwort antworten réponse réponses reponse respuesta respuestas risposta risposte"
    " resposta antwoord svar".split()
)


class Cell(NamedTuple):
    """A cell's text; one that reaches over several columns or rows stands in each of them."""

    text: str
    header: bool = False
    """Whether the file itself says that it is a name."""
    across: bool = False
    """Whether it repeats the cell to its left."""
    down: bool = False
    """Whether it repeats the cell above."""

    @property
    def words(self) -> str:
        """Its text without the marks of links and stress."""
        return unmarked(self.text)


Row = Sequence[Cell]


def plain_rows(rows: Iterable[Sequence[str]]) -> list[list[Cell]]:
    """Rows of formats that know no headers and no merged cells."""
    return [[Cell(text) for text in row] for row in rows]


def write_table(builder: TextBuilder, rows: Iterable[Row]) -> None:
    """Write a table: its titles, then every row under the names of its columns, or questions with their answers."""
    given = list(rows)
    table = _trimmed(given)
    titles, table = _split_titles(table)
    for title in titles:
        builder.add(BlockKind.paragraph, title)
    names, body = (None, table) if _is_nameless(given) else _split_names(table)
    pair = _question_columns(names, body)
    unsaid = _unsaid(names or (), body, pair)
    if unsaid:
        builder.add(BlockKind.table, " | ".join(unsaid))
    if pair:
        _write_questions(builder, names, body, *pair)
        return
    for text in _lines(names, body):
        builder.add(BlockKind.table, text)


def _is_nameless(rows: Sequence[Row]) -> bool:
    """Whether the file says that the columns have no names: a header in which nothing stands."""
    return bool(rows and rows[0]) and all(cell.header and not cell.text for cell in rows[0])


def _unsaid(names: Sequence[str], body: Sequence[Row], pair: tuple[int, int] | None) -> list[str]:
    """Names that no row of the body repeats: of columns without a value, or of questions and answers in other words."""
    known = _QUESTION_NAMES | _ANSWER_NAMES if pair else frozenset[str]()
    said = {i for row in body for i, cell in enumerate(row) if cell.text} - set(pair or ())
    return [name for i, name in enumerate(names) if name and i not in said and _plain(name) not in known]


def _plain(name: str) -> str:
    return name.casefold().strip(" :*#")


def has_names(rows: Sequence[Row]) -> bool:
    """Whether a table begins with the names of its columns."""
    return _split_names(list(rows))[0] is not None


def starts_anew(table: Sequence[Row], row: Row) -> bool:
    """Whether a row that follows a gap begins another table: it names columns, and its forerunners have values."""
    texts = texts_of(row)
    if len(texts) == 1:
        return len(row) > 1 and max(len(texts_of(each)) for each in table) > 1
    if any(_VALUE.fullmatch(text) or len(text) > _LONGEST_NAME for text in texts):
        return False
    above = [each[i].words for each in table[1:] for i, cell in enumerate(row) if cell.text and i < len(each)]
    values = sum(bool(_VALUE.fullmatch(text)) for text in above if text)
    return values * 4 > len(above) or len(texts) != len(texts_of(table[-1]))


def row_text(values: Sequence[str], names: Sequence[str] | None) -> str:
    """Write one row: `Name: value | Name: value`, empty cells left out."""
    return _row_text([Cell(value) for value in values], names)


def _row_text(cells: Row, names: Sequence[str] | None) -> str:
    parts: list[str] = []
    for column, cell in enumerate(cells):
        text = " ".join(cell.text.split())
        name = names[column] if names and column < len(names) else ""
        same_name = not names or column == 0 or name == (names[column - 1] if column <= len(names) else "")
        if not text or (cell.across and same_name):
            continue
        parts.append(f"{name.rstrip(':')}: {text}" if name and name != cell.words else text)
    return " | ".join(parts)


def _trimmed(rows: Iterable[Row]) -> list[Row]:
    """Without rows and columns that hold nothing."""
    filled = [row for row in rows if any(cell.text for cell in row)]
    used = sorted({i for row in filled for i, cell in enumerate(row) if cell.text})
    if used == list(range(len(used))) and all(len(row) <= len(used) for row in filled):
        return filled
    return [[row[i] for i in used if i < len(row)] for row in filled]


def texts_of(row: Row) -> list[str]:
    """The words of a row, merged cells once."""
    return [cell.words for cell in row if cell.text and not cell.across]


def _split_titles(table: list[Row]) -> tuple[list[str], list[Row]]:
    """Rows above the header that hold one text only, or in a wide table a name and its value."""
    count = 0
    most = 2 if max((len(texts_of(row)) for row in table), default=0) >= _WIDE else 1
    while count < min(_MOST_TITLES, len(table) - 1) and len(texts_of(table[count])) <= most:
        count += 1
    if not any(len(texts_of(row)) > 1 for row in table[count : count + 2]):
        return [], table
    # In the first column of a table without a header, one text alone may be a row like the others.
    lone = count == 1 and len(table) > 2 and not table[0][0].across and _same_kind(table[0], table[1:])
    return ([], table) if lone else ([_only(row) for row in table[:count]], table[count:])


def _only(row: Row) -> str:
    return " ".join(" ".join(cell.text for cell in row if cell.text and not cell.across).split())


def _same_kind(row: Row, others: Sequence[Row]) -> bool:
    return sum(len(texts_of(other)) == 1 for other in others) > len(others) * 0.3


def _split_names(table: list[Row]) -> tuple[list[str] | None, list[Row]]:
    count = 0
    while count < min(_MOST_HEADERS, len(table)) and _is_marked(table[count]):
        count += 1
    if not count and _looks_like_names(table):
        count = 1
    if count and count == len(table) > 1:  # everything is marked, so the marks say nothing
        count = 1
    # Names that reach over several columns have their own names below.
    while 0 < count < min(3, len(table) - 1) and _has_second_line(table[:count], table[count:]):
        count += 1
    return (_joined_names(table[:count]), table[count:]) if count else (None, table)


def _is_marked(row: Row) -> bool:
    return all(cell.header for cell in row if cell.text) and len(texts_of(row)) > 1


def _looks_like_names(table: list[Row]) -> bool:
    if len(table) < 2:
        return False
    first, below = table[0], table[1:60]
    names = texts_of(first)
    if names and names[0] in _COUNTS and len(names) > 1 and max(map(len, names)) <= _LONGEST_NAME:
        return True
    widest = max(len(row) for row in below)
    if (
        len(names) < 2
        or len(set(names)) < len(names)
        or sum(bool(cell.text) for cell in first) * 2 <= widest
        or any(_VALUE.fullmatch(name.strip()) for name in names)
        # A note in the header may be long.
        or sum(len(name) > _LONGEST_NAME for name in names) * 4 > len(names)
    ):
        return False
    if sum(bool(_ENDS.search(name)) for name in names) * 2 >= len(names) and not _are_labels(names):
        return False
    return not _repeats_below(first, below)


def _are_labels(names: Sequence[str]) -> bool:
    return all(name.endswith(":") for name in names)


def _repeats_below(first: Row, below: Sequence[Row]) -> bool:
    """Whether a text of the first row occurs again under it: then it is a value like the others."""
    return any(
        cell.text and any(i < len(row) and row[i].text == cell.text and not row[i].down for row in below)
        for i, cell in enumerate(first)
        if not cell.across
    )


def _has_second_line(heads: Sequence[Row], below: Sequence[Row]) -> bool:
    """Whether the next row goes on naming columns: below a name that reaches over several."""
    last, following = heads[-1], below[0]
    over = [i for i, cell in enumerate(last) if cell.across and cell.text]
    if not over or all(cell.header for cell in following if cell.text):
        return False
    parts = {i for i in over} | {i - 1 for i in over}
    texts = [following[i].words for i in parts if i < len(following)]
    return bool(any(texts)) and not any(
        _VALUE.fullmatch(text.strip()) or len(text) > _LONGEST_NAME for text in texts if text
    )


def _joined_names(heads: Sequence[Row]) -> list[str]:
    names = []
    for column in range(max(len(row) for row in heads)):
        parts = [" ".join(row[column].words.split()) for row in heads if column < len(row)]
        names.append(" ".join(dict.fromkeys(part for part in parts if part)))
    return names


def _lines(names: list[str] | None, body: Sequence[Row]) -> Iterator[str]:
    pairs = names is None and _are_pairs(body)
    group = ""
    for row, following in pairwise([*body, ()]):
        if _is_group(row):
            # Over the rows that follow, and no row itself, unless nothing follows.
            group = _only(row)
            if not following or _is_group(following):
                yield group
            continue
        text = _pair_text(row) if pairs else _row_text(row, names)
        yield f"{group} | {text}" if group else text


def _is_group(row: Row) -> bool:
    return (
        len(row) > 1 and len(texts_of(row)) == 1 and all(cell.across or i == 0 for i, cell in enumerate(row))
    )


def _are_pairs(body: Sequence[Row]) -> bool:
    """Whether each row is a name and its value."""
    keys = [row[0].words for row in body if row]
    return (
        bool(body)
        and all(len(row) <= 2 for row in body)
        and all(len(key) <= _LONGEST_NAME and not _VALUE.fullmatch(key) for key in keys)
        and len(set(keys)) == len(keys)
    )


def _pair_text(row: Row) -> str:
    key, value = row[0].text, row[1].text if len(row) > 1 and not row[1].across else ""
    flat = " ".join(value.split())
    return f"{' '.join(key.split()).rstrip(':')}: {flat}" if key and flat else key or flat


def _question_columns(names: Sequence[str] | None, body: Sequence[Row]) -> tuple[int, int] | None:
    """Columns of questions and of answers, where a table has them: by name, or because most of a column asks."""
    words = [_plain(name) for name in names or ()]
    asked = next((i for i, word in enumerate(words) if word in _QUESTION_NAMES), None)
    answered = next((i for i, word in enumerate(words) if word in _ANSWER_NAMES), None)
    if asked is not None and answered is not None:
        return asked, answered
    rows = [row for row in body if len(row) == 2 and row[0].text and row[1].text and not row[1].across]
    if not rows or len(rows) < len(body) * 0.8:
        return None
    asking = sum(bool(_QUESTION.search(row[0].words)) for row in rows)
    asked_back = sum(bool(_QUESTION.search(row[1].words)) for row in rows)
    return (0, 1) if asking >= len(rows) * 0.6 and asked_back < asking / 2 else None


def _write_questions(
    builder: TextBuilder, names: Sequence[str] | None, body: Sequence[Row], asked: int, answered: int
) -> None:
    depth = builder.depth
    for row in body:
        question, answer = (row[i].text if i < len(row) else "" for i in (asked, answered))
        if not question or not answer:
            builder.add(BlockKind.paragraph, question or answer)
            continue
        builder.heading(question, min(depth + 1, 6))
        builder.add(BlockKind.paragraph, answer)
        rest = [cell for i, cell in enumerate(row) if i not in (asked, answered)]
        others = [name for i, name in enumerate(names or ()) if i not in (asked, answered)]
        builder.add(BlockKind.paragraph, _row_text(rest, others))
    builder.leave(depth)


def html_rows(table: Any, text_of: Callable[[Any], str]) -> Iterator[list[Cell]]:
    """The rows of an HTML table, its caption first; cells that reach over others are repeated."""
    caption = table.find("caption")
    if caption is not None and text_of(caption):
        yield [Cell(text_of(caption))]
    carried: dict[int, tuple[int, Cell]] = {}
    for row, in_head in _rows(table):
        yield _cells(row, text_of, carried, in_head=in_head)


def _rows(table: Any) -> Iterator[tuple[Any, bool]]:
    for part in table:
        if part.tag == "tr":
            yield part, False
        elif part.tag in ("thead", "tbody", "tfoot"):
            for row in part:
                if row.tag == "tr":
                    yield row, part.tag == "thead"


def _cells(
    row: Any, text_of: Callable[[Any], str], carried: dict[int, tuple[int, Cell]], *, in_head: bool
) -> list[Cell]:
    """Cells by column, with those that reach over columns or down from rows above repeated."""
    values: list[Cell] = []

    def take_carried() -> None:
        while len(values) in carried:
            left, cell = carried.pop(len(values))
            if left > 1:
                carried[len(values)] = (left - 1, cell)
            values.append(cell)

    below: dict[int, tuple[int, Cell]] = {}
    for element in row:
        if element.tag not in ("td", "th"):
            continue
        take_carried()
        text = cell_text(element, text_of)[:_CELL_LIMIT]
        rows = _span(element, "rowspan")
        for column in range(_span(element, "colspan")):
            cell = Cell(text, in_head or element.tag == "th", across=column > 0)
            if rows > 1:
                below[len(values)] = (rows - 1, cell._replace(down=True))
            values.append(cell)
    take_carried()
    carried.update(below)
    return values


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), _SPAN_LIMIT) if value.isdecimal() else 1
