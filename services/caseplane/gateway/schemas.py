"""Wire models of the gateway's own routes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.auth import Role
from caseplane.core.text import Text


class Me(BaseModel):
    """Who the credential says that the caller is."""

    tenant_id: UUID | None
    subject: str
    roles: list[Role]
    scopes: list[str]
    entitlements: list[str]
    customer_id: str | None


class CodeIssued(BaseModel):
    """A one-time code; whoever opens it first is signed in."""

    code: str
    expires_at: datetime


class CodeRedeem(BaseModel):
    """A one-time code."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[Text, Field(min_length=1, max_length=200)]


class SignedIn(BaseModel):
    """Who is signed in in a browser."""

    signed_in: Literal[True] = True
    tenant_id: UUID
    organisation: str
    """The tenant's slug."""
    organisation_name: str
    subject: str
    name: str
    roles: list[Role]
    expires_at: datetime
    """Renew before then."""
    ends_at: datetime
    """Sign in again by then."""


class SignedOut(BaseModel):
    """Nobody is signed in."""

    signed_in: Literal[False] = False
    continue_at: str | None = None


class SignInProvider(BaseModel):
    """A place where people sign in; `/api/v1/auth/oidc/{identity_provider_id}/start` leads there."""

    identity_provider_id: UUID
    label: str


class VisitorCreate(BaseModel):
    """A visitor of a web page."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"organisation": "acme"}]})

    organisation: Annotated[Text, Field(min_length=1, max_length=63)]
    """The tenant's slug."""
    token: Annotated[Text, Field(max_length=2000)] | None = None
    """Of the visit before, so that the visitor stays the same one."""


class VisitorRead(BaseModel):
    """A visitor's token, and how the tenant wants its chat to look."""

    token: str
    visitor_id: str
    expires_at: datetime
    name: str
    greeting: str | None
    color: str | None
