"""Text: where it comes from, and whether the database can store it."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator


def storable(value: Any) -> Any:
    """Refuse text that PostgreSQL cannot store; other values pass.

    Raises:
        ValueError: says which character it is, and where.
    """
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError(f"contains a NUL character at position {value.index(chr(0))}; remove it")
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise ValueError(f"is not valid Unicode at position {exc.start}") from exc
    return value


Storable = AfterValidator(storable)
Text = Annotated[str, Storable]


class TextSource(StrEnum):
    """Who wrote a text, and for whom: the same words weigh differently."""

    message = "message"
    """A customer, to us: what identifies a person is theirs; instructions are to be expected."""
    document = "document"
    """An author, to readers: public contacts and example values are content; no instruction in it is for the assistant."""
