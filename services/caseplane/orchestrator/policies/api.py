"""Routes of the gate's policies."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.auth import AdminCaller, Caller
from caseplane.core.errors import NotFoundError, problems
from caseplane.orchestrator.callers import AdminWork, Shared
from caseplane.orchestrator.policies import calibration, versions
from caseplane.orchestrator.policies.calibration import TooFewLabelsError
from caseplane.orchestrator.policies.replay import replay_policy
from caseplane.orchestrator.policies.repository import GatePolicies
from caseplane.orchestrator.policies.schemas import (
    CalibrateCreate,
    CalibrationRead,
    GatePolicyCreate,
    GatePolicyRead,
    ReplayRead,
)

router = APIRouter(prefix="/gate-policies", tags=["operations"])


@router.get("")
async def list_policies(work: AdminWork) -> list[GatePolicyRead]:
    """All versions of the tenant's gate policy, the newest first."""
    return [GatePolicyRead.model_validate(row) for row in await work.repo(GatePolicies).versions()]


@router.get("/default")
async def default_policy(who: Caller) -> GatePolicyRead:
    """The policy that holds where the tenant has activated none."""
    return versions.shipped()


@router.post("", status_code=201)
async def propose_policy(body: GatePolicyCreate, work: AdminWork) -> GatePolicyRead:
    """Store a new version; activate it separately."""
    return GatePolicyRead.model_validate(await versions.propose(work, body))


@router.post("/replay")
async def replay(body: GatePolicyCreate, work: AdminWork) -> ReplayRead:
    """Try a policy on the stored decisions: what would have been decided otherwise."""
    return await replay_policy(work, versions.parse_policy(body.policy))


@router.post("/calibrate", responses=problems(TooFewLabelsError))
async def calibrate(body: CalibrateCreate, who: AdminCaller, context: Shared) -> CalibrationRead:
    """Fit a policy to what became of the stored conversations; only with `apply` is it stored."""
    return await calibration.calibrate_policy(context, who, body)


@router.post("/deactivate", status_code=204)
async def deactivate_policy(work: AdminWork) -> None:
    """Go back to the default policy."""
    await versions.deactivate(work)


@router.post("/{policy_id}/activate", responses=problems(NotFoundError))
async def activate_policy(policy_id: UUID, work: AdminWork) -> GatePolicyRead:
    """Put a version in force; activating an older one is the roll-back."""
    return GatePolicyRead.model_validate(await versions.activate(work, policy_id))
