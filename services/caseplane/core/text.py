"""Text that the database can store: no NUL, no half of a surrogate pair."""

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
