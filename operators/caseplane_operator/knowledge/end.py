"""Deletes a knowledge base whose resource is deleted, also where the Tenant that it belonged to has gone first."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from caseplane_operator.conditions import Reason
from caseplane_operator.faults import FaultError
from caseplane_operator.knowledge.look import BaseLook
from caseplane_operator.platform import TenantSession

CLEAN_UP = "Kubernetes clean-up"


async def delete_base(look: BaseLook) -> None:
    """Delete it from the platform; nothing happens if it is gone, or never was.

    Raises:
        FaultError, PlatformError, KubernetesError
    """
    try:
        await look.enter()
    except FaultError as exc:
        if exc.fault.reason not in (Reason.TenantNotAvailable, Reason.TenantNotReady):
            raise
        await _delete_without_resource(look)
        return
    found = await look.find_base()
    if found is not None:
        await look.at.remove_base(found.id)


async def _delete_without_resource(look: BaseLook) -> None:
    """The tenant's resource is gone, or no longer admits this one; what was made while it did is still to be deleted."""
    base_id = look.status.get("knowledgeBaseId")
    if not look.tenant_id or not base_id:
        return
    tenant = await look.o.platform.tenant(look.tenant_id)
    if tenant is None or tenant.gone:
        return
    async with _passing_key(look) as session:
        found = await session.base(base_id)
        if found is not None and found.name == look.name:
            await session.remove_base(base_id)


@asynccontextmanager
async def _passing_key(look: BaseLook) -> AsyncIterator[TenantSession]:
    """A key for the moment; one that a death has left over goes too."""
    platform, tenant_id = look.o.platform, look.tenant_id
    issued = await platform.issue_key(tenant_id, CLEAN_UP)
    try:
        yield platform.as_tenant(issued.key)
    finally:
        for key in await platform.keys(tenant_id):
            if key.name == CLEAN_UP:
                await platform.revoke_key(tenant_id, key.key_id)
