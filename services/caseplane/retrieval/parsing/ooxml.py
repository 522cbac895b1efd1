"""What must hold for a DOCX or XLSX file before its parser may unpack it."""

from caseplane.retrieval.parsing.archives import Archive
from caseplane.retrieval.parsing.errors import (
    CorruptDocumentError,
    EncryptedDocumentError,
    TooLargeError,
)
from caseplane.retrieval.parsing.settings import IngestionSettings


def check_package(data: bytes, *, limits: IngestionSettings, main_part: str) -> None:
    """Refuse a package that is a bomb, under a password, or that declares entities.

    Raises:
        UnsafeArchiveError, CorruptDocumentError, EncryptedDocumentError, TooLargeError
    """
    package = Archive(data, limits=limits)
    for part in package.entries:
        if part.flag_bits & 0x1:
            raise EncryptedDocumentError("The Office file is encrypted.")
        if part.filename == main_part and part.file_size > 4 * limits.max_markup_bytes:
            raise TooLargeError(
                f"The main part has {part.file_size:,} bytes unpacked; "
                f"{4 * limits.max_markup_bytes:,} are allowed.",
                limit=4 * limits.max_markup_bytes,
                setting="max_markup_bytes",
            )
        is_xml = part.filename.endswith((".xml", ".rels")) and part.file_size <= limits.max_bytes
        # The standard forbids document types; entity bombs need them.
        if is_xml and b"<!DOCTYPE" in package.read(part)[:4096]:
            raise CorruptDocumentError("A part of the Office file declares a document type.")
