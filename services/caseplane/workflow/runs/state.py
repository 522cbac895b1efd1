"""What the steps of one run share."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.embeddings import Vectors
from caseplane.core.llm import CallAccount
from caseplane.escalation.schemas import TicketDigest
from caseplane.triage.configuration import Configuration
from caseplane.triage.results import Result
from caseplane.triage.ticket_text import TicketText
from caseplane.workflow.classifiers.active import ActiveClassifier
from caseplane.workflow.configurations.active import Active
from caseplane.workflow.context import Workflow

R = TypeVar("R", bound=Result)


@dataclass
class State:
    """A ticket on its way through the steps.

    Attributes:
        ticket: None for text that is only tried.
        run_id: None where nothing is recorded.
        results: by the names of the steps that are done.
        vector: the ticket's sentence vector, where it is known already.
        learned: the tenant's classifier, if one is in force.
        by_rules: what steps found before they asked a model, by their names.
        degraded: what did not work as it should, in words.
    """

    context: Workflow
    principal: Principal
    active: Active
    text: TicketText
    now: datetime
    ticket: TicketDigest | None = None
    run_id: UUID | None = None
    channel: str = ""
    vector: Vectors | None = None
    learned: ActiveClassifier | None = None
    results: dict[str, Result] = field(default_factory=dict)
    by_rules: dict[str, Result] = field(default_factory=dict)
    degraded: list[str] = field(default_factory=list)

    @property
    def configuration(self) -> Configuration:
        return self.active.configuration

    @property
    def account(self) -> CallAccount:
        """Who pays for a model; the ledger counts a run's calls by the run."""
        return CallAccount(tenant_id=self.principal.tenant, session_id=self.run_id)

    def result(self, name: str, kind: type[R]) -> R | None:
        """What a step found; None if it was left out or failed."""
        found = self.results.get(name)
        return found if isinstance(found, kind) else None
