"""The parts of the platform's answers that the operator reads. Unknown members are ignored, so that either side can be newer."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Tenant(_Answer):
    tenant_id: str
    slug: str
    display_name: str
    status: str
    settings: dict[str, Any]
    version: int

    @property
    def gone(self) -> bool:
        """Whether it is erased or being erased; nothing of it can be changed then."""
        return self.status in ("erasing", "erased")


class AdminKey(_Answer):
    key_id: str
    name: str
    created_at: datetime


class IssuedKey(AdminKey):
    """An admin key with the key itself, which the platform shows only once."""

    key: str


class Usage(_Answer):
    """A tenant's use of language models in a calendar month (UTC)."""

    month: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    budget_usd: Decimal | None


class Costs(_Answer):
    """A tenant's costs in a calendar month (UTC)."""

    month: str
    basis: str
    """`models` while only the costs of models are known, else `estimated` or `billed`."""
    currency: str
    total: Decimal
    sessions: int
    durably_resolved: int
    per_session: Decimal | None
    per_resolved_case: Decimal | None


class Me(_Answer):
    """The caller, as the credential identifies it; `tenant_id` is None for the platform's own."""

    tenant_id: str | None


class Provider(_Answer):
    """An OpenID provider of a tenant."""

    identity_provider_id: str
    issuer: str
    audience: str
    jwks_uri: str | None
    roles_claim: str
    entitlements_claim: str
    role_mapping: dict[str, str]


class Connector(_Answer):
    """A desk to which a tenant's tickets are mirrored."""

    connection_id: str
    kind: str
    name: str
    url: str
    enabled: bool
    settings: dict[str, Any]
    hook_path: str
    version: int


class KnowledgeBase(_Answer):
    id: str
    name: str
    description: str
    acl: list[str]
    documents: int
    chunks: int
    version: int


class Source(_Answer):
    id: str
    name: str
    kind: str
    prefix: str
    acl: list[str]
    base_uri: str
    documents: int
    last_synced_at: datetime | None


class Ingestion(_Answer):
    """One run over the files of a source."""

    id: str
    source_id: str
    state: str
    counts: dict[str, int] = {}
    created_at: datetime
    finished_at: datetime | None


class Item(_Answer):
    """The result of indexing one file."""

    path: str
    reason: str | None
    detail: str | None
