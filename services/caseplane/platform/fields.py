"""Kinds of fields that requests of several nouns have."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# PostgreSQL stores no NUL, and a control character in a name is never meant.
Line = StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")
Name = Annotated[str, Line, Field(min_length=1, max_length=200)]
Word = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x20\x7f]+$"), Field(min_length=1, max_length=200)]
TenantRole = Literal["customer", "agent", "supervisor", "sme", "product_owner", "analyst", "admin"]


class Closed(BaseModel):
    """Refuses members that it does not know, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")
