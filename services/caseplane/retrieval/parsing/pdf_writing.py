"""Turns the lines of pages into headings, items, paragraphs, tables and code."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from caseplane.retrieval.parsing.decode import clean
from caseplane.retrieval.parsing.documents import BlockKind, TextBuilder
from caseplane.retrieval.parsing.pdf_code import code_end, written_code
from caseplane.retrieval.parsing.pdf_glyphs import PageContent
from caseplane.retrieval.parsing.pdf_layout import Flow, Labels, Line, Part, Table
from caseplane.retrieval.parsing.pdf_words import Words, joins_closely
from caseplane.retrieval.parsing.tables import has_names, texts_of, write_table

_ENDS = re.compile(r"[.!?:;\u3002\uff01\uff1f\uff1a\uff1b][\"')\]\u201d]?$")
_BULLET = re.compile(
    r"[\u2022\u25aa\u25cf\u25e6\u2023\u2043\u2219\u25a0\u25cb\u2013\u2014*\uf000-\uf0ff\u00b7-]\s+(?=\S)"
)
_HEADING_NUMBER = re.compile(r"(?:\w+ )?[\dA-Z]{1,3}(?:\.\d{1,3})*[.:)]?|[ivxIVX]+[.)]?")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)](?:\s+\S|(?<=\d\.)(?=[^\W\d_]{2}))", re.IGNORECASE)
_CONTENTS = re.compile(
    r"(?:\.\s?|\u2026\s?|_){4,}\s*[\divxlc]*$|(?:\.\s?|\u2026\s?){8,}\s*[\divxlc]+(?:\s|$)"
    r"|^[\divxlc]+\s*(?:[.\u2026]\s?){8,}",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:figures?|fig\.?|tables?|exhibit|abbildung|abb\.|tabelle|tab\.|tableau|figura|tabla|tabella|tabela|图|表|図)\s*[\dA-Z]",
    re.IGNORECASE,
)
LONGEST_HEADING = 160
_MOST_HEADING_WORDS = 8


@dataclass
class PageParts:
    """A page in the order in which it is read."""

    number: int
    title: str
    """Of a slide."""
    parts: list[Part]


def carry_names(pages: Sequence[PageParts]) -> None:
    """Give the rest of a table that goes on on the next page the names of its columns."""
    for before, after in pairwise(pages):
        first, second = next(iter(before.parts[-1:]), None), next(iter(after.parts), None)
        if after.title or not isinstance(first, Table) or not isinstance(second, Table):
            continue
        if len(first.rows[0]) != len(second.rows[0]) or texts_of(first.rows[0]) == texts_of(second.rows[0]):
            continue
        if len(first.rows) == 1:
            before.parts.pop()
        elif not has_names(first.rows) or has_names(second.rows):
            continue
        second.rows.insert(0, first.rows[0])


class PageWriter:
    """Joins lines into headings, items and paragraphs, which may go on on the next page."""

    def __init__(
        self,
        builder: TextBuilder,
        pages: Sequence[PageContent],
        outline: dict[int, dict[str, int]],
        *,
        slides: bool = False,
    ) -> None:
        self._builder, self._outline, self._slides = builder, outline, slides
        pieces = [piece for page in pages for piece in page.pieces]
        self._words = Words(piece.text for piece in pieces)
        sizes = Counter[float]()
        for piece in pieces:
            sizes[rounded(piece.size)] += len(piece.text)
        self._body = sizes.most_common(1)[0][0]
        larger = sorted({s for s in sizes if s > self._body * 1.12}, reverse=True)
        self._levels = _spread(larger)
        letters = sum(sizes.values())
        # What most of a text is marks nothing in it.
        self._bold_tells = 2 * sum(len(p.text) for p in pieces if p.bold) < letters
        self._mono_tells = sum(len(p.text) for p in pieces if p.mono > 0.9) < 0.9 * letters
        self._open: list[str] = []
        self._kind = BlockKind.paragraph
        self._last: Line | None = None
        self._page: int | None = None
        """On which the open paragraph began."""

    def write(self, page: PageParts) -> None:
        titles = self._outline.get(page.number, {})
        if page.title:
            self.end()
            self._builder.heading(clean(page.title), 1 if page.number == 1 else 2)
        for part in page.parts:
            if isinstance(part, Table):
                self.end()
                rows = self._clean_rows(part)
                led = sum(any(_CONTENTS.search(cell.text) for cell in row) for row in rows)
                if led * 2 < len(rows):
                    write_table(self._builder, rows)
            elif isinstance(part, Labels):
                self.end()
                for text in part.texts:
                    self._builder.add(BlockKind.list, f"- {clean(text)}", level=1)
            else:
                self._flow(part, titles)

    def end(self) -> None:
        """Write the paragraph that is open."""
        text = clean(self._words.joined(self._open))
        page, self._builder.page = self._builder.page, self._page
        self._builder.add(self._kind, text, level=int(self._kind is BlockKind.list))
        self._builder.page = page
        self._open.clear()
        self._kind, self._last = BlockKind.paragraph, None

    def _clean_rows(self, table: Table) -> list[Any]:
        return [[cell._replace(text=self._cell(cell.text)) for cell in row] for row in table.rows]

    def _cell(self, text: str) -> str:
        text = clean(self._words.joined(text.split("\n")))
        return text if any(c.isprintable() and not c.isspace() for c in text) else ""

    def _flow(self, flow: Flow, titles: dict[str, int]) -> None:
        rights = sorted(line.right for line in flow.lines)
        margin = rights[int(len(rights) * 0.8)] if rights else 0.0
        left = min((line.left for line in flow.lines), default=0.0)
        pitch = _usual_gap(flow.lines)
        if self._open and not self._goes_over(flow):
            self.end()
        index = 0
        while index < len(flow.lines):
            line = flow.lines[index]
            following = flow.lines[index + 1] if index + 1 < len(flow.lines) else None
            code = code_end(flow.lines, index, boxed=flow.boxed) if self._mono_tells else index
            if code > index:
                self.end()
                self._builder.add(BlockKind.code, written_code(flow.lines[index:code]))
                index = code
                continue
            title, taken = self._heading(flow.lines[index : index + 3], titles, margin, pitch)
            if _CONTENTS.search(line.text):
                self.end()
            elif title:
                self.end()
                self._builder.heading(clean(self._words.joined([title])), self._level(line, titles, title))
                index += taken
                continue
            else:
                self._line(line, following, margin=margin, left=left, pitch=pitch)
            index += 1

    def _goes_over(self, flow: Flow) -> bool:
        """Whether a sentence that a page or a column cut goes on here."""
        text = flow.lines[0].text if flow.lines else ""
        return not _ENDS.search(self._open[-1]) and (
            text[:1].islower() or self._open[-1].endswith("-") or joins_closely(self._open[-1], text)
        )

    def _line(self, line: Line, following: Line | None, *, margin: float, left: float, pitch: float) -> None:
        text = _BULLET.sub("- ", line.text, count=1) if _BULLET.match(line.text) else line.text
        item = text.startswith("- ") or bool(_NUMBER.match(text))
        last = self._last
        gap = line.base - last.base if last else 0.0
        apart = last is not None and (gap > 1.35 * pitch or abs(line.size - last.size) > 0.15 * last.size)
        indented = last is not None and line.left > last.left + 0.9 * line.size and last.left <= left + 1
        new = item or apart or (indented and self._kind is BlockKind.paragraph and last is not None
                                and _ENDS.search(self._open[-1]) if self._open else False)  # fmt: skip
        if new:
            self.end()
        if item:
            self._kind = BlockKind.list
        if not self._open:
            self._page = self._builder.page
        self._open.append(text)
        self._last = line
        # A full stop well before the margin is where a paragraph ends, and so is a line that was broken on purpose.
        short = line.right < left + 0.8 * (margin - left)
        ended = _ENDS.search(text) and not text.endswith((":", "\uff1a"))
        if short and (ended or _breaks(line, following, margin, anyhow=self._slides)):
            self.end()

    def _stands_over(self, lines: Sequence[Line], margin: float, pitch: float) -> bool:
        """A few words that were broken off on purpose before running text: a heading in letters of the same size."""
        goes_on = self._open and self._last and lines[0].base - self._last.base < 1.35 * pitch
        if goes_on or len(lines) < 2:
            return False
        words = lines[0].text.split()
        return (
            len(words) <= _MOST_HEADING_WORDS
            and words[0][:1].isupper()
            and not re.search(r"[.!:;,]$", lines[0].text)
            and _breaks(lines[0], lines[1], margin)
            and len(lines[1].text) > 1.5 * len(lines[0].text)
            and len(lines[1].text.split()) >= 5
            and abs(lines[1].left - lines[0].left) < 2
            and lines[1].base - lines[0].base < 2.5 * lines[0].size
        )

    def _heading(
        self, lines: Sequence[Line], titles: dict[str, int], margin: float, pitch: float
    ) -> tuple[str, int]:
        """The heading that begins here, which may take several lines, and how many."""
        for count in range(min(len(lines), 3), 0, -1):
            text = " ".join(line.text for line in lines[:count])
            if folded(text) in titles:
                return text, count
        first = lines[0]
        if self._slides:
            return "", 0
        if (
            _CAPTION.match(first.text)
            or _BULLET.match(first.text)
            or first.text[:1].islower()
            or _stands_in_columns(first)
            or self._goes_on_in(first)
        ):
            return "", 0
        if self._stands_over(lines, margin, pitch):
            return first.text, 1
        if not self._is_large(first) or not any(c.isalpha() for c in first.text):
            return "", 0
        count = 1
        while count < len(lines) and self._same_heading(lines[count - 1], lines[count]):
            count += 1
        text = " ".join(line.text for line in lines[:count])
        return (
            (text, count) if len(text) <= LONGEST_HEADING and not text.endswith((".", ",", ";")) else ("", 0)
        )

    def _goes_on_in(self, line: Line) -> bool:
        """Whether a line belongs to the paragraph that is open: text may be set in large letters, too."""
        last = self._last
        return (
            bool(self._open)
            and last is not None
            and self._kind is BlockKind.paragraph
            and abs(last.size - line.size) < 0.3
            and last.bold == line.bold
            and 0 < line.base - last.base < 1.6 * line.size
            and not _ENDS.search(self._open[-1])
        )

    def _is_large(self, line: Line) -> bool:
        if rounded(line.size) > self._body * 1.12:
            return True
        # A bold line of its own in the size of the text.
        return (
            self._bold_tells
            and line.bold
            and len(line.text) <= 90
            and line.size >= 0.95 * self._body
            and not _BULLET.match(line.text)
        )

    def _same_heading(self, before: Line, after: Line) -> bool:
        return (
            abs(before.size - after.size) < 0.3
            and before.bold == after.bold
            and after.base - before.base < (2.2 if after.size > 1.5 * self._body else 1.6) * after.size
            and rounded(after.size) > self._body * 1.12
        )

    def _level(self, line: Line, titles: dict[str, int], title: str) -> int:
        known = titles.get(folded(title))
        return known or self._levels.get(rounded(line.size), min(len(set(self._levels.values())) + 1, 5))


def _stands_in_columns(line: Line) -> bool:
    """Whether a line has parts far from each other, not counting the number of a heading."""
    return len(line.pieces) > 2 or (
        len(line.pieces) == 2 and not _HEADING_NUMBER.fullmatch(line.pieces[0].text)
    )


def _breaks(line: Line, following: Line | None, margin: float, *, anyhow: bool = False) -> bool:
    """Whether a line was ended on purpose: the next word had found room on it, and is no mere continuation."""
    if following is None or not following.text:
        return False
    close = joins_closely(line.text, following.text)
    if not (anyhow or close or following.text[0].isupper()):
        return False
    word = following.text[:2] if close else following.text.split()[0]
    width = (following.right - following.left) / max(len(following.text), 1) * (len(word) + 2)
    return line.right + width < margin


def _spread(larger: Sequence[float]) -> dict[float, int]:
    """Levels of headings by size; sizes that hardly differ share one."""
    levels: dict[float, int] = {}
    level, last = 0, 0.0
    for size in larger:
        if not levels or last - size > 0.8:
            level = min(level + 1, 4)
            last = size
        levels[size] = level
    return levels


def rounded(size: float) -> float:
    return round(size * 2) / 2


def folded(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _usual_gap(lines: Sequence[Line]) -> float:
    gaps = sorted(b.base - a.base for a, b in pairwise(lines) if b.base - a.base > 1)
    return gaps[len(gaps) // 2] if gaps else 14.0
