"""Routes of workflow configurations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from caseplane.core.errors import NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, page
from caseplane.triage.configuration import NAME
from caseplane.workflow.callers import AgentWork, Lead, LeadWork, Shared
from caseplane.workflow.configurations import versions
from caseplane.workflow.configurations.active import active_configuration
from caseplane.workflow.configurations.repository import Configurations
from caseplane.workflow.configurations.schemas import (
    ConfigurationCheck,
    ConfigurationCreate,
    ConfigurationDetail,
    ConfigurationRead,
    ConfigurationSource,
)

router = APIRouter(prefix="/workflow/configurations", tags=["workflow"])
Named = Annotated[str, Query(pattern=NAME, description="Of the configuration")]


@router.get("")
async def list_configurations(
    work: AgentWork, limit: Limit = 50, cursor: Cursor = None
) -> Page[ConfigurationRead]:
    """List all versions of the tenant's configurations, the newest first."""
    before = int(decode_cursor(cursor, int)[0]) if cursor else None
    found = await work.repo(Configurations).page(limit=limit, before=before)
    return page(
        found, limit, read=ConfigurationRead.model_validate, position=lambda row: (row.version,)
    )  # fmt: skip


@router.get("/active")
async def get_active(work: AgentWork) -> ConfigurationDetail:
    """Read the configuration that holds now."""
    active = await active_configuration(work)
    if active.row is None:
        return versions.shipped_detail(active.name, active=True)
    return ConfigurationDetail.model_validate(active.row)


@router.get("/shipped")
async def get_shipped(work: AgentWork, name: Named = "default") -> ConfigurationDetail:
    """Read a configuration that comes with the platform: `default`, or `ecommerce` as an example."""
    return versions.shipped_detail(name)


@router.post("/check")
async def check_configuration(body: ConfigurationSource, who: Lead) -> ConfigurationCheck:
    """Check a configuration without storing it: every fault, with its line."""
    return await versions.check_source(body.source)


@router.post("", status_code=201, responses=problems(versions.TooManyVersionsError))
async def propose_configuration(body: ConfigurationCreate, who: Lead, context: Shared) -> ConfigurationDetail:
    """Store a new version; activate it separately."""
    configuration = await versions.read_source(body.source)
    async with context.work(who) as work:
        return ConfigurationDetail.model_validate(await versions.propose(work, body, configuration))


@router.post("/roll-back", responses=problems(versions.NothingToRollBackError))
async def roll_back(work: LeadWork, name: Named = "main") -> ConfigurationDetail:
    """Go back to the version that was in force before; after the first, to the one of the platform."""
    earlier = await versions.roll_back(work, name)
    if earlier is None:
        return versions.shipped_detail(name, active=True)
    return ConfigurationDetail.model_validate(earlier)


@router.get("/{configuration_id}", responses=problems(NotFoundError))
async def get_configuration(configuration_id: UUID, work: AgentWork) -> ConfigurationDetail:
    """Read one version with its text."""
    return ConfigurationDetail.model_validate(await work.repo(Configurations).get(configuration_id))


@router.post("/{configuration_id}/activate", responses=problems(NotFoundError))
async def activate_configuration(configuration_id: UUID, work: LeadWork) -> ConfigurationDetail:
    """Put a version in force; activating an older one is a roll-back too."""
    return ConfigurationDetail.model_validate(await versions.activate(work, configuration_id))
