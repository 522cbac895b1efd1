"""Cursor pagination: an opaque cursor names the last row seen, so pages neither skip nor repeat."""

import base64
import binascii
import json
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from caseplane.core.errors import InvalidInputError

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=200, description="Rows per page")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


class Page(BaseModel, Generic[T]):
    """One page of rows; `next` is null on the last."""

    items: list[T]
    next: str | None = None


def encode_cursor(*position: Any) -> str:
    """An opaque cursor of JSON-serialisable values."""
    raw = json.dumps(position, default=str, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str, *types: Any) -> list[Any]:
    """The values of a cursor, each through its type's constructor.

    Raises:
        InvalidInputError: it is not a cursor of ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(types):
            raise ValueError("wrong shape")
        return [_storable(kind(value)) for kind, value in zip(types, values, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as exc:
        raise InvalidInputError("The cursor is not one that a page of this list gave.") from exc


def _storable(value: Any) -> Any:
    """The value, if the database can compare a column with it."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("too large")
    if isinstance(value, str) and b"\x00" in value.encode():
        raise ValueError("NUL")
    return value
