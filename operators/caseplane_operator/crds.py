"""Custom resources as this version reads them. The chart has their definitions; a test compares the fields of both."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar

import durationpy
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

B = TypeVar("B", bound=BaseModel)


class _Model(BaseModel):
    """Frozen, with the resource's camelCase names; unknown fields are ignored, because a newer definition may add some."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class ResourceSpec(_Model):
    """What `spec` of every kind has."""

    reclaim_policy: Literal["Retain", "Delete"] = "Retain"


class Limits(_Model):
    """For None the installation's default applies; for documents, that is any number."""

    requests_per_minute: int | None = None
    burst: int | None = None
    key_requests_per_minute: int | None = None
    key_burst: int | None = None
    documents: int | None = None


class Models(_Model):
    monthly_budget_usd: Decimal | None = None


class Workflow(_Model):
    configuration: str | None = None


class Conversation(_Model):
    """For None the installation's default applies."""

    assistant_name: str | None = None
    greet: str | None = None
    answer_beside_person: bool | None = None
    texts: dict[str, dict[str, str]] | None = None


class Identity(_Model):
    """An OpenID provider, with the names of the platform's API."""

    issuer: str
    audience: str
    jwks_uri: str | None = None
    roles_claim: str = "roles"
    entitlements_claim: str = "groups"
    role_mapping: dict[str, str] = {}


class SecretRef(_Model):
    name: str
    namespace: str | None = None
    key: str = "secret"


class Poll(_Model):
    url: str
    interval_seconds: int = 60


class GenericConnector(_Model):
    """Any system that takes signed webhooks."""

    url: str
    secret_ref: SecretRef
    enabled: bool = True
    max_attempts: int = 8
    redaction: str = "pii"
    internal_notes: bool = True
    poll: Poll | None = None


class Connector(_Model):
    """One field per kind of connector; the definition requires exactly one of them."""

    generic: GenericConnector | None = None


class KeySecret(_Model):
    name: str | None = None
    namespace: str | None = None


class TenantSpec(ResourceSpec):
    display_name: str | None = None
    suspended: bool = False
    limits: Limits = Limits()
    models: Models = Models()
    workflow: Workflow = Workflow()
    conversation: Conversation | None = None
    identity: Identity | None = None
    connector: Connector | None = None
    namespaces: list[str] = []
    key_secret: KeySecret = KeySecret()

    def admits(self, namespace: str) -> bool:
        """Whether KnowledgeBases of a namespace may belong to the tenant."""
        return "*" in self.namespaces or namespace in self.namespaces


class TenantRef(_Model):
    name: str


class ObjectStore(_Model):
    prefix: str = ""


class Upload(_Model):
    """Files that people send to the API; it has no settings."""


class Source(_Model):
    name: str
    object_store: ObjectStore | None = None
    upload: Upload | None = None
    acl: list[str] = []
    base_uri: str = ""

    @property
    def kind(self) -> str:
        return "object_store" if self.object_store else "upload"

    @property
    def prefix(self) -> str:
        return self.object_store.prefix if self.object_store else ""


class Schedule(_Model):
    interval: timedelta = timedelta(hours=1)
    suspended: bool = False

    @field_validator("interval", mode="before")
    @classmethod
    def _as_kubernetes_writes_it(cls, value: Any) -> Any:
        return durationpy.from_str(value) if isinstance(value, str) else value


class KnowledgeBaseSpec(ResourceSpec):
    tenant_ref: TenantRef
    description: str = ""
    acl: list[str] = []
    sources: list[Source] = []
    schedule: Schedule = Schedule()


class Metadata(_Model):
    """The part of `metadata` that the operator reads."""

    name: str
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    creation_timestamp: str = ""
    deletion_timestamp: str | None = None
    finalizers: list[str] = []
    annotations: dict[str, str] = Field(default_factory=dict)


def metadata_of(body: Any) -> Metadata:
    return Metadata.model_validate(dict(body.get("metadata") or {}))


def spec_of(body: Any, model: type[B]) -> B:
    """The spec of a resource.

    Raises:
        ValidationError: it was stored under an older definition.
    """
    return model.model_validate(body.get("spec") or {})
