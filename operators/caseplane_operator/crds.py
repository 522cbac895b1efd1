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


class DeskSecretRef(_Model):
    """A Secret with several values, whose keys have the platform's names."""

    name: str
    namespace: str | None = None


class _Desk(_Model):
    """What connectors by a vendor's own API share."""

    secret_ref: DeskSecretRef
    enabled: bool = True
    max_attempts: int = 8
    poll_interval_seconds: int = 60


class ZendeskFields(_Model):
    conversation: int | None = None
    reason: int | None = None
    confidence: int | None = None


class ZendeskConnector(_Desk):
    """Zendesk Support."""

    url: str
    client_id: str | None = None
    email: str | None = None
    redaction: str = "pii"
    internal_notes: bool = True
    marker: str = "caseplane"
    fields_: ZendeskFields = Field(ZendeskFields(), alias="fields")
    statuses: dict[str, int] = {}
    brand_id: int | None = None
    group_id: int | None = None
    ticket_form_id: int | None = None
    assignee_id: int | None = None
    public_description: bool = False


class ServiceNowFields(_Model):
    conversation: str | None = None
    reason: str | None = None
    confidence: str | None = None


class ServiceNowConnector(_Desk):
    """ServiceNow, by its Table API."""

    url: str
    client_id: str | None = None
    username: str | None = None
    redaction: str = "pii"
    internal_notes: bool = True
    table: str = "incident"
    marker: str = "caseplane"
    keys_column: str = "correlation_display"
    fields_: ServiceNowFields = Field(ServiceNowFields(), alias="fields")
    values: dict[str, str] = {}
    categories: dict[str, dict[str, str]] = {}
    states: dict[str, dict[str, str]] = {}
    close_code: str = "Solution provided"
    close_notes: str = "Resolved in Caseplane."


class EmailConnector(_Desk):
    """A support address, by IMAP and SMTP."""

    imap_url: str
    smtp_url: str
    username: str
    smtp_username: str | None = None
    address: str
    folders: list[str] = ["INBOX"]
    from_name: str = ""
    signature: str = ""
    reply_separator: str = "+"
    include_copied: bool = True
    trusted_server: str | None = None
    accepted_lists: list[str] = []
    max_size_mib: int = 25


class Connector(_Model):
    """One field per kind of connector; the definition requires exactly one of them."""

    generic: GenericConnector | None = None
    zendesk: ZendeskConnector | None = None
    servicenow: ServiceNowConnector | None = None
    email: EmailConnector | None = None


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
