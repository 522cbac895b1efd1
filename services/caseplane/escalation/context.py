"""What the use cases of tickets and desks share."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from caseplane.core import work
from caseplane.core.objects import ObjectStore
from caseplane.escalation.desks import Desks
from caseplane.escalation.settings import EscalationSettings


@dataclass(frozen=True, kw_only=True)
class Escalation(work.Context):
    """The service's collaborators."""

    service: ClassVar[str] = "escalation"

    objects: ObjectStore
    desks: Desks
    settings: EscalationSettings


Work: TypeAlias = work.Work[Escalation]
