"""Routes of classifiers."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.errors import NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, page
from caseplane.workflow.callers import LeadWork, StaffWork
from caseplane.workflow.classifiers import versions
from caseplane.workflow.classifiers.models import ClassifierRow
from caseplane.workflow.classifiers.repository import Classifiers
from caseplane.workflow.classifiers.schemas import ClassifierCreate, ClassifierRead, Report

router = APIRouter(prefix="/workflow/classifiers", tags=["workflow"])


@router.get("")
async def list_classifiers(
    work: StaffWork, limit: Limit = 50, cursor: Cursor = None
) -> Page[ClassifierRead]:  # fmt: skip
    """List all versions of the tenant's classifier, the newest first."""
    before = int(decode_cursor(cursor, int)[0]) if cursor else None
    found = await work.repo(Classifiers).page(limit=limit, before=before)
    return page(found, limit, read=_read, position=lambda row: (row.version,))


@router.post("", status_code=202)
async def train_classifier(body: ClassifierCreate, work: LeadWork) -> ClassifierRead:
    """Train a classifier on the tickets that are labelled now; it decides nothing until you activate it."""
    return _read(await versions.ask_for(work, body))


@router.post("/deactivate", status_code=204)
async def deactivate_classifier(work: LeadWork) -> None:
    """Go back to keywords."""
    await versions.deactivate(work)


@router.post("/roll-back", responses=problems(versions.NoClassifierActiveError))
async def roll_back_classifier(work: LeadWork) -> ClassifierRead | None:
    """Go back to the version that decided before; null if there is none and keywords decide."""
    found = await versions.roll_back(work)
    return None if found is None else _read(found)


@router.get("/{classifier_id}", responses=problems(NotFoundError))
async def get_classifier(classifier_id: UUID, work: StaffWork) -> ClassifierRead:
    """Read one version with its figures on held-back tickets."""
    return _read(await work.repo(Classifiers).get(classifier_id))


@router.post("/{classifier_id}/activate", responses=problems(NotFoundError, versions.NotTrainedError))
async def activate_classifier(classifier_id: UUID, work: LeadWork) -> ClassifierRead:
    """Let a version decide; activating an earlier one is the roll-back."""
    return _read(await versions.activate(work, classifier_id))


def _read(row: ClassifierRow) -> ClassifierRead:
    plain = ClassifierRead.model_validate({**_fields(row), "report": None})
    report = Report.model_validate(row.report) if row.report else None
    return plain.model_copy(update={"report": report})


def _fields(row: ClassifierRow) -> dict[str, object]:
    names = [name for name in ClassifierRead.model_fields if name not in ("classifier_id", "report")]
    return {"id": row.id, **{name: getattr(row, name) for name in names}}
