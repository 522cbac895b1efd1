"""What the use cases of conversations share."""

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from caseplane.answering import ExtractiveAnswerer
from caseplane.core import work
from caseplane.core.llm import Llm
from caseplane.core.precedence import Precedence
from caseplane.escalation.client import EscalationClient
from caseplane.orchestrator.arrivals import Arrivals
from caseplane.orchestrator.settings import OrchestratorSettings
from caseplane.retrieval.client import RetrievalClient


@dataclass(frozen=True, kw_only=True)
class Orchestrator(work.Context):
    """The service's collaborators; none of them holds state of a conversation.

    Attributes:
        answering: held during a turn; what nobody waits for lets it go first.
    """

    service: ClassVar[str] = "orchestrator"

    retrieval: RetrievalClient
    escalation: EscalationClient
    extractive: ExtractiveAnswerer
    llm: Llm | None
    arrivals: Arrivals
    settings: OrchestratorSettings
    answering: Precedence = field(default_factory=Precedence)


Work: TypeAlias = work.Work[Orchestrator]
