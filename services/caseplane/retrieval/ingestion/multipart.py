"""Reads the files of a multipart body."""

from collections.abc import AsyncIterator

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from caseplane.core.errors import InvalidInputError, PayloadTooLargeError, UnsupportedMediaError
from caseplane.retrieval.ingestion.uploading import Upload

_FILES_PER_REQUEST = 1000
FILES = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            }
        },
    }
}
"""What OpenAPI says of a route that takes files."""


async def read_files(request: Request, *, max_bytes: int) -> AsyncIterator[Upload]:
    """The files of the form field `file`.

    Raises:
        PayloadTooLargeError: of more than `max_bytes`, by its Content-Length.
        UnsupportedMediaError, InvalidInputError
    """
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > max_bytes:
        raise PayloadTooLargeError(f"The request may have at most {max_bytes:,} bytes.", limit=max_bytes)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise UnsupportedMediaError("Send files as multipart/form-data.")
    try:
        form = await request.form(max_files=_FILES_PER_REQUEST, max_fields=100)
    except (MultiPartException, HTTPException) as exc:  # Starlette turns the one into the other
        reason = exc.message if isinstance(exc, MultiPartException) else exc.detail
        raise InvalidInputError(f"The form cannot be read: {reason}") from exc
    try:
        for part in form.getlist("file"):
            if not isinstance(part, UploadFile):
                raise InvalidInputError("The form field `file` must be a file with a name.")
            yield Upload(part.filename or "unnamed", await part.read(), part.content_type)
    finally:
        await form.close()
