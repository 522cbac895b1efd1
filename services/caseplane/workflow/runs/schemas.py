"""Wire models of runs, and of what can be asked of the workflow."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from caseplane.core.text import Storable, Text
from caseplane.triage.configuration import NAME
from caseplane.triage.results import Classification, Draft, Extraction, Route
from caseplane.workflow.configurations.schemas import EXAMPLE as CONFIGURATION

Subject = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True), Storable]
Body = Annotated[str, StringConstraints(max_length=200_000), Storable]
Address = Annotated[
    str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$", max_length=254), Storable
]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), Storable]
EXAMPLE: JsonDict = {
    "subject": "Refund for order #123",
    "body": "I was charged twice for order #123. Please refund one charge.",
}
LARGEST_BATCH = 1000


class DraftState(StrEnum):
    """What has become of the draft of a reply to a new ticket.

    `none`: nothing is to be drafted; `pending`: it follows; `failed`: nothing could be drafted.
    """

    none = "none"
    pending = "pending"
    ready = "ready"
    failed = "failed"


class TicketInput(BaseModel):
    """The text of a ticket."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    subject: Subject
    body: Body = ""
    channel: Annotated[Text, Field(max_length=200)] = ""


class ProcessCreate(BaseModel):
    """A ticket to be opened and processed, or one that is there already."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{**EXAMPLE, "customer_email": "ada@example.com"}]}
    )

    ticket_id: UUID | None = None
    subject: Subject | None = None
    body: Body = ""
    customer_id: Word | None = None
    customer_email: Address | None = None
    metadata: dict[Word, Annotated[Text, Field(max_length=2000)]] = Field({}, max_length=50)
    keep: bool = True
    """False only says what would be done: no ticket is opened, and nothing is stored."""

    @model_validator(mode="after")
    def _either(self) -> "ProcessCreate":
        if (self.ticket_id is None) == (self.subject is None):
            raise ValueError("name either ticket_id, or subject and body")
        if self.ticket_id is not None and (self.body or self.customer_id or self.customer_email):
            raise ValueError("a ticket that is there has its own text and customer; send ticket_id alone")
        return self


class ExtractCreate(TicketInput):
    """A text to read fields from."""

    category: Annotated[str, Field(pattern=NAME)] | None = Field(
        None, description="Whose fields are looked for; without it the text is classified first"
    )


class RouteCreate(TicketInput):
    """A text to find the team of."""

    classification: Classification | None = Field(
        None, description="What is known of it; without it the text is classified first"
    )


class StepRead(BaseModel):
    """What a step did."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    status: Literal["done", "degraded", "failed", "skipped"]
    """`degraded`: by rules, since something failed; `failed`: nothing was found."""
    attempt: int = 1
    model_version: str = ""
    rule_version: str = ""
    error: str | None = None
    duration_ms: float
    output: dict[str, Any] | None = None


class RunStatus(StrEnum):
    """How far a run is."""

    running = "running"
    """Also while it waits to be tried again."""
    done = "done"
    failed = "failed"
    """Every try ended with an error; it is tried again only when somebody asks for it."""


class RunRead(BaseModel):
    """A pass of a ticket through the workflow."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    run_id: UUID = Field(validation_alias="id")
    ticket_id: UUID
    cause: str
    """`created`, or `category:` and the ticket's version when a person set its category."""
    status: RunStatus
    configuration: str
    degraded: list[str]
    """What did not work as it should."""
    draft_state: DraftState = DraftState.none
    error: str | None
    """Why the last attempt ended."""
    request_id: str | None
    tokens: int
    duration_ms: float | None
    created_at: datetime
    finished_at: datetime | None


class RunDetail(RunRead):
    """A run with its steps, in the order in which they ended."""

    steps: list[StepRead] = []


class ProcessRead(BaseModel):
    """What the workflow made of a ticket."""

    ticket_id: UUID | None
    run_id: UUID | None
    configuration: str
    classification: Classification | None
    extracted_fields: Extraction | None
    response_draft: Draft | None
    draft_state: DraftState
    drafts: str | None
    """The path at which the draft can be read when it is made."""
    routing: Route | None
    workflow_steps: list[StepRead]
    degraded: list[str]
    total_duration_ms: float


class BatchItem(TicketInput):
    """One text of a batch."""

    id: Word | None = None


class BatchCreate(BaseModel):
    """Texts to be judged, without a ticket being opened."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"tickets": [EXAMPLE]}]})

    tickets: Annotated[list[BatchItem], Field(min_length=1, max_length=LARGEST_BATCH)]


class BatchResult(BaseModel):
    """What the workflow made of one text."""

    id: str | None
    classification: Classification | None
    extracted_fields: Extraction | None
    routing: Route | None
    degraded: list[str] = []


class BatchRead(BaseModel):
    """What the workflow made of a batch, in its order."""

    configuration: str
    results: list[BatchResult]
    total_duration_ms: float


class TrialCreate(BaseModel):
    """A configuration to be tried: a text, or a stored version."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"source": CONFIGURATION}]})

    source: Annotated[Text, Field(min_length=1, max_length=256 * 1024)] | None = None
    configuration_id: UUID | None = None
    tickets: Annotated[int, Field(ge=1, le=1000, description="The newest so many are judged")] = 200

    @model_validator(mode="after")
    def _either(self) -> "TrialCreate":
        if (self.source is None) == (self.configuration_id is None):
            raise ValueError("name either source or configuration_id")
        return self


class Judged(BaseModel):
    """How a configuration judges a ticket."""

    category: str | None
    severity: str | None
    team: str | None
    priority: str | None


class Moved(BaseModel):
    """A ticket that the new configuration judges otherwise."""

    ticket_id: UUID
    number: int
    before: Judged
    after: Judged


class Flow(BaseModel):
    """How many tickets would go from one team to another."""

    before: str | None
    after: str | None
    tickets: int


class TrialRead(BaseModel):
    """What a configuration would change, had it been in force."""

    summary: str
    tickets: int
    moved: int
    """To another team."""
    recategorised: int
    reprioritised: int
    flows: list[Flow]
    changes: list[Moved]
    """At most 100."""
