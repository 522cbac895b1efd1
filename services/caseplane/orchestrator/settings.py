"""Settings of the orchestrator, `CASEPLANE_ORCHESTRATOR_*`."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings


class OrchestratorSettings(FileSettings):
    """Read once at start-up; a tenant may override what its settings name."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_ORCHESTRATOR_", frozen=True)

    message_limit: Annotated[int, Field(ge=100, le=1_000_000)] = 20_000
    """Longest message of a customer, in characters."""
    evidence_limit: Annotated[int, Field(ge=1, le=50)] = 10
    """Chunks handed to the answer step."""
    questions_per_message: Annotated[int, Field(ge=1, le=20)] = 5
    """Questions of one message that are answered at once, each with a search of its own; a person gets the rest."""
    burst_window: timedelta = timedelta(0)
    """How long to wait for further messages before answering (`PT2S`). Messages that arrive while an answer
    is made become part of the question in any case."""
    reopen_window: timedelta = timedelta(days=7)
    """A customer who writes within this time after resolution continues the session (a re-contact)."""
    quiet_after: timedelta = timedelta(days=3)
    """An answered question counts as resolved (`assumed`) if the customer writes no more for so long."""
    summary_every: Annotated[int, Field(ge=2, le=100)] = 6
    """Messages after which the rolling summary is made again."""
    turn_timeout: timedelta = timedelta(seconds=45)
    """Longest that one answer may take; after it the session goes to a person."""
    stream_heartbeat: timedelta = timedelta(seconds=15)
    """A silent event stream sends a comment this often, so that proxies keep it open."""
