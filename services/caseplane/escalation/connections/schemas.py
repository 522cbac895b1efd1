"""Wire models of connectors: one body per kind, distinguished by `kind`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    StringConstraints,
    Tag,
    create_model,
    model_validator,
)

from caseplane.core.text import Storable
from caseplane.escalation.connectors.kind import ConnectionSettings, ConnectorKind
from caseplane.escalation.connectors.registry import KINDS
from caseplane.escalation.schemas import Word

Url = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True), Storable]


class ConnectorCreate(BaseModel):
    """A desk to mirror tickets to."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    name: Word
    url: Url
    enabled: bool = True
    settings: ConnectionSettings


class ConnectorPatch(BaseModel):
    """The fields to change; `settings` are replaced whole."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": False}]})

    name: Word | None = None
    url: Url | None = None
    enabled: bool | None = None
    settings: ConnectionSettings | None = None

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        given = self.model_fields_set
        if not given:
            raise ValueError("name at least one field to change")
        null = sorted(field for field in given if getattr(self, field) is None)
        if null:
            raise ValueError(f"{', '.join(null)} cannot be null")
        return self


class ConnectorRead(BaseModel):
    """A connector; its secret is never shown."""

    model_config = ConfigDict(from_attributes=True)

    connection_id: UUID
    kind: str
    name: str
    url: str
    enabled: bool
    settings: ConnectionSettings
    hook_path: str
    """Where the desk posts its webhooks, below this server's address."""
    polled_at: datetime | None
    poll_error: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class SecretRotate(BaseModel):
    """A new secret for a connector."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"overlap": "PT24H"}]})

    secret: Annotated[SecretStr, Field(max_length=2000)] | None = None
    """`whsec_` and base64; without it a random one is made and shown this once."""
    overlap: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=30))] | None = None
    """How long the present secret stays valid besides; else `CASEPLANE_ESCALATION_SECRET_OVERLAP`."""


class SecretRead(BaseModel):
    """A secret that is valid now, without showing it."""

    fingerprint: str
    """The first twelve digits of the SHA-256 of the secret as it was set."""
    present: bool
    """Whether it is the connector's present secret; else a former one."""
    retired_at: datetime | None
    expires_at: datetime | None


class SecretRotated(BaseModel):
    """The new secret, if it was made here, and all that are valid now."""

    secret: str | None
    secrets: list[SecretRead]


def creation_of(kind: ConnectorKind) -> type[ConnectorCreate]:
    """The kind's credentials are fields of the body itself."""
    needed = any(field.is_required() for field in kind.settings.model_fields.values())
    settings = (kind.settings, ... if needed else kind.settings())
    fields = {"kind": (_only(kind), kind.name), "settings": settings}
    made: type[ConnectorCreate] = _model("ConnectorCreate", kind, (kind.credentials, ConnectorCreate), fields)
    made.model_config["json_schema_extra"] = {"examples": [dict(kind.example)]}
    return made


def change_of(kind: ConnectorKind) -> type[ConnectorPatch]:
    fields: dict[str, Any] = {}
    for name, field in kind.credentials.model_fields.items():
        given: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        fields[name] = (given | None, None)
    fields["settings"] = (kind.settings | None, None)
    made: type[ConnectorPatch] = _model("ConnectorPatch", kind, (ConnectorPatch,), fields)
    return made


def view_of(kind: ConnectorKind) -> type[ConnectorRead]:
    fields = {"kind": (_only(kind), ...), "settings": (kind.settings, ...)}
    made: type[ConnectorRead] = _model("Connector", kind, (ConnectorRead,), fields)
    return made


def _only(kind: ConnectorKind) -> Any:
    return Literal[kind.name]


def _model(name: str, kind: ConnectorKind, bases: tuple[type[BaseModel], ...], fields: dict[str, Any]) -> Any:
    return create_model(f"{kind.title}{name}", __base__=bases, __doc__=bases[-1].__doc__, **fields)


def one_of(models: Mapping[str, type[BaseModel]]) -> Any:
    """One of these models, as `kind` says; without it, of the kind that there was first."""
    tagged = [Annotated[model, Tag(name)] for name, model in models.items()]
    wrong = f"kind must be one of {', '.join(sorted(models))}"
    return Annotated[
        reduce(or_, tagged),
        Discriminator(_kind_of, custom_error_type="unknown_kind", custom_error_message=wrong),
    ]


def _kind_of(body: Any) -> Any:
    kind = body.get("kind", KINDS[0].name) if isinstance(body, dict) else getattr(body, "kind", None)
    return kind if isinstance(kind, str) else None


VIEWS = {kind.name: view_of(kind) for kind in KINDS}
CHANGES = {kind.name: change_of(kind) for kind in KINDS}

if TYPE_CHECKING:  # mypy sees what all kinds have
    AnyCreate: TypeAlias = ConnectorCreate
    AnyPatch: TypeAlias = ConnectorPatch
    AnyRead: TypeAlias = ConnectorRead
else:
    AnyCreate = one_of({kind.name: creation_of(kind) for kind in KINDS})
    AnyPatch = reduce(or_, CHANGES.values())
    AnyRead = Annotated[reduce(or_, VIEWS.values()), Field(discriminator="kind")]
