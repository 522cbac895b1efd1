"""Documents' bytes to characters; a file that is no text is refused like any other."""

from caseplane.retrieval.parsing.errors import CorruptDocumentError, UnsupportedFormatError
from caseplane.text import charsets
from caseplane.text.charsets import clean

__all__ = ["clean", "decode"]


def decode(data: bytes, *, declared: str | None = None) -> tuple[str, str]:
    """Like `charsets.decode`.

    Raises:
        UnsupportedFormatError: the bytes are not text.
        CorruptDocumentError: they are text in no charset known here.
    """
    try:
        return charsets.decode(data, declared=declared)
    except charsets.NotTextError as exc:
        raise UnsupportedFormatError(str(exc)) from exc
    except charsets.UnknownCharsetError as exc:
        raise CorruptDocumentError(str(exc)) from exc
