"""What the operator reads of the platform's answers; further members are passed over, so that either can be newer."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Tenant(_Answer):
    """A tenant."""

    tenant_id: str
    slug: str
    display_name: str
    status: str
    settings: dict[str, Any]
    version: int

    @property
    def gone(self) -> bool:
        """Erased, or being erased: nothing about it can be changed."""
        return self.status in ("erasing", "erased")


class AdminKey(_Answer):
    """An admin key that the platform issued."""

    key_id: str
    name: str
    created_at: datetime


class IssuedKey(AdminKey):
    """The same with the key itself, which is shown once."""

    key: str


class Usage(_Answer):
    """What a tenant used of language models in a calendar month."""

    month: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    budget_usd: Decimal | None


class Costs(_Answer):
    """What a tenant cost in a calendar month."""

    month: str
    basis: str
    """`models` while only what models cost is known, else `estimated` or `billed`."""
    currency: str
    total: Decimal
    sessions: int
    durably_resolved: int
    per_session: Decimal | None
    per_resolved_case: Decimal | None


class Me(_Answer):
    """Who a credential says that the caller is."""

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
    """A desk that a tenant's tickets are mirrored to."""

    connection_id: str
    kind: str
    name: str
    url: str
    enabled: bool
    settings: dict[str, Any]
    hook_path: str
    version: int


class KnowledgeBase(_Answer):
    """A knowledge base."""

    id: str
    name: str
    description: str
    acl: list[str]
    documents: int
    chunks: int
    version: int


class Source(_Answer):
    """A source of documents."""

    id: str
    name: str
    kind: str
    prefix: str
    acl: list[str]
    base_uri: str
    documents: int
    last_synced_at: datetime | None


class Ingestion(_Answer):
    """A run over the files of a source."""

    id: str
    source_id: str
    state: str
    counts: dict[str, int] = {}
    created_at: datetime
    finished_at: datetime | None


class Item(_Answer):
    """What became of a file."""

    path: str
    reason: str | None
    detail: str | None
