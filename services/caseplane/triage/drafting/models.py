"""What a draft is made from, and what it consists of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from caseplane.answering import Citation


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Origin(StrEnum):
    """Where a draft's explanation comes from."""

    evidence = "evidence"
    """Verbatim from documents, as in a reply to a customer."""
    model = "model"
    """Written by a language model, sentence by sentence borne out by documents."""
    template = "template"
    """Nothing was found that answers; a template acknowledges the ticket and asks for what is missing."""


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """An earlier ticket of the same customer."""

    number: int
    open: bool
    same_matter: bool = False
    """It is about what this one is about."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is known of a ticket when its reply is drafted.

    Attributes:
        subject, body: what the customer wrote, cleaned.
        language: ISO 639-1 code of the customer's words; None if it is not known.
        contacts: e-mail addresses and telephone numbers that are the customer's own.
        respond_within: in which time its severity promises a person's answer.
        due_at: when that time is over, if a clock runs already.
        fields: extracted values by the field's name.
        missing: names of fields that its category needs and the ticket lacks.
        invalid: names of fields whose value cannot be right.
        unknown: whether the ticket fits no category.
        duplicates: numbers of tickets that say the same.
        incident: number of the incident that the ticket belongs to.
        escalation_path: teams that take over from the one that has it.
    """

    subject: str
    body: str
    number: int | None = None
    language: str | None = None
    customer_name: str = ""
    contacts: frozenset[str] = frozenset()
    earlier: tuple[Earlier, ...] = ()
    category: str = "general"
    severity: str = "medium"
    critical: bool = False
    respond_within: timedelta = timedelta(hours=24)
    received_at: datetime
    due_at: datetime | None = None
    negative: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()
    unknown: bool = False
    wants_person: bool = False
    duplicates: tuple[int, ...] = ()
    incident: int | None = None
    escalation_path: tuple[str, ...] = ()

    @property
    def expected_by(self) -> datetime:
        """By when the customer may expect a person's answer."""
        return self.due_at or self.received_at + self.respond_within


class FlagKind(StrEnum):
    """What an agent must look at before a draft is sent."""

    personal_data = "personal_data"
    """An address or number that is neither the customer's own nor in the evidence."""
    credential = "credential"
    """A password, token, card or account number; such a thing is never repeated."""
    promise = "promise"
    """A refund, an amount, a date or a guarantee that no evidence carries."""
    claim = "claim"
    """It says that something was done for the customer, which nobody has confirmed."""
    reference = "reference"
    """A number of an order or ticket that is not of this ticket."""
    link = "link"
    """A link that is not in the evidence."""
    injection = "injection"
    """The ticket or a document tries to instruct the assistant."""
    language = "language"
    """It is in another language than the ticket."""


class Flag(_Frozen):
    """One thing to look at: what, where in the draft, and what to do."""

    kind: FlagKind
    quote: str
    detail: str
    start: int | None = None
    """First character within the draft's content; None if it is not in the draft."""
    end: int | None = None


class ActionKind(StrEnum):
    """What an agent may do next."""

    send_answer = "send_answer"
    ask_for = "ask_for"
    correct = "correct"
    look_up = "look_up"
    compare = "compare"
    follow_incident = "follow_incident"
    verify_identity = "verify_identity"
    escalate = "escalate"
    read_with_care = "read_with_care"
    write_article = "write_article"


class Action(_Frozen):
    """A suggestion for the agent, with what it concerns."""

    kind: ActionKind
    about: str = ""
    words: str
    """The suggestion as a sentence for the agent."""


class Parts(_Frozen):
    """The parts of a reply (R002-10); together they are its content."""

    greeting: str = ""
    acknowledgment: str = ""
    explanation: str = ""
    action_items: tuple[str, ...] = ()
    timeline: str = ""
    closing: str = ""


class Draft(_Frozen):
    """A reply that an agent may send, change or reject; no customer sees it before."""

    content: str
    parts: Parts
    tone: str
    language: str
    origin: Origin
    template_used: str | None = None
    suggested_actions: tuple[Action, ...] = ()
    expected_by: datetime
    requires_escalation: bool = False
    escalation_reasons: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    citations: tuple[Citation, ...] = ()
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    """Of the answer from evidence; None for a template."""
    written_by: str = ""
    """Version of the answerer or prompt, and the model."""
