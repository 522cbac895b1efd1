"""Wire models of the gateway's own route."""

from uuid import UUID

from pydantic import BaseModel

from caseplane.core.auth import Role


class Me(BaseModel):
    """Who the credential says that the caller is."""

    tenant_id: UUID | None
    subject: str
    roles: list[Role]
    scopes: list[str]
    entitlements: list[str]
    customer_id: str | None
