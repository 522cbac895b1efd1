"""What the use cases over tenants share."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from caseplane.core import work
from caseplane.core.database import Database
from caseplane.core.objects import ObjectStore
from caseplane.core.sealing import Seal
from caseplane.orchestrator.client import OrchestratorClient
from caseplane.retrieval.client import RetrievalClient


@dataclass(frozen=True, kw_only=True)
class Platform(work.Context):
    """The service's collaborators.

    Attributes:
        eraser: acts as the erasure role, which may read and delete a tenant's rows in every schema.
        objects: the tenants' files and exports.
        conversations: counts how many there were, and how they ended.
        knowledge: keeps the knowledge bases.
        seal: of identity providers' secrets.
    """

    service: ClassVar[str] = "platform"

    eraser: Database
    objects: ObjectStore
    conversations: OrchestratorClient
    knowledge: RetrievalClient
    seal: Seal


Work: TypeAlias = work.Work[Platform]
