"""The source of a text, and whether the database can store it."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator


def storable(value: Any) -> Any:
    """Refuse text that PostgreSQL cannot store; other values pass.

    Raises:
        ValueError: names the character and its position.
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
    """Who wrote a text, and for whom: the same words are judged differently."""

    message = "message"
    """A customer wrote it to us: personal data is the customer's own, and instructions are normal."""
    document = "document"
    """An author wrote it for readers: public contacts and examples are content, instructions to the assistant are not."""
