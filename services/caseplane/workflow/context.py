"""What the use cases of the workflow share."""

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from caseplane.answering import ExtractiveAnswerer
from caseplane.core import work
from caseplane.core.embeddings import Embedder
from caseplane.core.llm import Llm
from caseplane.core.sealing import Seal
from caseplane.escalation.client import EscalationClient
from caseplane.retrieval.client import RetrievalClient
from caseplane.workflow.settings import WorkflowSettings

INLINE = 8
"""Tickets that one process takes through the steps for requests at the same time."""


@dataclass(frozen=True, kw_only=True)
class Workflow(work.Context):
    """The service's collaborators.

    Attributes:
        seal: for the secrets of systems of record.
        llm: None where the installation has no language model; every step then works by rules.
        inline: held by each request that processes a ticket: more at once would only wait for one another.
    """

    service: ClassVar[str] = "workflow"

    seal: Seal
    escalation: EscalationClient
    retrieval: RetrievalClient
    embedder: Embedder
    extractive: ExtractiveAnswerer
    llm: Llm | None
    settings: WorkflowSettings
    inline: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(INLINE))


Work: TypeAlias = work.Work[Workflow]
