"""What the use cases of tickets and desks share."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from caseplane.core import work
from caseplane.core.objects import ObjectStore
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.sealing import SecretBox
from caseplane.escalation.connectors.watching import Watches
from caseplane.escalation.settings import EscalationSettings


@dataclass(frozen=True, kw_only=True)
class Escalation(work.Context):
    """The service's collaborators.

    Attributes:
        http: how desks are called.
        box: seals connections' credentials.
        watches: of mail accounts that tell of news.
    """

    service: ClassVar[str] = "escalation"

    objects: ObjectStore
    http: DeskHttp
    box: SecretBox
    watches: Watches
    settings: EscalationSettings


Work: TypeAlias = work.Work[Escalation]
