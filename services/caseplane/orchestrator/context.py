"""What the orchestrator's use cases work with, built once per process."""

from dataclasses import dataclass

from caseplane.core.database import Database
from caseplane.core.jobs import Jobs
from caseplane.core.llm import Llm
from caseplane.escalation.client import EscalationClient
from caseplane.orchestrator.answering import ExtractiveAnswerer
from caseplane.orchestrator.arrivals import Arrivals
from caseplane.orchestrator.settings import OrchestratorSettings
from caseplane.retrieval.client import RetrievalClient


@dataclass(frozen=True)
class Orchestrator:
    """Collaborators of the use cases; none of them holds state of a conversation."""

    db: Database
    jobs: Jobs
    retrieval: RetrievalClient
    escalation: EscalationClient
    extractive: ExtractiveAnswerer
    llm: Llm | None
    arrivals: Arrivals
    settings: OrchestratorSettings
