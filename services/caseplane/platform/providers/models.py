"""The table of OIDC issuers."""

from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class IdentityProvider(TenantModel):
    """An OIDC issuer whose tokens are a tenant's."""

    __tablename__ = "identity_providers"
    __table_args__ = {"schema": "platform"}  # noqa: RUF012 - SQLAlchemy's form

    issuer: Mapped[str]
    audience: Mapped[str]
    jwks_uri: Mapped[str | None]
    roles_claim: Mapped[str]
    entitlements_claim: Mapped[str]
    role_mapping: Mapped[dict[str, Any]]
    label: Mapped[str | None]
    client_id: Mapped[str | None]
    client_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
