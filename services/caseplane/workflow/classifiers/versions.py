"""Versions of a tenant's classifier: asked for, activated, rolled back."""

from uuid import UUID

from caseplane.core.errors import ConflictError
from caseplane.core.ids import new_id
from caseplane.workflow.classifiers.jobs import TRAIN, TrainArgs
from caseplane.workflow.classifiers.models import ClassifierRow
from caseplane.workflow.classifiers.repository import Classifiers
from caseplane.workflow.classifiers.schemas import ClassifierCreate, ClassifierState
from caseplane.workflow.context import Work


class NotTrainedError(ConflictError):
    """A version without weights cannot decide anything."""

    slug, title = "classifier-not-trained", "The classifier is not trained"


class NoClassifierActiveError(ConflictError):
    """Keywords decide, so there is no version to go back from."""

    slug, title = "no-classifier-active", "No classifier is active"


async def ask_for(work: Work, body: ClassifierCreate) -> ClassifierRow:
    """Ask for a training; while one runs, that one is the answer."""
    rows = work.repo(Classifiers)
    await rows.lock()
    running = await rows.training()
    if running is not None:
        # Its job may have failed for good, such as while no embedding model answered; one that runs is not disturbed.
        await work.defer(TRAIN, TrainArgs(classifier_id=running.id))
        return running
    row = rows.add(
        id=new_id(),
        version=await rows.last_version() + 1,
        state=ClassifierState.training,
        active=False,
        note=body.note,
        created_by=work.principal.subject,
        created_at=work.now,
    )
    await work.defer(TRAIN, TrainArgs(classifier_id=row.id))
    await _note(work, "asked_for", row)
    return row


async def activate(work: Work, classifier_id: UUID) -> ClassifierRow:
    """Put a version in force; activating an earlier one is the roll-back.

    Raises:
        NotTrainedError: it has no weights, or no longer.
    """
    rows = work.repo(Classifiers)
    await rows.lock()
    row = await rows.get(classifier_id, lock=True)
    if row.state != ClassifierState.trained:
        raise NotTrainedError(f"Version {row.version} is {row.state}; activate one that is trained.")
    if not row.active:
        await rows.deactivate()
        row.active, row.activated_at = True, work.now
        await _note(work, "activated", row)
    return row


async def roll_back(work: Work) -> ClassifierRow | None:
    """Let the version decide that did before, or keywords (None) if there is none.

    Raises:
        NoClassifierActiveError: keywords decide already.
    """
    rows = work.repo(Classifiers)
    await rows.lock()
    now = await rows.active()
    if now is None:
        raise NoClassifierActiveError("Keywords decide.")
    earlier = await rows.activated_before(now.version)
    await rows.deactivate()
    await _note(work, "rolled_back", now)
    if earlier is not None:
        earlier.active, earlier.activated_at = True, work.now
    return earlier


async def deactivate(work: Work) -> None:
    """Go back to keywords."""
    rows = work.repo(Classifiers)
    await rows.lock()
    active = await rows.active()
    if active is not None:
        active.active = False
        await _note(work, "deactivated", active)


async def _note(work: Work, what: str, row: ClassifierRow) -> None:
    await work.audit(
        f"classifier.{what}", target_type="classifier", target_id=row.id, version=row.version
    )  # fmt: skip
