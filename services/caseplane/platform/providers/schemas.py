"""Wire models of OIDC issuers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from pydantic.config import JsonDict

from caseplane.platform.fields import Closed, Name, TenantRole, Word

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\x00-\x20\x7f]+$"), Field(max_length=500)]

EXAMPLE: JsonDict = {
    "issuer": "https://login.example.com/realms/acme",
    "audience": "caseplane",
    "role_mapping": {"support-agents": "agent", "support-leads": "supervisor"},
}


class IdentityProviderCreate(Closed):
    """An OIDC issuer whose tokens shall be the tenant's."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    issuer: Url
    audience: Word
    jwks_uri: Url | None = None
    """Where the signing keys are; null asks the issuer's discovery document."""
    roles_claim: Word = "roles"
    """Claim with the roles; dots lead into objects (`realm_access.roles`)."""
    entitlements_claim: Word = "groups"
    """Claim with the groups that documents under access control name."""
    role_mapping: dict[Word, TenantRole] = Field(default={}, max_length=200)
    """The provider's role to ours; empty takes ours by their own names."""
    label: Name | None = None
    """What the button says that leads there; the issuer if left out."""
    client_id: Word | None = None
    """As which the provider knows the console; people can sign in there only with one. Register the gateway's
    `/api/v1/auth/oidc/callback` as where it sends them back."""
    client_secret: Annotated[SecretStr, Field(min_length=1, max_length=2000)] | None = None
    """For providers that want one beside PKCE. It is stored sealed and never shown."""


class IdentityProviderRead(BaseModel):
    """An OIDC issuer of a tenant."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    identity_provider_id: Annotated[UUID, Field(validation_alias="id")]
    issuer: str
    audience: str
    jwks_uri: str | None
    roles_claim: str
    entitlements_claim: str
    role_mapping: dict[str, str]
    label: str | None
    client_id: str | None
    created_at: datetime
