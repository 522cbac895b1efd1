"""PDF: text in the order in which people read it, page by page, without running heads; tables, headings, hyphens."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from caseplane.retrieval.parsing.decode import clean
from caseplane.retrieval.parsing.documents import Metadata, ParsedDocument, TextBuilder
from caseplane.retrieval.parsing.errors import (
    CorruptDocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    TooLargeError,
)
from caseplane.retrieval.parsing.pdf_glyphs import PageContent, Piece, read_page
from caseplane.retrieval.parsing.pdf_grids import take_grids
from caseplane.retrieval.parsing.pdf_layout import read_order
from caseplane.retrieval.parsing.pdf_regions import take_regions
from caseplane.retrieval.parsing.pdf_running import drop_running
from caseplane.retrieval.parsing.pdf_slides import are_slides, built_up, take_title
from caseplane.retrieval.parsing.pdf_writing import (
    LONGEST_HEADING,
    PageParts,
    PageWriter,
    carry_names,
    folded,
    rounded,
)
from caseplane.retrieval.parsing.remarks import REMARKS, named
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.titles import sensible_title, title_of_name

_TAIL = 64 * 1024
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
        slides = are_slides(pages)
        head = drop_running(pages)
        title = sensible_title(_info(self._document, "Title")) or _largest(pages[0].pieces) or head
        repeated = built_up(pages) if slides else set[int]()
        writer = PageWriter(self._builder, pages, self._outline, slides=slides)
        read = [
            _parts(page, number, slides=slides)
            for number, page in enumerate(pages, 1)
            if number - 1 not in repeated
        ]
        carry_names(read)
        for each in read:
            self._builder.page = each.number
            writer.write(each)
        writer.end()
        if not self._builder.blocks:
            raise EmptyDocumentError(f"None of the {len(pages)} pages holds text; scans need OCR first.")
        first = next((b.title for b in self._builder.blocks if b.title), "")
        metadata: Metadata = {"pages": len(pages)} | _dates(self._document)
        if without:
            metadata["pages_without_text"] = without
            unreadable = [number for number in without if pages[number - 1].unreadable]
            pictures = [number for number in without if number not in unreadable]
            metadata[REMARKS] = [f"No text on {named('page', pictures)}"] if pictures else []
            if unreadable:
                metadata[REMARKS].append(
                    f"No letters known for the signs on {named('page', unreadable)}: the file gives none"
                )
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


def _parts(page: PageContent, number: int, *, slides: bool) -> PageParts:
    title = take_title(page, part=1.0 if number == 1 else 0.4) if slides else []
    grids, rest = take_grids(page)
    regions, rest = take_regions(page, rest, grids)
    return PageParts(
        number, " ".join(piece.text for piece in title), read_order(rest, [*grids, *regions], slide=slides)
    )


def _largest(pieces: Sequence[Piece]) -> str:
    """The words in the largest letters of a page, from the top."""
    lettered = [p for p in pieces if sum(c.isalpha() for c in p.text) > 2]
    if not lettered:
        return ""
    size = max(p.size for p in lettered)
    if size < 1.12 * Counter(rounded(p.size) for p in lettered).most_common(1)[0][0]:
        return ""
    found: list[Piece] = []
    for piece in sorted((p for p in lettered if p.size > 0.95 * size), key=lambda p: (p.base, p.left)):
        if found and piece.base - found[-1].base > 1.8 * size:
            break
        found.append(piece)
    return sensible_title(clean(" ".join(p.text for p in found)))[:LONGEST_HEADING]


def _outline(document: pdfium.PdfDocument) -> dict[int, dict[str, int]]:
    """Titles by page with their level; a damaged outline is no reason to refuse the text."""
    found: dict[int, dict[str, int]] = {}
    try:
        for number, item in enumerate(document.get_toc(max_depth=6)):
            if number > _MOST_OUTLINE:
                break
            target = item.get_dest()
            page = target.get_index() if target else None
            title = folded(item.get_title() or "")
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
