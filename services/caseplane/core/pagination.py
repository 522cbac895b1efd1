"""Cursor pagination: an opaque cursor names the last row of a page, so pages neither skip nor repeat rows."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from caseplane.core.errors import InvalidInputError
from caseplane.core.text import storable

R = TypeVar("R")
T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=200, description="Rows per page")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


class Page(BaseModel, Generic[T]):
    """One page of rows; `next` is null on the last."""

    items: list[T]
    next: str | None = None


def page(
    rows: Sequence[R], limit: int, *, read: Callable[[R], T], position: Callable[[R], tuple[Any, ...]]
) -> Page[T]:
    """A page of at most `limit` rows; one further row means that another page follows.

    Args:
        rows: in the order of the list, at most `limit + 1`.
        limit: rows per page.
        read: converts a row to its response model.
        position: of a row in the list, as `decode_cursor` reads it on the next call.
    """
    following = encode_cursor(*position(rows[limit - 1])) if len(rows) > limit else None
    return Page(items=[read(row) for row in rows[:limit]], next=following)


def encode_cursor(*position: Any) -> str:
    """An opaque cursor of JSON-serialisable values."""
    raw = json.dumps(position, default=str, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str, *types: Any) -> list[Any]:
    """The values of a cursor, each through its type's constructor.

    Raises:
        InvalidInputError: the cursor is invalid.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(types):
            raise ValueError("wrong shape")
        return [_comparable(kind(value)) for kind, value in zip(types, values, strict=True)]
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as exc:
        raise InvalidInputError("The cursor is not one that a page of this list gave.") from exc


def _comparable(value: Any) -> Any:
    """The value, if the database can compare a column with it."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("too large")
    return storable(value)
