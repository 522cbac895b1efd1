"""Routes of look-ups."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path

from caseplane.core.auth import Role
from caseplane.core.errors import NotFoundError, problems
from caseplane.core.outgoing import TargetRefusedError
from caseplane.core.work import opened
from caseplane.workflow.context import Work
from caseplane.workflow.lookups import managing
from caseplane.workflow.lookups.repository import Lookups
from caseplane.workflow.lookups.schemas import LookupCreate, LookupRead
from caseplane.workflow.lookups.sql import AddressRefusedError, StatementRefusedError

router = APIRouter(prefix="/workflow/lookups", tags=["customers"])
AdminWork: TypeAlias = Annotated[Work, opened(Role.admin)]
Named = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="Of the look-up")]


@router.get("")
async def list_lookups(work: AdminWork) -> list[LookupRead]:
    """List the systems of record that are asked about a customer."""
    return [LookupRead.model_validate(each) for each in await work.repo(Lookups).all()]


@router.put(
    "/{lookup_name}",
    responses=problems(
        AddressRefusedError, StatementRefusedError, TargetRefusedError, managing.TooManyLookupsError
    ),
)
async def put_lookup(lookup_name: Named, body: LookupCreate, work: AdminWork) -> LookupRead:
    """Write a system of record: a PostgreSQL database with the statements that it may be asked, or an HTTP address."""
    return LookupRead.model_validate(await managing.put_lookup(work, lookup_name, body))


@router.delete("/{lookup_name}", status_code=204, responses=problems(NotFoundError))
async def delete_lookup(lookup_name: Named, work: AdminWork) -> None:
    """Delete a system of record."""
    await managing.delete_lookup(work, lookup_name)
