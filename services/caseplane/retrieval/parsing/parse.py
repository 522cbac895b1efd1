"""One door to every parser: bytes in, a document or one of `errors.py` out."""

from collections.abc import Callable
from dataclasses import replace

from caseplane.retrieval.parsing.asciidoc import parse_asciidoc
from caseplane.retrieval.parsing.documents import ParsedDocument
from caseplane.retrieval.parsing.docx import parse_docx
from caseplane.retrieval.parsing.errors import (
    CorruptDocumentError,
    EmptyDocumentError,
    TooLargeError,
    UnsupportedFormatError,
)
from caseplane.retrieval.parsing.formats import Format, detect
from caseplane.retrieval.parsing.html import parse_html
from caseplane.retrieval.parsing.markdown import parse_markdown
from caseplane.retrieval.parsing.pdf import parse_pdf
from caseplane.retrieval.parsing.plain import parse_plain
from caseplane.retrieval.parsing.remarks import REMARKS, remarks_of
from caseplane.retrieval.parsing.rst import parse_rst
from caseplane.retrieval.parsing.separated import parse_csv
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.parsing.sheets import parse_xlsx
from caseplane.retrieval.parsing.siblings import Siblings

_PARSERS: dict[Format, Callable[..., ParsedDocument]] = {
    Format.markdown: parse_markdown,
    Format.html: parse_html,
    Format.rst: parse_rst,
    Format.asciidoc: parse_asciidoc,
    Format.pdf: parse_pdf,
    Format.docx: parse_docx,
    Format.xlsx: parse_xlsx,
    Format.csv: parse_csv,
    Format.text: parse_plain,
}
_TOGETHER = frozenset({Format.rst, Format.asciidoc})
_MARKUP = frozenset({Format.markdown, Format.html, Format.rst, Format.asciidoc})


def parse(
    data: bytes,
    *,
    name: str,
    media_type: str | None = None,
    limits: IngestionSettings | None = None,
    siblings: Siblings | None = None,
) -> ParsedDocument:
    """Read a file of any supported format.

    It may take long and much memory on a hostile file: a service calls it through `ParserPool`.

    Args:
        data: the file.
        name: its name or path; the suffix helps to tell the format, the last part is the title
            where the file has none.
        media_type: what its sender says it is.
        limits: what it may cost.
        siblings: what it takes from other files of its source, where its format does.

    Returns:
        The document; `metadata` has at least `format` and `bytes`.

    Raises:
        DocumentError: a subclass says why it cannot be used.
    """
    limits = limits or IngestionSettings()
    if not data:
        raise EmptyDocumentError(f"{name} has no bytes.")
    _check_size(len(data), "max_bytes", limits.max_bytes)
    kind = detect(data, name=name, media_type=media_type)
    if kind is Format.archive:
        raise UnsupportedFormatError("An archive is not one document; upload it as an archive.")
    if kind in _MARKUP:
        _check_size(len(data), "max_markup_bytes", limits.max_markup_bytes)
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    try:
        more = {"siblings": siblings} if siblings is not None and kind in _TOGETHER else {}
        document = _PARSERS[kind](data, name=base, limits=limits, **more)
    except MemoryError as exc:
        raise TooLargeError(
            "Reading the document takes more memory than is allowed.",
            setting="parser_memory_bytes",
        ) from exc
    except RecursionError as exc:
        raise CorruptDocumentError("The document is nested too deeply.") from exc
    if not any(character.isalnum() for character in document.text):
        raise EmptyDocumentError(f"{base} holds no words.")
    remarks = remarks_of(document.metadata)
    said = {REMARKS: remarks} if remarks else {}
    return replace(document, metadata={"format": kind.value, "bytes": len(data), **document.metadata, **said})


def _check_size(size: int, setting: str, limit: int) -> None:
    if size > limit:
        raise TooLargeError(
            f"The file has {size:,} bytes; {limit:,} are allowed.", limit=limit, setting=setting
        )
