"""Credentials, settings and words of a Zendesk account."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from caseplane.escalation.connectors.kind import ConnectionSettings, Credentials, StatusMap
from caseplane.escalation.schemas import TicketStatus

STATUSES = StatusMap(
    {status: "hold" if status is TicketStatus.on_hold else status.value for status in TicketStatus}
)
RecordId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class ZendeskCredentials(Credentials):
    """An OAuth client, or an agent's API token; and the secret that signs webhooks."""

    client_id: Annotated[str, StringConstraints(max_length=500)] | None = None
    """Identifier of a confidential OAuth client."""
    client_secret: Annotated[SecretStr, Field(max_length=2000)] | None = None
    email: Annotated[str, StringConstraints(max_length=500)] | None = None
    """Of the agent whose API token is used."""
    api_token: Annotated[SecretStr, Field(max_length=2000)] | None = None
    secret: Annotated[SecretStr, Field(max_length=2000)] | None = None
    """The webhook's signing secret, as Zendesk shows it; without it webhooks are refused."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        client, token = (self.client_id, self.client_secret), (self.email, self.api_token)
        if not (all(client) and not any(token)) and not (all(token) and not any(client)):
            raise ValueError("give client_id and client_secret, or email and api_token")
        return self

    @classmethod
    def merged(cls, kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """One way in replaces the other."""
        dropped: set[str] = set()
        if given.keys() & {"client_id", "client_secret"}:
            dropped |= {"email", "api_token"}
        if given.keys() & {"email", "api_token"}:
            dropped |= {"client_id", "client_secret"}
        return {**{name: value for name, value in kept.items() if name not in dropped}, **given}

    def all(self) -> Iterator["ZendeskCredentials"]:
        """These, then the former ones that are still valid."""
        yield self
        yield from (each for each in self.former if isinstance(each, ZendeskCredentials))


class ZendeskFields(BaseModel):
    """Ids of the custom ticket fields that hold what Zendesk has no field for."""

    model_config = ConfigDict(extra="forbid")

    conversation: RecordId | None = None
    """A text field for the conversation's id."""
    reason: RecordId | None = None
    """A text or drop-down field for the reason code of the hand-over."""
    confidence: RecordId | None = None
    """A decimal field for the assistant's confidence."""


class ZendeskSettings(ConnectionSettings):
    """How one connection mirrors."""

    marker: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")] = "caseplane"
    """Starts the external id of tickets and requesters; differs between tenants that share an account."""
    fields: ZendeskFields = ZendeskFields()
    values: Annotated[
        dict[Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,18}$")], str | int | float | bool],
        Field(default_factory=dict, max_length=50),
    ]
    """Values of further custom fields of new tickets, by field id."""
    statuses: Annotated[dict[TicketStatus, RecordId], Field(default_factory=dict, max_length=6)]
    """Ids of custom statuses that are set in place of the standard ones."""
    brand_id: RecordId | None = None
    group_id: RecordId | None = None
    ticket_form_id: RecordId | None = None
    assignee_id: RecordId | None = None
    """Who gets a ticket that is solved while nobody has it; else the connector's own user."""
    public_description: bool = False
    """Whether the first comment is one that the requester may see; it tells what the assistant tried."""
    poll_interval_seconds: Annotated[int, Field(ge=30, le=86_400)] = 60
    """Pause between two reads of the export; Zendesk allows ten a minute in all."""

    @property
    def poll_after(self) -> float | None:
        return float(self.poll_interval_seconds)
