"""Why a file was not taken in. Each class is one fact, and its slug is the reason in the report."""

from caseplane.core.errors import CaseplaneError


class DocumentError(CaseplaneError):
    """A file cannot become a document; waiting will not help, another file might."""

    status, slug, title = 422, "document-unusable", "The document cannot be used"


class UnsupportedFormatError(DocumentError):
    """A format that is not read here; the detail says which, or what to save it as."""

    status, slug, title = 415, "unsupported-format", "The format is not supported"


class EncryptedDocumentError(DocumentError):
    """It cannot be opened without a password."""

    status, slug, title = 422, "encrypted-document", "The document is encrypted"


class CorruptDocumentError(DocumentError):
    """It is cut off, damaged, or not what its name says."""

    status, slug, title = 422, "corrupt-document", "The document is damaged"


class EmptyDocumentError(DocumentError):
    """It was read, and says nothing."""

    status, slug, title = 422, "empty-document", "The document holds no text"


class DraftError(DocumentError):
    """Its own header says that it is not published."""

    status, slug, title = 422, "draft", "The page is a draft"


class TooLargeError(DocumentError):
    """It passes a limit; `setting` names the one that would have to be raised."""

    status, slug, title = 413, "document-too-large", "The document is too large"


class ParseTimeoutError(DocumentError):
    """Its parser was stopped after the time allowed."""

    status, slug, title = 422, "parse-timeout", "The document took too long to read"


class ParserCrashedError(DocumentError):
    """Its parser process ended, mostly for want of memory; only that process was lost."""

    status, slug, title = 422, "parser-crashed", "The document broke its reader"


class UnsafeArchiveError(DocumentError):
    """It would unpack to far more than it is; nothing of it was read."""

    status, slug, title = 422, "unsafe-archive", "The archive is not safe to open"


class UnsafePathError(DocumentError):
    """A link, a special file, or a name that points outside."""

    status, slug, title = 422, "unsafe-path", "The path leaves its folder"


ERRORS: dict[str, type[DocumentError]] = {
    error.slug: error
    for error in (
        DocumentError,
        UnsupportedFormatError,
        EncryptedDocumentError,
        CorruptDocumentError,
        EmptyDocumentError,
        DraftError,
        TooLargeError,
        ParseTimeoutError,
        ParserCrashedError,
        UnsafeArchiveError,
        UnsafePathError,
    )
}
"""By slug, so that an error can cross from the parser process as data."""
