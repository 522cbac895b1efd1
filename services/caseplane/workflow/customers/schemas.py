"""What crosses the wire of customers."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from caseplane.core.text import Storable
from caseplane.escalation.schemas import TicketStatus
from caseplane.triage.results import Sentiment
from caseplane.workflow.lookups.schemas import LookedUp

CustomerKey = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), Storable]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), Storable]
Long = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True), Storable]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), Storable]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[Decimal, Field(max_digits=18, decimal_places=4, allow_inf_nan=False)]


class Body(BaseModel):
    """A request; a field that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid")


class ProfilePut(Body):
    """A customer's profile, whole; what is left out is empty afterwards."""

    name: Short | None = None
    email: Email | None = None
    tier: Short | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    note: Long | None = None


class OrderPut(Body):
    """An order, whole."""

    status: Short
    placed_at: AwareDatetime
    total: Amount | None = None
    currency: Currency | None = None
    items: Long | None = None

    @model_validator(mode="after")
    def _priced(self) -> Self:
        if (self.total is None) != (self.currency is None):
            raise ValueError("total and currency belong together")
        return self


class EntitlementPut(Body):
    """An entitlement, whole."""

    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    detail: Long | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until must be later than valid_from")
        return self


class InteractionCreate(Body):
    """A contact outside of tickets."""

    channel: Short
    summary: Long
    at: AwareDatetime | None = None
    """Now, if it is left out."""
    source_id: Short | None = None
    """Of the system that it comes from; a second one with the same id changes nothing."""
    keep_for: Annotated[timedelta, Field(ge=timedelta(hours=1), le=timedelta(days=3650))] | None = None
    """Until when it is kept; the installation's default if it is left out."""


class Read(BaseModel):
    """An answer."""

    model_config = ConfigDict(from_attributes=True)


class ProfileRead(Read):
    """A customer's profile."""

    customer_id: str
    name: str | None
    email: str | None
    tier: str | None
    language: str | None
    note: str | None
    updated_at: datetime


class OrderRead(Read):
    """An order."""

    order_number: str
    status: str
    placed_at: datetime
    total: Decimal | None
    currency: str | None
    items: str | None


class EntitlementRead(Read):
    """An entitlement."""

    name: str
    valid_from: datetime | None
    valid_until: datetime | None
    detail: str | None
    valid: bool = True
    """At the time of the answer."""


class InteractionRead(Read):
    """A contact outside of tickets."""

    channel: str
    summary: str
    at: datetime
    expires_at: datetime


class PastTicket(BaseModel):
    """A ticket of the customer and how it went."""

    ticket_id: UUID
    number: int
    subject: str
    status: TicketStatus
    category: str | None
    sentiment: Sentiment | None
    sentiment_score: float | None
    resolution: str | None
    """What was answered, or done."""
    created_at: datetime


class CustomerPicture(BaseModel):
    """All that is known of a customer."""

    customer_id: str
    profile: ProfileRead | None
    orders: list[OrderRead]
    entitlements: list[EntitlementRead]
    tickets: list[PastTicket]
    """The newest first; their sentiments are its course over time."""
    interactions: list[InteractionRead]
    looked_up: list[LookedUp]


class ImportKind(StrEnum):
    """What the rows of a CSV file are."""

    profiles = "profiles"
    orders = "orders"
    entitlements = "entitlements"


class ImportReport(BaseModel):
    """What an import changed."""

    rows: int
    created: int
    updated: int
    unchanged: int
