"""Reads the files of a multipart body."""

from collections.abc import AsyncIterator

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from caseplane.core.errors import (
    InvalidInputError,
    PayloadTooLargeError,
    UnreadableError,
    UnsupportedMediaError,
)
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
        UnsupportedMediaError, InvalidInputError, UnreadableError
    """
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > max_bytes:
        raise PayloadTooLargeError(f"The request may have at most {max_bytes:,} bytes.", limit=max_bytes)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        given = request.headers.get("content-type") or "nothing that names its type"
        raise UnsupportedMediaError(
            f"The body was sent as {given[:100]}; send files as multipart/form-data, each in a form field `file`"
            " (curl -F file=@NAME).",
            accepted=["multipart/form-data"],
        )
    try:
        form = await request.form(max_files=_FILES_PER_REQUEST, max_fields=100)
    except (MultiPartException, HTTPException) as exc:  # Starlette turns the one into the other
        reason = exc.message if isinstance(exc, MultiPartException) else exc.detail
        raise UnreadableError(f"The form cannot be read: {reason.rstrip('.')}. Is it cut off?") from exc
    try:
        if not form and length not in ("", "0"):
            raise UnreadableError(
                "The form has no field that is whole. Is it cut off? Send files as the field `file`."
            )
        if form and "file" not in form:
            fields = ", ".join(f"`{name[:50]}`" for name in sorted(set(form))[:5])
            raise InvalidInputError(f"Send files in the form field `file`; the form has {fields}.")
        for part in form.getlist("file"):
            if not isinstance(part, UploadFile):
                raise InvalidInputError(
                    "The form field `file` must be a file with a name, not text (curl -F file=@NAME, with the @)."
                )
            yield Upload(part.filename or "unnamed", await part.read(), part.content_type)
    finally:
        await form.close()
