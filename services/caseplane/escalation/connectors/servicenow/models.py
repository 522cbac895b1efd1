"""Credentials, settings and words of a ServiceNow instance."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from caseplane.escalation.connectors.kind import ConnectionSettings, Credentials, StatusMap
from caseplane.escalation.connectors.standard_hooks import strong
from caseplane.escalation.schemas import TicketStatus

Column = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
Value = Annotated[str, StringConstraints(max_length=1000)]
Columns = Annotated[dict[Column, Value], Field(max_length=50)]

STATES: Mapping[TicketStatus, Mapping[str, str]] = {
    TicketStatus.new: {"state": "1"},
    TicketStatus.open: {"state": "2"},
    TicketStatus.pending: {"state": "3", "hold_reason": "1"},
    TicketStatus.on_hold: {"state": "3", "hold_reason": "4"},
    TicketStatus.solved: {"state": "6"},
    TicketStatus.closed: {"state": "7"},
}
"""As a new instance has them: on hold awaits the caller (1) or a vendor (4)."""
CANCELED = "8"
STATUSES = StatusMap({status: status.value for status in TicketStatus})
"""An instance's own states are numbers that its settings map; these are the words of the connector's pages."""


class ServiceNowCredentials(Credentials):
    """An OAuth client, or a user's password; and the secret that signs webhooks."""

    client_id: Annotated[str, StringConstraints(max_length=500)] | None = None
    client_secret: Annotated[SecretStr, Field(max_length=2000)] | None = None
    username: Annotated[str, StringConstraints(max_length=500)] | None = None
    password: Annotated[SecretStr, Field(max_length=2000)] | None = None
    secret: Annotated[SecretStr, Field(max_length=2000)] | None = None
    """`whsec_` and base64, shared with the business rule; without it webhooks are refused."""

    @field_validator("secret")
    @classmethod
    def _strong(cls, secret: SecretStr | None) -> SecretStr | None:
        return secret and strong(secret)

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        client, user = (self.client_id, self.client_secret), (self.username, self.password)
        if not (all(client) and not any(user)) and not (all(user) and not any(client)):
            raise ValueError("give client_id and client_secret, or username and password")
        return self

    @classmethod
    def merged(cls, kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """One way in replaces the other."""
        dropped: set[str] = set()
        if given.keys() & {"client_id", "client_secret"}:
            dropped |= {"username", "password"}
        if given.keys() & {"username", "password"}:
            dropped |= {"client_id", "client_secret"}
        return {**{name: value for name, value in kept.items() if name not in dropped}, **given}

    def all(self) -> Iterator["ServiceNowCredentials"]:
        """These, then the former ones that are still valid."""
        yield self
        yield from (each for each in self.former if isinstance(each, ServiceNowCredentials))


class ServiceNowFields(BaseModel):
    """Columns that hold what an incident has no column for."""

    model_config = ConfigDict(extra="forbid")

    conversation: Column | None = None
    """For the conversation's id, such as `u_external_conversation_id`."""
    reason: Column | None = None
    """For the reason code of the hand-over, such as `u_ai_escalation_reason`."""
    confidence: Column | None = None
    """For the assistant's confidence, such as `u_ai_confidence`."""


class ServiceNowSettings(ConnectionSettings):
    """How one connection mirrors."""

    table: Column = "incident"
    """A table that extends `task`."""
    marker: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")] = "caseplane"
    """Starts the correlation id of records; differs between tenants that share an instance."""
    keys_column: Column = "correlation_display"
    """Holds marks of our last changes, by which a repeated one is known; of 100 characters or more."""
    fields: ServiceNowFields = ServiceNowFields()
    values: Annotated[Columns, Field(default_factory=dict)]
    """Values of further columns of new records, such as `caller_id` or `assignment_group`."""
    categories: Annotated[dict[str, Columns], Field(default_factory=dict, max_length=200)]
    """Columns by tag; the first tag of a ticket that is named here gives a new record its category."""
    states: Annotated[dict[TicketStatus, Columns], Field(default_factory=dict)]
    """Columns for each of our statuses, where the instance differs from a new one."""
    close_code: Value = "Solution provided"
    """Which the instance must have; releases before San Diego have `Solved (Permanently)`."""
    close_notes: Value = "Resolved in Caseplane."
    poll_interval_seconds: Annotated[int, Field(ge=10, le=86_400)] = 60

    @field_validator("states")
    @classmethod
    def _name_a_state(cls, states: dict[TicketStatus, Columns]) -> dict[TicketStatus, Columns]:
        for status, columns in states.items():
            if not columns.get("state"):
                raise ValueError(f"{status} names no state")
        return states

    @property
    def poll_after(self) -> float | None:
        return float(self.poll_interval_seconds)

    def columns_of(self, status: TicketStatus) -> dict[str, str]:
        """What sets a record to a status."""
        columns = dict(self.states.get(status) or STATES[status])
        if status.done:
            columns = {"close_code": self.close_code, "close_notes": self.close_notes} | columns
        return columns

    def status_of(self, record: Mapping[str, Any]) -> TicketStatus | str:
        """Our status of a record; its state where it is none that is known."""
        state = str(record.get("state") or "")
        alike: list[TicketStatus] = []
        for status in TicketStatus:
            columns = self.states.get(status) or STATES[status]
            if columns["state"] == state:
                alike.append(status)
                if all(str(record.get(column) or "") == value for column, value in columns.items()):
                    return status
        # On hold for a reason that is not mapped is on hold.
        return alike[-1] if alike else TicketStatus.closed if state == CANCELED else f"state {state}"
