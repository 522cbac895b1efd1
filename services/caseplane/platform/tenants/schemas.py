"""Wire models of tenants."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic.config import JsonDict

from caseplane.core.text import Text, storable
from caseplane.dialogue.notices import check_text
from caseplane.platform.fields import Closed, Name
from caseplane.triage.configuration import NAME

Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
    Field(description="Lower-case letters, digits and inner hyphens, at most 63", examples=["acme"]),
]
Rate = Annotated[int, Field(ge=1, le=10_000_000)]
Origin = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$", max_length=300),
    Field(description="Scheme and host of a page, as browsers name it", examples=["https://shop.example"]),
]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Words = Annotated[Text, Field(min_length=1, max_length=1000)]
EXAMPLE: JsonDict = {
    "slug": "acme",
    "display_name": "Acme Ltd",
    "settings": {"limits": {"requests_per_minute": 3000}},
}


class TenantStatus(StrEnum):
    """Whether a tenant may be used."""

    active = "active"
    suspended = "suspended"
    erasing = "erasing"
    erased = "erased"


class TenantLimits(Closed):
    """A tenant's own limits; what is not given is the installation's default."""

    requests_per_minute: Rate | None = None
    burst: Rate | None = None
    key_requests_per_minute: Rate | None = None
    key_burst: Rate | None = None
    documents: Annotated[int, Field(ge=0, le=10**9)] | None = Field(
        default=None, description="Documents that may be indexed at most; resolved cases do not count"
    )


class TenantModels(Closed):
    """A tenant's own use of language models; what is not given is the installation's default."""

    monthly_budget_usd: Annotated[Decimal, Field(ge=0, max_digits=11, decimal_places=2)] | None = None
    """USD per calendar month (UTC) after which nothing is generated any more."""


class TenantRetrieval(Closed):
    """How a tenant's knowledge is searched; what is not given is the installation's default."""

    rerank: bool | None = None
    """Have a language model put the best passages in order, where the installation has one."""


class TenantConversation(Closed):
    """How the assistant speaks to a tenant's customers; what is not given is the installation's default."""

    assistant_name: Name | None = Field(
        default=None, description="What the assistant calls itself", examples=["Robin"]
    )
    greet: Literal["reply", "first_reply"] | None = Field(
        default=None,
        description="`reply` (default) greets who greets; `first_reply` puts the greeting before the first reply",
    )
    answer_beside_person: bool | None = Field(
        default=None,
        description="Answer a new question while a person has the case, marked as the assistant's; default false",
    )
    texts: dict[str, dict[Language, Words]] = Field(
        default_factory=dict,
        description="Own words by kind and language, with placeholders in braces",
        examples=[{"greeting": {"en": "Welcome to Acme! I am {assistant}."}}],
    )

    @field_validator("texts")
    @classmethod
    def _known(cls, texts: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for kind, by_language in texts.items():
            for text in by_language.values():
                check_text(kind, text)
        return texts


class TenantWorkflow(Closed):
    """How a tenant's tickets are judged; what is not given is the installation's default."""

    configuration: Annotated[str, Field(pattern=NAME)] | None = Field(
        default=None,
        description="Name of the workflow configuration whose active version holds, or `ecommerce`; default `main`",
    )


class TenantWidget(Closed):
    """The chat on a tenant's web pages."""

    origins: Annotated[list[Origin], Field(max_length=100)] = Field(
        default_factory=list,
        description="Origins of the pages that may have the chat; none: the chat is off",
        examples=[["https://shop.example"]],
    )
    name: Name | None = Field(default=None, description="Above the chat; the tenant's name if left out")
    greeting: Words | None = Field(default=None, description="What stands there before anybody has written")
    color: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")] | None = Field(
        default=None, description="Of the button and of the visitor's own messages", examples=["#0b5fff"]
    )


class Open(BaseModel):
    """Keeps members that it does not know, if they can be stored."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, given: Any) -> Any:
        waiting = [given]
        while waiting:  # a loop, since a caller may nest deeper than Python calls itself
            part = waiting.pop()
            if isinstance(part, dict):
                waiting += [*part, *part.values()]
            elif isinstance(part, list):
                waiting += part
            else:
                storable(part)
        return given


class TenantSettings(Open):
    """Settings of a tenant: the edge reads `limits`, the services read members of their own."""

    limits: TenantLimits = Field(default_factory=TenantLimits)
    llm: TenantModels = Field(default_factory=TenantModels)
    retrieval: TenantRetrieval = Field(default_factory=TenantRetrieval)
    conversation: TenantConversation = Field(default_factory=TenantConversation)
    workflow: TenantWorkflow = Field(default_factory=TenantWorkflow)
    widget: TenantWidget = Field(default_factory=TenantWidget)


class TenantCreate(Closed):
    """A tenant to be; asking twice for one slug makes one tenant."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    slug: Slug
    display_name: Name
    settings: TenantSettings = Field(default_factory=TenantSettings)


class TenantSettingsPatch(Open):
    """Members of the settings to replace; null removes one."""

    limits: TenantLimits | None = None
    llm: TenantModels | None = None
    retrieval: TenantRetrieval | None = None
    conversation: TenantConversation | None = None
    workflow: TenantWorkflow | None = None
    widget: TenantWidget | None = None


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
