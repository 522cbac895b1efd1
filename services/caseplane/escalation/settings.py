"""Settings of the escalation service, `CASEPLANE_ESCALATION_*`."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings


class EscalationSettings(FileSettings):
    """Read once at start-up; a connection's own settings narrow what its deliveries do."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_ESCALATION_", frozen=True)

    attachment_limit_mib: Annotated[int, Field(ge=1, le=1024)] = 20
    """Largest file on a ticket, in MiB."""
    attachments_per_ticket: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Files that one ticket may have."""
    allow_http: bool = False
    """Whether a desk may be called without TLS; for desks inside a closed network."""
    allow_private: bool = False
    """Whether a desk may be at a private, loopback or link-local address."""
    desk_timeout: timedelta = timedelta(seconds=15)
    """Longest wait for a desk's answer to one call."""
    desk_answer_limit_kib: Annotated[int, Field(ge=1, le=10_240)] = 1024
    """Largest answer of a desk that is read, in KiB."""
    hook_limit_kib: Annotated[int, Field(ge=1, le=10_240)] = 1024
    """Largest webhook that is taken in, in KiB."""
    secret_overlap: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=30))] = timedelta(days=1)
    """How long a desk's former secret stays valid after a rotation that says nothing else."""
    backoff_base: timedelta = timedelta(seconds=1)
    """Delay before the second attempt of a delivery; it doubles with every further one."""
    backoff_cap: timedelta = timedelta(minutes=10)
    """Longest delay between two attempts of a delivery, unless the desk asks for more."""
    retry_after_cap: timedelta = timedelta(hours=1)
    """Longest delay that a desk's `Retry-After` is granted."""
