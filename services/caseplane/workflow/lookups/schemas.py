"""What crosses the wire of look-ups."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from caseplane.core.text import Storable

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class StatementBody(BaseModel):
    """A statement that may be asked; it names the customer as `:customer_id`."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    sql: Annotated[str, StringConstraints(min_length=1, max_length=10_000), Storable]


class LookupCreate(BaseModel):
    """A system of record, whole; one of the same name is replaced."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "sql",
                    "address": "postgresql://reader@db.example.com/shop?sslmode=require",
                    "secret": "made-up",
                    "statements": [
                        {
                            "name": "orders",
                            "sql": "SELECT number, state FROM orders WHERE customer = :customer_id",
                        }
                    ],
                }
            ]
        },
    )

    kind: Literal["sql", "http"]
    address: Annotated[str, StringConstraints(min_length=1, max_length=2_000), Storable]
    """For `sql` a PostgreSQL URL without password, for `http` a URL with `{customer_id}`."""
    secret: SecretStr | None = None
    """The password, or the bearer token. Left out, the one that is stored stays, if the address does."""
    statements: Annotated[list[StatementBody], Field(max_length=20)] = []
    """All that may be asked; for `sql` alone."""
    enabled: bool = True


class LookupRead(BaseModel):
    """A system of record, without its secret."""

    model_config = ConfigDict(from_attributes=True)

    lookup_id: UUID
    name: str
    kind: Literal["sql", "http"]
    address: str
    statements: list[StatementBody]
    enabled: bool
    created_at: datetime


class LookedUp(BaseModel):
    """What a system of record says of the customer, or why it says nothing."""

    lookup: str
    statement: str
    rows: list[dict[str, Any]] = []
    error: str | None = None
