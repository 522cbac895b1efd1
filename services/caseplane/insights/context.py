"""What the use cases of the insights share."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from caseplane.core import work
from caseplane.core.embeddings import Embedder
from caseplane.core.llm import Llm
from caseplane.core.objects import ObjectStore
from caseplane.escalation.client import EscalationClient
from caseplane.insights.settings import DatasetSettings
from caseplane.orchestrator.client import OrchestratorClient
from caseplane.retrieval.client import RetrievalClient


@dataclass(frozen=True, kw_only=True)
class Insights(work.Context):
    """The service's collaborators.

    Attributes:
        llm: None where the installation has no language model.
    """

    service: ClassVar[str] = "insights"

    escalation: EscalationClient
    orchestrator: OrchestratorClient
    retrieval: RetrievalClient
    embedder: Embedder
    llm: Llm | None
    objects: ObjectStore
    datasets: DatasetSettings


Work: TypeAlias = work.Work[Insights]
