"""Wire models of API keys."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from caseplane.core.auth import Role
from caseplane.platform.fields import Closed, Line, Name, TenantRole, Word

EXAMPLE: JsonDict = {"name": "web shop", "roles": ["customer"], "scopes": ["sessions"]}


class ApiKeyCreate(Closed):
    """An API key to be."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: Name
    roles: Annotated[list[TenantRole], Field(min_length=1, max_length=7)]
    scopes: list[Word] = Field(default=[], max_length=50)
    """Narrow the key to areas (`tickets`) or ways (`tickets:read`); none: all that its roles may."""
    entitlements: list[Word] = Field(default=[], max_length=200)
    """What its holder may see of documents under access control."""
    customer_id: Annotated[str, Line, Field(min_length=1, max_length=200)] | None = None
    """Binds a customer's key to that one customer; without it the key speaks for a whole channel."""
    expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _bound_keys_are_customers(self) -> Self:
        if self.customer_id is not None and set(self.roles) != {"customer"}:
            raise ValueError("a key bound to a customer has the role customer and no other")
        return self


class ApiKeyRead(BaseModel):
    """An API key, known by its first characters."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    key_id: Annotated[UUID, Field(validation_alias="id")]
    name: str
    prefix: str
    roles: list[Role]
    scopes: list[str]
    entitlements: list[str]
    customer_id: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class ApiKeyCreated(ApiKeyRead):
    """A new API key with the key itself, which is shown this once."""

    key: str


class AdminKeyCreate(Closed):
    """An admin key of a tenant, issued by the platform: the first one, or one for whoever lost theirs."""

    name: Name = "admin key issued by the platform"
