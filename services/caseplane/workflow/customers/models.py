"""The tables of customers."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Mapped

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "workflow"}


class Customer(TenantModel):
    """A customer's profile."""

    __tablename__ = "customers"
    __table_args__ = SCHEMA

    customer_id: Mapped[str]
    name: Mapped[str | None]
    email: Mapped[str | None]
    tier: Mapped[str | None]
    language: Mapped[str | None]
    note: Mapped[str | None]
    updated_at: Mapped[datetime]


class Order(TenantModel):
    """Something that a customer bought."""

    __tablename__ = "orders"
    __table_args__ = SCHEMA

    customer_id: Mapped[str]
    order_number: Mapped[str]
    status: Mapped[str]
    placed_at: Mapped[datetime]
    total: Mapped[Decimal | None]
    currency: Mapped[str | None]
    items: Mapped[str | None]
    updated_at: Mapped[datetime]


class Entitlement(TenantModel):
    """Something that a customer has a right to, such as a plan or a warranty."""

    __tablename__ = "entitlements"
    __table_args__ = SCHEMA

    customer_id: Mapped[str]
    name: Mapped[str]
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    detail: Mapped[str | None]
    updated_at: Mapped[datetime]


class Interaction(TenantModel):
    """A contact outside of tickets, such as a call; kept until it expires."""

    __tablename__ = "interactions"
    __table_args__ = SCHEMA

    customer_id: Mapped[str]
    channel: Mapped[str]
    summary: Mapped[str]
    source_id: Mapped[str | None]
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
