"""Making and changing tenants."""

from collections.abc import Collection

from caseplane.core.auth import Principal, Role
from caseplane.core.errors import ConflictError, NotFoundError
from caseplane.core.versions import check_version
from caseplane.platform.context import Platform, Work
from caseplane.platform.tenants.models import Tenant
from caseplane.platform.tenants.repository import Tenants
from caseplane.platform.tenants.schemas import TenantCreate, TenantPatch, TenantStatus

GONE = (TenantStatus.erasing, TenantStatus.erased)


class TenantErasedError(ConflictError):
    """Erasure cannot be undone, so nothing about the tenant changes any more."""

    slug, title = "tenant-erased", "The tenant is being erased or is erased"


async def create_tenant(work: Work, wanted: TenantCreate) -> tuple[Tenant, bool]:
    """The tenant of a slug, and whether it is new.

    Args:
        work: of a tenant with a new id, which it gets unless the slug's tenant is there already.
        wanted: what it is to be.
    """
    tenant, new = await work.repo(Tenants).add(
        wanted.slug,
        display_name=wanted.display_name,
        settings=wanted.settings.model_dump(mode="json", exclude_none=True),
    )
    if new:
        await work.audit("tenant.created", target_type="tenant", target_id=tenant.id, slug=wanted.slug)
    return tenant, new


async def patch_tenant(work: Work, change: TenantPatch, *, seen: Collection[int] | None) -> Tenant:
    """Change the tenant, if it is at one of the versions that the caller saw.

    Raises:
        PreconditionFailedError: it is at another version.
        TenantErasedError: it is being erased.
    """
    tenant = await work.repo(Tenants).get(lock=True)
    check_version(tenant.version, seen, noun="tenant")
    check_not_erased(tenant)
    changed = _apply(tenant, change)
    if changed:
        tenant.version += 1
        tenant.updated_at = work.now
        await work.audit(
            "tenant.changed",
            target_type="tenant",
            target_id=tenant.id,
            changed=sorted(changed),
            status=tenant.status,
        )
    return tenant


async def delete_knowledge_base(context: Platform, caller: Principal, name: str) -> None:
    """Delete a knowledge base of the tenant with its documents, whether or not the tenant may act itself.

    Raises:
        NotFoundError: there is no such tenant, or it has no knowledge base of this name.
    """
    acting = caller.model_copy(update={"roles": frozenset([Role.admin])})
    async with context.work(acting) as work:
        await work.repo(Tenants).get()
    if not await context.knowledge.delete_base(acting, name):
        raise NotFoundError(f"There is no knowledge base {name!r}.")
    async with context.work(acting) as work:
        await work.audit("knowledge_base.deleted", target_type="tenant", target_id=work.tenant_id, name=name)


def check_not_erased(tenant: Tenant) -> None:
    """Raises `TenantErasedError` for a tenant that is being erased or is erased."""
    if tenant.status in GONE:
        raise TenantErasedError(f"The tenant is {tenant.status}.")


def _apply(tenant: Tenant, change: TenantPatch) -> set[str]:
    """Make a change; returns the names of what is different."""
    wanted = change.model_dump(include={"display_name", "status"}, exclude_none=True)
    if change.settings is not None:
        given = change.settings.model_dump(mode="json", exclude_unset=True)
        wanted["settings"] = {k: v for k, v in {**tenant.settings, **given}.items() if v is not None}
    changed = {name for name, value in wanted.items() if getattr(tenant, name) != value}
    for name in changed:
        setattr(tenant, name, wanted[name])
    return changed
