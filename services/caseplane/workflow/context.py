"""What the use cases of the workflow share."""

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from caseplane.answering import ExtractiveAnswerer
from caseplane.core import work
from caseplane.core.embeddings import Embedder
from caseplane.core.llm import Llm
from caseplane.core.precedence import Precedence
from caseplane.core.sealing import Seal
from caseplane.escalation.client import EscalationClient
from caseplane.retrieval.client import RetrievalClient
from caseplane.workflow.settings import WorkflowSettings


@dataclass(frozen=True, kw_only=True)
class Workflow(work.Context):
    """The service's collaborators.

    Attributes:
        seal: for the secrets of systems of record.
        llm: None where the installation has no language model; every step then works by rules.
        sorting: held while a ticket is sorted; drafts let it go first.
        answering: held while a customer waits for an answer; drafts let that go first, too.
    """

    service: ClassVar[str] = "workflow"

    seal: Seal
    escalation: EscalationClient
    retrieval: RetrievalClient
    embedder: Embedder
    extractive: ExtractiveAnswerer
    llm: Llm | None
    settings: WorkflowSettings
    sorting: Precedence = field(default_factory=Precedence)
    answering: Precedence = field(default_factory=Precedence)


Work: TypeAlias = work.Work[Workflow]
