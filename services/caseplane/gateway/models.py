"""The platform's own tables: tenants, their credentials and their audit log (migration 0001)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.models import Base
from caseplane.core.repository import TenantModel


class Tenant(Base):
    """A customer of the platform; the root that every tenant row hangs on."""

    __tablename__ = "tenants"
    __table_args__ = {"schema": "platform"}  # noqa: RUF012 - SQLAlchemy's form

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    display_name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active")
    settings: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApiKey(TenantModel):
    """An API key without its secret."""

    __tablename__ = "api_keys"
    __table_args__ = {"schema": "platform"}  # noqa: RUF012

    name: Mapped[str]
    prefix: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    roles: Mapped[list[str]]
    scopes: Mapped[list[str]]
    entitlements: Mapped[list[str]]
    customer_id: Mapped[str | None]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class IdentityProvider(TenantModel):
    """An OIDC issuer whose tokens are a tenant's."""

    __tablename__ = "identity_providers"
    __table_args__ = {"schema": "platform"}  # noqa: RUF012

    issuer: Mapped[str]
    audience: Mapped[str]
    jwks_uri: Mapped[str | None]
    roles_claim: Mapped[str]
    entitlements_claim: Mapped[str]
    role_mapping: Mapped[dict[str, Any]]


class AuditEntry(TenantModel):
    """Who did what to which thing."""

    __tablename__ = "audit_log"
    __table_args__ = {"schema": "platform"}  # noqa: RUF012

    actor: Mapped[str]
    action: Mapped[str]
    target_type: Mapped[str]
    target_id: Mapped[str]
    detail: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]
