"""A workflow configuration: what a support lead decides about tickets, as data.

`loading` reads it from YAML, `checking` says whether its parts fit each other, and the service stores versions of it.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.text import Text
from caseplane.triage.durations import Duration
from caseplane.triage.hours import Hours
from caseplane.triage.results import RoutePriority, Sentiment

NAME = r"^[a-z][a-z0-9_]{0,63}$"
Name = Annotated[str, Field(pattern=NAME, description="Lower-case letters, digits and underscores")]
Words = Annotated[tuple[Annotated[Text, Field(min_length=1, max_length=200)], ...], Field(max_length=500)]
Names = Annotated[tuple[Name, ...], Field(max_length=100)]
Prose = Annotated[Text, Field(max_length=20_000)]


class Part(BaseModel):
    """Frozen; a name that is not known is a fault and not ignored, since it is most likely a slip of the pen."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Category(Part):
    """What a ticket can be about.

    Attributes:
        description: in a sentence; tickets are compared with it too.
        keywords: words and phrases that speak for it.
        examples: subjects of typical tickets.
        team: who takes such tickets.
        department: as reports name it.
        required: fields that a complete ticket of this category has.
        template: of a reply; without one the tone's own is used.
    """

    title: Text = ""
    description: Prose = ""
    keywords: Words = ()
    examples: Words = ()
    team: Name
    department: Text = ""
    required: Names = ()
    template: Name | None = None


class Severity(Part):
    """How bad it is: `priority` counts from 1, the worst, to 4; `response` is the time until a first reply."""

    title: Text = ""
    description: Prose = ""
    priority: Annotated[int, Field(ge=1, le=4)]
    response: Duration
    indicators: Words = ()


class Member(Part):
    """Someone who takes tickets; `capacity` is how many open ones at most."""

    name: Annotated[Text, Field(min_length=1, max_length=200)]
    capacity: Annotated[int, Field(ge=1, le=10_000)] | None = None
    hours: Hours | None = None


class Team(Part):
    """Who takes tickets.

    Attributes:
        modifier: added to the severity's priority: -1 hurries, +1 can wait.
        escalation_path: teams that take over in turn.
        members: people among whom tickets are shared out; without any, the team's queue has them.
        hours: when the team works; without any, always.
    """

    title: Text = ""
    department: Text = ""
    modifier: Annotated[int, Field(ge=-3, le=3)] = 0
    escalation_path: Names = ()
    members: Annotated[tuple[Member, ...], Field(max_length=1000)] = ()
    hours: Hours | None = None


class FieldKind(StrEnum):
    """How a field is found and what its values must be."""

    order_id = "order_id"
    product_name = "product_name"
    error_code = "error_code"
    email = "email"
    phone = "phone"
    date = "date"
    amount = "amount"
    keywords = "keywords"
    pattern = "pattern"
    model = "model"
    """Read by a language model; without one it is not found."""


class FieldRule(Part):
    """A value that is looked for in tickets.

    Attributes:
        patterns: RE2; the first group is the value, or all of it.
        catalogue: values to look for, such as product names; also tells a model what there is.
        format: what the whole value must match, or it is reported as malformed.
        categories: looked for only in these; in all if none is named.
        description: what a model is to read.
    """

    title: Text = ""
    kind: FieldKind
    patterns: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    catalogue: Annotated[tuple[Text, ...], Field(max_length=20_000)] = ()
    format: Text | None = None
    case_sensitive: bool = False
    categories: Names = ()
    description: Prose = ""
    personal: bool = False
    """Personal data: stored redacted in runs."""


class Tone(Part):
    """How replies sound; texts by language, with placeholders that drafting knows."""

    greeting: dict[str, Prose] = {}
    closing: dict[str, Prose] = {}


class Template(Part):
    """A reply without evidence, as Jinja in a sandbox, by language; `en` is used for any other."""

    title: Text = ""
    text: Annotated[dict[str, Prose], Field(min_length=1)]
    actions: Words = ()
    """What the agent is advised to do."""


class When(Part):
    """What must hold for a rule; all that is named."""

    category: Names = ()
    severity: Names = ()
    sentiment: tuple[Sentiment, ...] = ()
    department: Words = ()
    channel: Words = ()
    fields: Names = ()
    """Fields that were found."""
    missing: Names = ()
    """Required fields that were not found."""
    keywords: Words = ()
    """Any of these words stands in the ticket."""
    unknown: bool | None = None
    """Whether nothing that is known fits."""
    confidence_below: Annotated[float, Field(ge=0, le=1)] | None = None
    urgency_from: Annotated[float, Field(ge=0, le=1)] | None = None


class Rule(Part):
    """Overrides the team of the category; the first rule that holds decides."""

    name: Name
    when: When
    team: Name | None = None
    priority: RoutePriority | None = None
    reason: Text = ""


class Routing(Part):
    """How teams are chosen.

    Attributes:
        fallback: who takes what fits nowhere.
        escalation_team: first alternative for the worst severity, or its team: see `critical`.
        critical: whether the worst severity stays with the category's team or goes to the escalation team.
        clock: whether response times count all time or the team's working hours.
        warn_at: the share of the response time after which a team is warned.
    """

    fallback: Name = "general_support"
    escalation_team: Name | None = None
    critical: Literal["category", "escalation"] = "category"
    rules: Annotated[tuple[Rule, ...], Field(max_length=500)] = ()
    clock: Literal["always", "working_hours"] = "always"
    warn_at: Annotated[float, Field(gt=0, lt=1)] = 0.8
    assign: bool = True
    """Give a ticket to the member with the least to do; off, it waits in the team's queue."""


class Duplicates(Part):
    """When two tickets count as alike."""

    window: Duration = Field(default="14d", validate_default=True)
    duplicate_from: Annotated[float, Field(ge=0, le=1)] = 0.85
    related_from: Annotated[float, Field(ge=0, le=1)] = 0.6
    incident_size: Annotated[int, Field(ge=2, le=10_000)] = 10
    """Like tickets of different customers that make an incident."""
    incident_window: Duration = Field(default="15m", validate_default=True)


class Flags(Part):
    """What of the workflow is on; turning one off is the roll-back of what it does."""

    ai_classification: bool = True
    ai_extraction: bool = True
    response_generation: bool = True
    duplicates: bool = True
    routing: bool = True
    ai_confidence_threshold: Annotated[float, Field(ge=0, le=1)] = 0.6
    """Below it the rules decide and not the model."""


class Limits(Part):
    """Longest times; what takes longer is given up, and rules or nothing stand in for it."""

    step: Duration = Field(default="10s", validate_default=True)
    workflow: Duration = Field(default="30s", validate_default=True)


class Configuration(Part):
    """Everything that a tenant decides about its tickets."""

    format: Literal[1] = 1
    title: Text = ""
    categories: Annotated[dict[Name, Category], Field(min_length=1, max_length=200)]
    severities: Annotated[dict[Name, Severity], Field(min_length=1, max_length=20)]
    teams: Annotated[dict[Name, Team], Field(min_length=1, max_length=200)]
    fields: Annotated[dict[Name, FieldRule], Field(max_length=200)] = {}
    tones: Annotated[dict[Name, Tone], Field(max_length=20)] = {}
    tone: Name = "friendly"
    """The tone of drafts that name no other."""
    templates: Annotated[dict[Name, Template], Field(max_length=500)] = {}
    routing: Routing = Routing()
    duplicates: Duplicates = Duplicates()
    flags: Flags = Flags()
    limits: Limits = Limits()
