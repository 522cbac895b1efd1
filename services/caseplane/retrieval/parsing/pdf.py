"""PDF: text in the order in which people read it, page by page, without running heads; tables, headings, hyphens."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from caseplane.retrieval.parsing.decode import clean
from caseplane.retrieval.parsing.documents import BlockKind, Metadata, ParsedDocument, TextBuilder
from caseplane.retrieval.parsing.errors import (
    CorruptDocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    TooLargeError,
)
from caseplane.retrieval.parsing.pdf_glyphs import PageContent, Piece, lines_of, read_page
from caseplane.retrieval.parsing.pdf_grids import take_grids
from caseplane.retrieval.parsing.pdf_layout import Flow, Line, Part, Table, read_order
from caseplane.retrieval.parsing.pdf_words import Words
from caseplane.retrieval.parsing.remarks import REMARKS, named
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.tables import write_table
from caseplane.retrieval.parsing.titles import sensible_title, title_of_name

_TAIL = 64 * 1024
_ENDS = re.compile(r"[.!?:;\u3002][\"')\]\u201d]?$")
_BULLET = re.compile(
    r"[\u2022\u25aa\u25cf\u25e6\u2023\u2043\u2219\u25a0\u25cb\u2013\u2014*\uf000-\uf0ff\u00b7-]\s+(?=\S)"
)
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]\s+\S", re.IGNORECASE)
_CONTENTS = re.compile(
    r"(?:\.\s?|\u2026\s?|_){4,}\s*[\divxlc]*$|(?:\.\s?|\u2026\s?){8,}\s*[\divxlc]+(?:\s|$)", re.IGNORECASE
)
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|página|pagina|p\.|s\.)?\s*[-\u2013]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-\u2013]?"
    r"(?:\s*(?:of|von|de|di|sur|/)\s*\d{1,4})?",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:figures?|fig\.|tables?|exhibit|abbildung|abb\.|tabelle|tab\.|tableau|figura|tabla|tabella|tabela|图|表|図)\s*[\dA-Z]",
    re.IGNORECASE,
)
_LONGEST_HEADING = 160
_LONGEST_FOOT = 5
_FEWEST_OF_CHAPTER = 3
_MOST_HEADING_WORDS = 8
_MOST_OUTLINE = 2_000


def parse_pdf(data: bytes, *, name: str, limits: IngestionSettings) -> ParsedDocument:
    """Read a PDF's text; block pages count from 1.

    Raises:
        EncryptedDocumentError: it cannot be opened without a password.
        CorruptDocumentError: it is cut off or damaged.
        EmptyDocumentError: its pages are pictures.
        TooLargeError: it has more pages or text than allowed.
    """
    if b"%%EOF" not in data[-_TAIL:]:
        # Readers can rebuild what is left, but half a document must not pass for a whole one.
        raise CorruptDocumentError("The PDF is cut off: its end mark is missing.")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as exc:
        if raw.FPDF_GetLastError() in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY) or "assword" in str(exc):
            raise EncryptedDocumentError("The PDF asks for a password.") from exc
        raise CorruptDocumentError(f"The PDF is damaged ({exc}).") from exc
    try:
        return _Reader(document, name, limits).read()
    except pdfium.PdfiumError as exc:
        raise CorruptDocumentError(f"The PDF is damaged ({exc}).") from exc
    finally:
        document.close()


class _Reader:
    def __init__(self, document: pdfium.PdfDocument, name: str, limits: IngestionSettings) -> None:
        self._document, self._name, self._limits = document, name, limits
        count = len(document)
        if count > limits.max_pages:
            raise TooLargeError(
                f"The PDF has {count:,} pages; {limits.max_pages:,} are allowed.",
                limit=limits.max_pages,
                setting="max_pages",
            )
        self._builder = TextBuilder(max_chars=limits.max_text_chars)
        self._outline = _outline(document)

    def read(self) -> ParsedDocument:
        pages = list(self._pages())
        without = [number for number, page in enumerate(pages, 1) if not page.pieces]
        if len(without) == len(pages):
            raise EmptyDocumentError(f"None of the {len(pages)} pages holds text; scans need OCR first.")
        head = _drop_running(pages)
        title = sensible_title(_info(self._document, "Title")) or _largest(pages[0].pieces) or head
        writer = _Writer(self._builder, pages, self._outline)
        for number, page in enumerate(pages, 1):
            self._builder.page = number
            grids, rest = take_grids(page)
            writer.write(read_order(rest, grids), number)
        writer.end()
        if not self._builder.blocks:
            raise EmptyDocumentError(f"None of the {len(pages)} pages holds text; scans need OCR first.")
        first = next((b.title for b in self._builder.blocks if b.title), "")
        metadata: Metadata = {"pages": len(pages)} | _dates(self._document)
        if without:
            metadata["pages_without_text"] = without
            metadata[REMARKS] = [f"No text on {named('page', without)}"]
        return self._builder.build(title=title or first or title_of_name(self._name), metadata=metadata)

    def _pages(self) -> Iterator[PageContent]:
        total = 0
        for index in range(len(self._document)):
            page = self._document[index]
            try:
                content = read_page(page, max_chars=self._limits.max_text_chars)
            finally:
                page.close()
            total += sum(len(piece.text) for piece in content.pieces)
            if total > self._limits.max_text_chars:
                raise TooLargeError(
                    f"The PDF holds more than {self._limits.max_text_chars:,} characters of text.",
                    limit=self._limits.max_text_chars,
                    setting="max_text_chars",
                )
            yield content


class _Writer:
    """Joins lines into headings, items and paragraphs, which may go on on the next page."""

    def __init__(
        self, builder: TextBuilder, pages: Sequence[PageContent], outline: dict[int, dict[str, int]]
    ) -> None:
        self._builder, self._outline = builder, outline
        pieces = [piece for page in pages for piece in page.pieces]
        self._words = Words(piece.text for piece in pieces)
        sizes = Counter[float]()
        for piece in pieces:
            sizes[_rounded(piece.size)] += len(piece.text)
        self._body = sizes.most_common(1)[0][0]
        larger = sorted({s for s in sizes if s > self._body * 1.12}, reverse=True)
        self._levels = _spread(larger)
        self._open: list[str] = []
        self._kind = BlockKind.paragraph
        self._last: Line | None = None
        self._page: int | None = None
        """On which the open paragraph began."""

    def write(self, parts: Sequence[Part], page: int) -> None:
        titles = self._outline.get(page, {})
        for part in parts:
            if isinstance(part, Table):
                self.end()
                rows = self._clean_rows(part)
                led = sum(any(_CONTENTS.search(cell.text) for cell in row) for row in rows)
                if led * 2 < len(rows):
                    write_table(self._builder, rows)
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
        return [
            [cell._replace(text=clean(self._words.joined(cell.text.split("\n")))) for cell in row]
            for row in table.rows
        ]

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
        return not _ENDS.search(self._open[-1]) and (text[:1].islower() or self._open[-1].endswith("-"))

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
        ended = _ENDS.search(text) and not text.endswith(":")
        if short and (ended or _breaks(line, following, margin)):
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
            if _folded(text) in titles:
                return text, count
        first = lines[0]
        if (
            _CAPTION.match(first.text)
            or _BULLET.match(first.text)
            or first.text[:1].islower()
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
            (text, count) if len(text) <= _LONGEST_HEADING and not text.endswith((".", ",", ";")) else ("", 0)
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
        if _rounded(line.size) > self._body * 1.12:
            return True
        # A bold line of its own in the size of the text.
        return (
            line.bold
            and len(line.text) <= 90
            and line.size >= 0.95 * self._body
            and not _BULLET.match(line.text)
        )

    def _same_heading(self, before: Line, after: Line) -> bool:
        return (
            abs(before.size - after.size) < 0.3
            and before.bold == after.bold
            and after.base - before.base < 1.6 * after.size
            and _rounded(after.size) > self._body * 1.12
        )

    def _level(self, line: Line, titles: dict[str, int], title: str) -> int:
        known = titles.get(_folded(title))
        return known or self._levels.get(_rounded(line.size), min(len(set(self._levels.values())) + 1, 5))


def _breaks(line: Line, following: Line | None, margin: float) -> bool:
    """Whether a line was ended on purpose: the next word had found room on it, and is no mere continuation."""
    if following is None or not following.text or not following.text[0].isupper():
        return False
    word = following.text.split()[0]
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


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _folded(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _usual_gap(lines: Sequence[Line]) -> float:
    gaps = sorted(b.base - a.base for a, b in pairwise(lines) if b.base - a.base > 1)
    return gaps[len(gaps) // 2] if gaps else 14.0


def _largest(pieces: Sequence[Piece]) -> str:
    """The words in the largest letters of a page, from the top."""
    lettered = [p for p in pieces if sum(c.isalpha() for c in p.text) > 2]
    if not lettered:
        return ""
    size = max(p.size for p in lettered)
    if size < 1.12 * Counter(_rounded(p.size) for p in lettered).most_common(1)[0][0]:
        return ""
    found: list[Piece] = []
    for piece in sorted((p for p in lettered if p.size > 0.95 * size), key=lambda p: (p.base, p.left)):
        if found and piece.base - found[-1].base > 1.8 * size:
            break
        found.append(piece)
    return sensible_title(clean(" ".join(p.text for p in found)))[:_LONGEST_HEADING]


def _drop_running(pages: list[PageContent]) -> str:
    """Take out heads, feet and numbers of pages: the same at the edge of many pages but for their numbers.

    Returns:
        The head that is the same on all pages, if it has words.
    """
    edges = [_edge_lines(page.pieces) for page in pages]
    seen = Counter(shape for lines in edges for shape in {_shape(line) for line in lines})
    places = Counter(
        (shape, round(line[0].base / 4))
        for lines in edges
        for shape, line in {_shape(line): line for line in lines}.items()
    )
    half = len(pages) * 0.5
    left: list[list[Piece]] = []
    for page, lines in zip(pages, edges, strict=True):
        drop: set[Piece] = set()
        inside = False  # of a foot, what stands above a line that stays is text
        for number, line in reversed(list(enumerate(lines))):
            shape, text = _shape(line), " ".join(p.text for p in line)
            often = len(pages) >= 4 and seen[shape] > half
            fixed = places[shape, round(line[0].base / 4)] >= max(3, len(pages) * 0.2)
            outermost = number in (0, len(lines) - 1)
            deep = 1 < number < len(lines) - 2
            runs = (
                often
                or fixed
                or (outermost and bool(_PAGE_NUMBER.fullmatch(text.strip())) and len(pages) > 1)
            )
            inside = inside or (not runs and number >= 2)
            if runs and not (deep and inside):
                drop.update(line)
        left.append([piece for piece in page.pieces if piece not in drop])
    if any(left):  # pages that all say the same say at least that
        for page, pieces in zip(pages, left, strict=True):
            page.pieces = pieces
    heads = Counter(" ".join(p.text for p in lines[0]) for lines in edges if lines)
    common = heads.most_common(1)[0] if heads else ("", 0)
    named_so = common[1] == len(pages) > 2 and not any(c.isdigit() for c in common[0])
    return sensible_title(common[0]) if named_so else ""


def _edge_lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The first two lines of a page, and the last ones, of which a foot may have several."""
    lines = lines_of(pieces)
    return lines if len(lines) <= 2 + _LONGEST_FOOT else lines[:2] + lines[-_LONGEST_FOOT:]


def _shape(line: Sequence[Piece]) -> str:
    return re.sub(r"\d+", "0", " ".join(piece.text for piece in line))


def _outline(document: pdfium.PdfDocument) -> dict[int, dict[str, int]]:
    """Titles by page with their level; a damaged outline is no reason to refuse the text."""
    found: dict[int, dict[str, int]] = {}
    try:
        for number, item in enumerate(document.get_toc(max_depth=6)):
            if number > _MOST_OUTLINE:
                break
            target = item.get_dest()
            page = target.get_index() if target else None
            title = _folded(item.get_title() or "")
            if page is not None and title:
                found.setdefault(page + 1, {})[title] = min(item.level + 1, 6)
    except Exception:  # noqa: BLE001 - any damage means no outline
        return {}
    return found


def _info(document: pdfium.PdfDocument, key: str) -> str:
    try:
        return clean(document.get_metadata_value(key) or "")
    except (pdfium.PdfiumError, UnicodeError):
        return ""


def _dates(document: pdfium.PdfDocument) -> Metadata:
    match = re.match(r"D:(\d{14})", _info(document, "ModDate"))
    try:
        return {"updated": datetime.strptime(match[1], "%Y%m%d%H%M%S").isoformat()} if match else {}  # noqa: DTZ007
    except ValueError:
        return {}
