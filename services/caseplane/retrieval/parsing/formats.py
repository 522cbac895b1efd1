"""What format a file is in: its first bytes are believed before its name, its name before its sender."""

import io
import re
import zipfile
from enum import StrEnum
from pathlib import PurePosixPath

from caseplane.retrieval.parsing.errors import (
    CorruptDocumentError,
    EncryptedDocumentError,
    UnsupportedFormatError,
)


class Format(StrEnum):
    """The formats that are read."""

    markdown = "markdown"
    html = "html"
    rst = "rst"
    asciidoc = "asciidoc"
    pdf = "pdf"
    docx = "docx"
    xlsx = "xlsx"
    csv = "csv"
    text = "text"
    archive = "archive"


_BY_SUFFIX = {
    **dict.fromkeys((".md", ".mdx", ".markdown", ".mkd", ".mdown"), Format.markdown),
    **dict.fromkeys((".html", ".htm", ".xhtml"), Format.html),
    **dict.fromkeys((".csv", ".tsv"), Format.csv),
    ".pdf": Format.pdf,
    ".docx": Format.docx,
    ".xlsx": Format.xlsx,
    ".zip": Format.archive,
    **dict.fromkeys((".rst", ".rest"), Format.rst),
    **dict.fromkeys((".adoc", ".asciidoc", ".asc"), Format.asciidoc),
    **dict.fromkeys((".txt", ".text", ".log", ".org"), Format.text),
}
_BY_MEDIA_TYPE = {
    "text/markdown": Format.markdown,
    "text/x-markdown": Format.markdown,
    "text/html": Format.html,
    "application/xhtml+xml": Format.html,
    "text/csv": Format.csv,
    "text/tab-separated-values": Format.csv,
    "text/x-rst": Format.rst,
    "text/prs.fallenstein.rst": Format.rst,
    "text/asciidoc": Format.asciidoc,
    "text/x-asciidoc": Format.asciidoc,
}
_BINARY = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip file"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF file; save it as DOCX"),
)
_STORAGE = re.compile(rb"<(?:ac|ri):[a-z]")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def detect(data: bytes, *, name: str, media_type: str | None = None) -> Format:
    """Name the format of a file.

    Raises:
        UnsupportedFormatError: a known format that is not read.
        EncryptedDocumentError: an Office file under a password.
        CorruptDocumentError: the name promises a format that the bytes do not keep.
    """
    suffix = PurePosixPath(name.lower()).suffix
    promised = _BY_SUFFIX.get(suffix)
    if b"%PDF-" in data[:1024]:
        return Format.pdf
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        return _inside_zip(data, promised)
    if data.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in data:
            raise EncryptedDocumentError("The Office file is protected by a password.")
        raise UnsupportedFormatError("This is an old Office file; save it as DOCX or XLSX.")
    for magic, what in _BINARY:
        if data.startswith(magic):
            raise UnsupportedFormatError(f"This is {what}.")
    if promised in (Format.pdf, Format.docx, Format.xlsx, Format.archive):
        raise CorruptDocumentError(f"The file is named {suffix}, but does not begin like one.")
    if promised:
        return promised
    given = _BY_MEDIA_TYPE.get((media_type or "").split(";")[0].strip().lower())
    if given:
        return given
    head = data[:4096].lstrip().lower()
    if b"<hibernate-generic" in head:
        raise UnsupportedFormatError(
            "This is Confluence's backup of a whole space; export the space as HTML."
        )
    return (
        Format.html
        if head.startswith((b"<!doctype html", b"<html")) or _STORAGE.search(head)
        else Format.text
    )


def _inside_zip(data: bytes, promised: Format | None) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as exc:
        kind = promised or Format.archive
        raise CorruptDocumentError(f"The {kind} file is cut off or damaged: {exc}.") from exc
    if "word/document.xml" in names:
        return Format.docx
    if "xl/workbook.xml" in names:
        return Format.xlsx
    if promised in (Format.docx, Format.xlsx):
        raise CorruptDocumentError(f"The {promised} file lacks its main part.")
    if any(n.startswith(("ppt/", "META-INF/")) or n == "mimetype" for n in names):
        raise UnsupportedFormatError("This package is of no format that is read here.")
    return Format.archive
