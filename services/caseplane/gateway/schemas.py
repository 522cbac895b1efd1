"""What crosses the wire on the gateway's own routes."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from caseplane.core.auth import Role

# PostgreSQL stores no NUL, and a control character in a name is never meant.
Line = StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")
Name = Annotated[str, Line, Field(min_length=1, max_length=200)]
Word = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x20\x7f]+$"), Field(min_length=1, max_length=200)]
Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
    Field(description="Lower-case letters, digits and inner hyphens, at most 63", examples=["acme"]),
]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\x00-\x20\x7f]+$"), Field(max_length=500)]
TenantRole = Literal["customer", "agent", "supervisor", "sme", "product_owner", "analyst", "admin"]
Rate = Annotated[int, Field(ge=1, le=10_000_000)]


class Closed(BaseModel):
    """Refuses members that it does not know, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


class TenantStatus(StrEnum):
    """Whether a tenant may be used."""

    active = "active"
    suspended = "suspended"
    erasing = "erasing"
    erased = "erased"


class TenantLimits(Closed):
    """A tenant's own rate limits; what is not given is the installation's default."""

    requests_per_minute: Rate | None = None
    burst: Rate | None = None
    key_requests_per_minute: Rate | None = None
    key_burst: Rate | None = None


class TenantModels(Closed):
    """A tenant's own use of language models; what is not given is the installation's default."""

    monthly_budget_usd: Annotated[Decimal, Field(ge=0, max_digits=11, decimal_places=2)] | None = None
    """USD per calendar month (UTC) after which nothing is generated any more."""


class TenantRetrieval(Closed):
    """How a tenant's knowledge is searched; what is not given is the installation's default."""

    rerank: bool | None = None
    """Have a language model put the best passages in order, where the installation has one."""


class TenantSettings(BaseModel):
    """Settings of a tenant: the edge reads `limits`, the services read members of their own."""

    model_config = ConfigDict(extra="allow")

    limits: TenantLimits = Field(default_factory=TenantLimits)
    llm: TenantModels = Field(default_factory=TenantModels)
    retrieval: TenantRetrieval = Field(default_factory=TenantRetrieval)


class TenantCreate(Closed):
    """A tenant to be; asking twice for one slug makes one tenant."""

    slug: Slug
    display_name: Name
    settings: TenantSettings = Field(default_factory=TenantSettings)

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "slug": "acme",
                    "display_name": "Acme Ltd",
                    "settings": {"limits": {"requests_per_minute": 3000}},
                }
            ]
        },
    )


class TenantSettingsPatch(BaseModel):
    """Members of the settings to replace; null removes one."""

    model_config = ConfigDict(extra="allow")

    limits: TenantLimits | None = None
    llm: TenantModels | None = None
    retrieval: TenantRetrieval | None = None


class TenantPatch(Closed):
    """What to change; members left out stay. `settings` replaces the members that it names."""

    display_name: Name | None = None
    status: Literal["active", "suspended"] | None = None
    settings: TenantSettingsPatch | None = None


class TenantRead(BaseModel):
    """A tenant."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    tenant_id: Annotated[UUID, Field(validation_alias="id")]
    slug: str
    display_name: str
    status: TenantStatus
    settings: dict[str, Any]
    version: int
    created_at: datetime
    updated_at: datetime


class ApiKeyCreate(Closed):
    """An API key to be."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "web shop", "roles": ["customer"], "scopes": ["sessions"]}],
        },
    )

    name: Name
    roles: Annotated[list[TenantRole], Field(min_length=1, max_length=7)]
    scopes: Annotated[list[Word], Field(max_length=50)] = []
    """Narrow the key to areas (`tickets`) or ways (`tickets:read`); none: all that its roles may."""
    entitlements: Annotated[list[Word], Field(max_length=200)] = []
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


class UsageRead(BaseModel):
    """What a tenant used of language models in this calendar month (UTC)."""

    month: str
    """As `2026-11`."""
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    budget_usd: Decimal | None
    """The tenant's own monthly budget; null where the installation's default holds."""


class IdentityProviderCreate(Closed):
    """An OIDC issuer whose tokens shall be the tenant's."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "issuer": "https://login.example.com/realms/acme",
                    "audience": "caseplane",
                    "role_mapping": {"support-agents": "agent", "support-leads": "supervisor"},
                }
            ]
        },
    )

    issuer: Url
    audience: Word
    jwks_uri: Url | None = None
    """Where the signing keys are; null asks the issuer's discovery document."""
    roles_claim: Word = "roles"
    """Claim with the roles; dots lead into objects (`realm_access.roles`)."""
    entitlements_claim: Word = "groups"
    """Claim with the groups that documents under access control name."""
    role_mapping: Annotated[dict[Word, TenantRole], Field(max_length=200)] = {}
    """The provider's role to ours; empty takes ours by their own names."""


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
    created_at: datetime


class AuditRead(BaseModel):
    """An entry of the audit log."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    entry_id: Annotated[UUID, Field(validation_alias="id")]
    actor: str
    action: str
    target_type: str
    target_id: str
    detail: dict[str, Any]
    request_id: str | None
    created_at: datetime


class Me(BaseModel):
    """Who the credential says that the caller is."""

    tenant_id: UUID | None
    subject: str
    roles: list[Role]
    scopes: list[str]
    entitlements: list[str]
    customer_id: str | None


class ExportStatus(StrEnum):
    """How far an export is."""

    running = "running"
    done = "done"


class ExportedTable(BaseModel):
    """A table of an export: gzipped JSON lines, one row each, in numbered parts."""

    table: str
    rows: int
    parts: list[str]


class ExportedFile(BaseModel):
    """A stored file; its key is relative to the tenant's folder."""

    key: str
    size_bytes: int


class ExportRead(BaseModel):
    """An export of all that is stored of a tenant, but for secrets and derived search indexes."""

    export_id: UUID
    status: ExportStatus
    finished_at: datetime | None = None
    tables: list[ExportedTable] = []
    files: list[ExportedFile] = []
