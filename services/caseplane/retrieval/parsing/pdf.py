"""PDF text page by page, with lines joined into paragraphs and running heads left out."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from caseplane.retrieval.parsing.decode import clean
from caseplane.retrieval.parsing.documents import (
    BlockKind,
    Metadata,
    ParsedDocument,
    TextBuilder,
)
from caseplane.retrieval.parsing.errors import (
    CorruptDocumentError,
    DocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    TooLargeError,
)
from caseplane.retrieval.parsing.settings import IngestionSettings

_TAIL = 64 * 1024
_ENDS = re.compile(r"[.!?:;\u3002][\"')\]\u201d]?$")
_BEGINS = re.compile(r"(?:[\u2022\u25aa\u25cf\u2013*-]|\(?\d{1,3}[.)]|[a-z]\))\s+\S")
_HYPHEN = re.compile(r"[a-z]-$")


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
        return _parse(PdfReader(io.BytesIO(data), strict=False), name, limits)
    except (DocumentError, MemoryError):
        raise
    except DependencyError as exc:
        raise EncryptedDocumentError("The PDF is encrypted in a way not read here.") from exc
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError,
            RecursionError, OSError, AssertionError, NotImplementedError) as exc:  # fmt: skip
        raise CorruptDocumentError(f"The PDF is damaged ({type(exc).__name__}).") from exc


def _parse(reader: PdfReader, name: str, limits: IngestionSettings) -> ParsedDocument:
    # Many PDFs are encrypted against editing only, and open with no password.
    if reader.is_encrypted and not reader.decrypt(""):
        raise EncryptedDocumentError("The PDF asks for a password.")
    count = len(reader.pages)
    if count > limits.max_pages:
        raise TooLargeError(
            f"The PDF has {count:,} pages; {limits.max_pages:,} are allowed.",
            limit=limits.max_pages,
            setting="max_pages",
        )
    pages = list(_page_lines(reader, limits))
    running = _running_lines(pages)
    outline = _outline(reader)
    builder = TextBuilder(max_chars=limits.max_text_chars)
    for number, lines in enumerate(pages, 1):
        builder.page = number
        kept = [x for i, x in enumerate(lines) if not _is_edge(i, lines) or _shape(x) not in running]
        _write_page(builder, kept, outline.get(number, {}))
    if not builder.blocks:
        raise EmptyDocumentError(f"None of the {count} pages holds text; scans need OCR first.")
    metadata = _metadata(reader, count)
    return builder.build(title=metadata.pop("title", "") or name, metadata=metadata)


def _page_lines(reader: PdfReader, limits: IngestionSettings) -> Iterator[list[str]]:
    total = 0
    for page in reader.pages:
        text = clean(page.extract_text())
        total += len(text)
        if total > limits.max_text_chars:
            raise TooLargeError(
                f"The PDF holds more than {limits.max_text_chars:,} characters of text.",
                limit=limits.max_text_chars,
                setting="max_text_chars",
            )
        yield [" ".join(line.split()) for line in text.split("\n")]


def _write_page(builder: TextBuilder, lines: list[str], headings: dict[str, int]) -> None:
    lengths = sorted(len(line) for line in lines if line)
    full = lengths[int(len(lengths) * 0.75)] if lengths else 0
    open_lines: list[str] = []

    def close() -> None:
        kind = BlockKind.list if open_lines and _BEGINS.match(open_lines[0]) else BlockKind.paragraph
        builder.add(kind, _joined(open_lines), level=int(kind is BlockKind.list))
        open_lines.clear()

    for line in lines:
        level = headings.get(line.casefold())
        if level:
            close()
            builder.heading(line, level)
            continue
        if not line or _BEGINS.match(line):
            close()
        if line:
            open_lines.append(line)
            # A full stop well before the margin is where a paragraph ends.
            if _ENDS.search(line) and len(line) < 0.8 * full:
                close()
    close()


def _joined(lines: list[str]) -> str:
    text = ""
    for line in lines:
        if _HYPHEN.search(text) and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if text else line
    return text


def _is_edge(index: int, lines: list[str]) -> bool:
    return index < 2 or index >= len(lines) - 2


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", line)


def _running_lines(pages: list[list[str]]) -> set[str]:
    """Heads and feet: the same line, but for numbers, at the edge of most pages."""
    if len(pages) < 4:
        return set()
    seen = Counter(
        shape
        for lines in pages
        for shape in {_shape(x) for i, x in enumerate(lines) if x and _is_edge(i, lines)}
    )
    return {shape for shape, count in seen.items() if count > len(pages) * 0.5}


def _outline(reader: PdfReader) -> dict[int, dict[str, int]]:
    """Titles by page with their level; a damaged outline is no reason to refuse the text."""
    found: dict[int, dict[str, int]] = {}

    def walk(items: list[Any], level: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item, min(level + 1, 6))
            else:
                number = reader.get_destination_page_number(item)
                title = " ".join(str(item.title or "").split()).casefold()
                if number is not None and title:
                    found.setdefault(number + 1, {})[title] = level

    try:
        walk(reader.outline, 1)
    except Exception:  # noqa: BLE001 - any damage means no outline
        return {}
    return found


def _metadata(reader: PdfReader, count: int) -> Metadata:
    metadata: Metadata = {"pages": count}
    try:
        info = reader.metadata
        if info:
            metadata["title"] = clean(" ".join((info.title or "").split()))[:300]
            if info.modification_date:
                metadata["updated"] = info.modification_date.isoformat()
    except Exception:  # noqa: BLE001 - a broken date is no reason to refuse the text
        return metadata
    return metadata
