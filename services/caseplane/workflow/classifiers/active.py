"""The classifier that is in force for a tenant."""

from dataclasses import dataclass
from uuid import UUID

from cachetools import LRUCache

from caseplane.core.telemetry import get_logger
from caseplane.triage.learning import Classifier
from caseplane.triage.learning.model import UnreadableModelError
from caseplane.workflow.classifiers.repository import Classifiers
from caseplane.workflow.context import Work

log = get_logger(__name__)
_read: LRUCache[UUID, Classifier] = LRUCache(32)
"""By version, whose weights never change; one takes up to some 5 MB."""


@dataclass(frozen=True, slots=True)
class ActiveClassifier:
    """A classifier, and the version that its decisions are marked with."""

    classifier: Classifier
    version: str


async def classifier_in_force(work: Work) -> ActiveClassifier | None:
    """The tenant's classifier; None if none is in force, or it needs vectors that this installation does not make."""
    rows = work.repo(Classifiers)
    row = await rows.active()
    if row is None or (row.embedding and row.embedding != work.context.embedder.profile.key):
        return None
    known = _read.get(row.id)
    stored = None if known else await rows.model(row.id)
    if known is None:
        if stored is None:
            return None
        try:
            known = _read[row.id] = Classifier.load(stored)
        except (
            UnreadableModelError
        ) as exc:  # a newer release trained it; until this process is replaced, keywords decide
            log.warning("classifier_unreadable", classifier_id=str(row.id), reason=str(exc))
            return None
    return ActiveClassifier(known, f"classifier@{row.version}")
