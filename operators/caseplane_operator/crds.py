"""Custom resources as this version understands them. The definitions are in the chart; a test compares the two."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

B = TypeVar("B", bound=BaseModel)
Reclaim = Literal["Retain", "Delete"]
UNITS = {"h": 3600, "m": 60, "s": 1}


class _Spec(BaseModel):
    """Frozen, by the names of the resource; fields of a newer definition are passed over."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Limits(_Spec):
    """Rate limits; what is None is the installation's default."""

    requests_per_minute: int | None = None
    burst: int | None = None
    key_requests_per_minute: int | None = None
    key_burst: int | None = None


class Models(_Spec):
    """Use of language models."""

    monthly_budget_usd: Decimal | None = None


class Identity(_Spec):
    """An OpenID provider."""

    issuer: str
    audience: str
    jwks_uri: str | None = None
    roles_claim: str = "roles"
    entitlements_claim: str = "groups"
    role_mapping: dict[str, str] = {}


class SecretRef(_Spec):
    """A key in a Secret."""

    name: str
    namespace: str | None = None
    key: str = "secret"


class Poll(_Spec):
    """How updates are read."""

    url: str
    interval_seconds: int = 60


class Connector(_Spec):
    """A desk outside."""

    kind: str
    url: str
    secret_ref: SecretRef
    enabled: bool = True
    max_attempts: int = 8
    redaction: str = "pii"
    internal_notes: bool = True
    poll: Poll | None = None


class KeySecret(_Spec):
    """Where the tenant's key goes."""

    name: str | None = None
    namespace: str | None = None


class TenantSpec(_Spec):
    """`spec` of a Tenant."""

    display_name: str | None = None
    suspended: bool = False
    limits: Limits = Limits()
    models: Models = Models()
    identity: Identity | None = None
    connector: Connector | None = None
    namespaces: list[str] = []
    key_secret: KeySecret = KeySecret()
    reclaim_policy: Reclaim = "Retain"

    def admits(self, namespace: str) -> bool:
        """Whether KnowledgeBases of a namespace may belong to the tenant."""
        return "*" in self.namespaces or namespace in self.namespaces


class TenantRef(_Spec):
    """The Tenant that something belongs to."""

    name: str


class ObjectStore(_Spec):
    """Files in the tenant's inbox."""

    prefix: str = ""


class Upload(_Spec):
    """Files that are sent to the API."""


class Source(_Spec):
    """Where documents come from."""

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


class Schedule(_Spec):
    """When to look for changed files."""

    interval: timedelta = timedelta(hours=1)
    suspended: bool = False

    @field_validator("interval", mode="before")
    @classmethod
    def _as_kubernetes_writes_it(cls, value: Any) -> Any:
        return duration(value) if isinstance(value, str) else value


class KnowledgeBaseSpec(_Spec):
    """`spec` of a KnowledgeBase."""

    tenant_ref: TenantRef
    description: str = ""
    acl: list[str] = []
    sources: list[Source] = []
    schedule: Schedule = Schedule()
    reclaim_policy: Reclaim = "Retain"


class Metadata(_Spec):
    """What is read of `metadata`."""

    name: str
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    creation_timestamp: str = ""
    deletion_timestamp: str | None = None
    finalizers: list[str] = []
    annotations: dict[str, str] = Field(default_factory=dict)


def metadata_of(body: Any) -> Metadata:
    """The metadata of a resource."""
    return Metadata.model_validate(dict(body.get("metadata") or {}))


def spec_of(body: Any, model: type[B]) -> B:
    """The spec of a resource.

    Raises:
        ValidationError: it came past an older definition.
    """
    return model.model_validate(body.get("spec") or {})


def duration(text: str) -> timedelta:
    """A duration as Kubernetes writes it, such as `1h30m`."""
    total, number = 0, ""
    for character in text:
        if character in UNITS and number:
            total, number = total + int(number) * UNITS[character], ""
        elif character.isdigit():
            number += character
        else:
            raise ValueError(f"{text!r} is not a duration such as 15m or 1h30m")
    if number:
        raise ValueError(f"{text!r} has a number without a unit")
    return timedelta(seconds=total)
