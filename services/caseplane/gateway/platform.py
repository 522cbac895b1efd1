"""Tenants, API keys and identity providers: the use cases behind the gateway's own routes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core import audit
from caseplane.core.auth import Principal, Role
from caseplane.core.clock import utcnow
from caseplane.core.database import Database
from caseplane.core.errors import ForbiddenError, InvalidInputError, NotFoundError, PreconditionFailedError
from caseplane.core.ids import new_id
from caseplane.core.jobs import Jobs
from caseplane.core.pagination import Page, decode_cursor, encode_cursor
from caseplane.core.repository import TenantRepository
from caseplane.gateway.credentials import PREFIX_LENGTH, new_secret, secret_hash
from caseplane.gateway.errors import IssuerTakenError, TenantErasedError
from caseplane.gateway.jobs import ERASE, EXPORT, EraseArgs, ExportArgs
from caseplane.gateway.models import ApiKey, AuditEntry, IdentityProvider, Tenant
from caseplane.gateway.schemas import (
    AdminKeyCreate,
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyRead,
    AuditRead,
    IdentityProviderCreate,
    IdentityProviderRead,
    TenantCreate,
    TenantModels,
    TenantPatch,
    TenantRead,
    TenantStatus,
    UsageRead,
)
from caseplane.retrieval.client import RetrievalClient

Forget = Callable[[UUID], None]
USED = text(
    "SELECT count(*) AS calls, coalesce(sum(input_tokens), 0) AS input_tokens,"
    " coalesce(sum(output_tokens), 0) AS output_tokens, coalesce(sum(cost_usd), 0) AS cost_usd"
    " FROM platform.llm_calls WHERE tenant_id = :tenant_id AND created_at >= :since"
)


class Platform:
    """Use cases over tenants and their credentials.

    Args:
        database: acting as the platform role.
        jobs: for what takes longer than a request.
        knowledge: the service that keeps knowledge bases.
        forget: told of a tenant whose credentials changed, so that no cache outlives them here.
    """

    def __init__(self, database: Database, jobs: Jobs, knowledge: RetrievalClient, *, forget: Forget) -> None:
        self._database, self._jobs, self._knowledge, self._forget = database, jobs, knowledge, forget

    async def create_tenant(self, caller: Principal, wanted: TenantCreate) -> tuple[TenantRead, bool]:
        """The tenant of a slug, and whether it is new."""
        existing = await self._by_slug(wanted.slug)
        if existing is not None:
            return existing, False
        tenant_id = new_id()
        try:
            async with self._database.tenant(tenant_id) as tx:
                tenant = Tenant(
                    id=tenant_id,
                    slug=wanted.slug,
                    display_name=wanted.display_name,
                    settings=wanted.settings.model_dump(mode="json", exclude_none=True),
                )
                tx.add(tenant)
                await tx.flush()  # the audit entry below refers to it
                await tx.refresh(tenant)
                acting = caller.model_copy(update={"tenant_id": tenant_id})
                await audit.record(
                    tx, acting, "tenant.created", target_type="tenant", target_id=tenant_id, slug=wanted.slug
                )
        except IntegrityError:  # another request was first
            existing = await self._by_slug(wanted.slug)
            if existing is None:
                raise
            return existing, False
        return TenantRead.model_validate(tenant), True

    async def get_tenant(self, caller: Principal, tenant_id: UUID) -> TenantRead:
        """A tenant, to the platform's administrators and to its own."""
        _check_may_see(caller, tenant_id)
        async with self._database.system() as tx:
            return TenantRead.model_validate(await _tenant(tx, tenant_id))

    async def list_tenants(self, *, cursor: str | None, limit: int, slug: str | None) -> Page[TenantRead]:
        statement = select(Tenant).order_by(Tenant.id).limit(limit + 1)
        if slug is not None:
            statement = statement.where(Tenant.slug == slug)
        if cursor:
            (after,) = decode_cursor(cursor, UUID)
            statement = statement.where(Tenant.id > after)
        async with self._database.system() as tx:
            rows = list(await tx.scalars(statement))
        return _page(rows, limit, TenantRead, lambda row: (row.id,))

    async def patch_tenant(
        self, caller: Principal, tenant_id: UUID, change: TenantPatch, *, version: int | None
    ) -> TenantRead:
        """Change a tenant.

        Raises:
            PreconditionFailedError: `version` is not the present one.
            TenantErasedError: it is being erased.
        """
        async with self._database.tenant(tenant_id) as tx:
            tenant = await _tenant(tx, tenant_id, lock=True)
            if version is not None and version != tenant.version:
                raise PreconditionFailedError(f"The tenant is at version {tenant.version} by now.")
            if tenant.status in (TenantStatus.erasing, TenantStatus.erased):
                raise TenantErasedError(f"The tenant is {tenant.status}.")
            changed = _apply(tenant, change)
            if changed:
                tenant.version += 1
                tenant.updated_at = utcnow()
                acting = caller.model_copy(update={"tenant_id": tenant_id})
                await audit.record(
                    tx,
                    acting,
                    "tenant.changed",
                    target_type="tenant",
                    target_id=tenant_id,
                    changed=sorted(changed),
                    status=tenant.status,
                )
        self._forget(tenant_id)
        return TenantRead.model_validate(tenant)

    async def issue_admin_key(
        self, caller: Principal, tenant_id: UUID, wanted: AdminKeyCreate
    ) -> ApiKeyCreated:
        """An admin key of a tenant: the first one, or one for whoever lost theirs."""
        async with self._database.tenant(tenant_id) as tx:
            tenant = await _tenant(tx, tenant_id)
            if tenant.status in (TenantStatus.erasing, TenantStatus.erased):
                raise TenantErasedError(f"The tenant is {tenant.status}.")
            acting = caller.model_copy(update={"tenant_id": tenant_id})
            return await _add_key(tx, acting, ApiKeyCreate(name=wanted.name, roles=["admin"]))

    async def list_admin_keys(
        self, caller: Principal, tenant_id: UUID, *, cursor: str | None, limit: int
    ) -> Page[ApiKeyRead]:
        """Keys that the platform issued to a tenant and nobody revoked; a tenant's own keys are its own affair."""
        statement = (
            select(ApiKey)
            .where(ApiKey.tenant_id == tenant_id, ApiKey.created_by == caller.subject)
            .where(ApiKey.revoked_at.is_(None))
            .order_by(ApiKey.id)
            .limit(limit + 1)
        )
        if cursor:
            (after,) = decode_cursor(cursor, UUID)
            statement = statement.where(ApiKey.id > after)
        async with self._database.tenant(tenant_id) as tx:
            await _tenant(tx, tenant_id)
            rows = list(await tx.scalars(statement))
        return _page(rows, limit, ApiKeyRead, lambda row: (row.id,))

    async def revoke_admin_key(self, caller: Principal, tenant_id: UUID, key_id: UUID) -> None:
        """Refuse a key that the platform issued.

        Raises:
            NotFoundError: there is none, or the tenant made it itself.
        """
        async with self._database.tenant(tenant_id) as tx:
            key = await TenantRepository(tx, ApiKey, tenant_id=tenant_id).get(key_id)
            if key.created_by != caller.subject:
                raise NotFoundError(f"The platform issued no key {key_id}.")
        await self.revoke_key(caller.model_copy(update={"tenant_id": tenant_id}), key_id)

    async def usage(self, tenant_id: UUID) -> UsageRead:
        """What a tenant used of language models this month."""
        since = utcnow().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        async with self._database.tenant(tenant_id) as tx:
            tenant = await _tenant(tx, tenant_id)
            used = (await tx.execute(USED, {"tenant_id": tenant_id, "since": since})).one()
        models = TenantModels.model_validate(tenant.settings.get("llm") or {})
        return UsageRead(
            month=f"{since:%Y-%m}",
            calls=used.calls,
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            cost_usd=used.cost_usd,
            budget_usd=models.monthly_budget_usd,
        )

    async def erase_tenant(self, caller: Principal, tenant_id: UUID) -> TenantRead:
        """Suspend a tenant for good and have everything of it erased; asking again changes nothing."""
        async with self._database.tenant(tenant_id) as tx:
            tenant = await _tenant(tx, tenant_id, lock=True)
            if tenant.status not in (TenantStatus.erasing, TenantStatus.erased):
                tenant.status = TenantStatus.erasing
                tenant.version += 1
                tenant.updated_at = utcnow()
                acting = caller.model_copy(update={"tenant_id": tenant_id})
                await audit.record(
                    tx, acting, "tenant.erasure_requested", target_type="tenant", target_id=tenant_id
                )
                await self._jobs.defer(
                    tx,
                    ERASE,
                    EraseArgs(requested_by=caller.subject),
                    tenant_id=tenant_id,
                    once=f"erase:{tenant_id}",
                )
        self._forget(tenant_id)
        return TenantRead.model_validate(tenant)

    async def delete_knowledge_base(self, caller: Principal, tenant_id: UUID, name: str) -> None:
        """Delete a tenant's knowledge base with its documents, whether or not the tenant may act itself.

        Raises:
            NotFoundError: there is no such tenant, or it has no knowledge base of this name.
        """
        async with self._database.tenant(tenant_id) as tx:
            await _tenant(tx, tenant_id)
        acting = caller.model_copy(update={"tenant_id": tenant_id, "roles": frozenset([Role.admin])})
        if not await self._knowledge.delete_base(acting, name):
            raise NotFoundError(f"There is no knowledge base {name!r}.")
        async with self._database.tenant(tenant_id) as tx:
            await audit.record(
                tx, acting, "knowledge_base.deleted", target_type="tenant", target_id=tenant_id, name=name
            )

    async def request_export(self, caller: Principal, tenant_id: UUID) -> UUID:
        """Have everything of the caller's tenant written to files; returns the export's id."""
        check_own(caller, tenant_id)
        export_id = new_id()
        async with self._database.tenant(tenant_id) as tx:
            await audit.record(
                tx, caller, "tenant.export_requested", target_type="export", target_id=export_id
            )
            await self._jobs.defer(tx, EXPORT, ExportArgs(export_id=export_id), tenant_id=tenant_id)
        return export_id

    async def create_key(self, caller: Principal, wanted: ApiKeyCreate) -> ApiKeyCreated:
        if wanted.expires_at is not None and wanted.expires_at <= utcnow():
            raise InvalidInputError("expires_at lies in the past.")
        async with self._database.tenant(caller.tenant) as tx:
            return await _add_key(tx, caller, wanted)

    async def list_keys(self, caller: Principal, *, cursor: str | None, limit: int) -> Page[ApiKeyRead]:
        rows = await self._list(ApiKey, caller.tenant, cursor, limit)
        return _page(rows, limit, ApiKeyRead, lambda row: (row.id,))

    async def revoke_key(self, caller: Principal, key_id: UUID) -> None:
        """From now on the key is refused; a second time changes nothing."""
        async with self._database.tenant(caller.tenant) as tx:
            key = await TenantRepository(tx, ApiKey, tenant_id=caller.tenant).get(key_id, lock=True)
            if key.revoked_at is None:
                key.revoked_at = utcnow()
                await audit.record(tx, caller, "api_key.revoked", target_type="api_key", target_id=key_id)
        self._forget(caller.tenant)

    async def create_provider(
        self, caller: Principal, wanted: IdentityProviderCreate
    ) -> IdentityProviderRead:
        """Accept an issuer's tokens as the tenant's.

        Raises:
            IssuerTakenError: an issuer names one tenant, and this one names another.
        """
        values = {**wanted.model_dump(), "issuer": wanted.issuer.rstrip("/")}
        try:
            async with self._database.tenant(caller.tenant) as tx:
                row = TenantRepository(tx, IdentityProvider, tenant_id=caller.tenant).add(
                    id=new_id(), **values
                )
                await tx.flush()
                await tx.refresh(row)
                await audit.record(
                    tx,
                    caller,
                    "identity_provider.created",
                    target_type="identity_provider",
                    target_id=row.id,
                    issuer=row.issuer,
                )
        except IntegrityError as exc:
            raise IssuerTakenError("Each issuer can be registered once in an installation.") from exc
        self._forget(caller.tenant)
        return IdentityProviderRead.model_validate(row)

    async def list_providers(
        self, caller: Principal, *, cursor: str | None, limit: int
    ) -> Page[IdentityProviderRead]:
        rows = await self._list(IdentityProvider, caller.tenant, cursor, limit)
        return _page(rows, limit, IdentityProviderRead, lambda row: (row.id,))

    async def delete_provider(self, caller: Principal, provider_id: UUID) -> None:
        """The issuer's tokens are no longer accepted."""
        async with self._database.tenant(caller.tenant) as tx:
            row = await TenantRepository(tx, IdentityProvider, tenant_id=caller.tenant).get(provider_id)
            await tx.delete(row)
            await audit.record(
                tx,
                caller,
                "identity_provider.deleted",
                target_type="identity_provider",
                target_id=provider_id,
                issuer=row.issuer,
            )
        self._forget(caller.tenant)

    async def list_audit(
        self,
        caller: Principal,
        *,
        cursor: str | None,
        limit: int,
        action: str | None = None,
        actor: str | None = None,
        target_id: str | None = None,
    ) -> Page[AuditRead]:
        """The tenant's audit log, newest first."""
        statement = select(AuditEntry).where(AuditEntry.tenant_id == caller.tenant)
        filters = {
            AuditEntry.action: action,
            AuditEntry.actor: actor,
            AuditEntry.target_id: target_id,
        }
        for column, value in filters.items():
            if value is not None:
                statement = statement.where(column == value)
        if cursor:
            at, last = decode_cursor(cursor, datetime.fromisoformat, UUID)
            statement = statement.where(tuple_(AuditEntry.created_at, AuditEntry.id) < (at, last))
        statement = statement.order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc()).limit(limit + 1)
        async with self._database.tenant(caller.tenant) as tx:
            rows = list(await tx.scalars(statement))
        return _page(rows, limit, AuditRead, lambda row: (row.created_at.isoformat(), row.id))

    async def _by_slug(self, slug: str) -> TenantRead | None:
        async with self._database.system() as tx:
            row = await tx.scalar(select(Tenant).where(Tenant.slug == slug))
            return TenantRead.model_validate(row) if row is not None else None

    async def _list(self, model: Any, tenant_id: UUID, cursor: str | None, limit: int) -> list[Any]:
        statement = select(model).where(model.tenant_id == tenant_id).order_by(model.id).limit(limit + 1)
        if cursor:
            (after,) = decode_cursor(cursor, UUID)
            statement = statement.where(model.id > after)
        async with self._database.tenant(tenant_id) as tx:
            return list(await tx.scalars(statement))


async def _tenant(tx: AsyncSession, tenant_id: UUID, *, lock: bool = False) -> Tenant:
    statement = select(Tenant).where(Tenant.id == tenant_id)
    row: Tenant | None = await tx.scalar(statement.with_for_update() if lock else statement)
    if row is None:
        raise NotFoundError(f"There is no tenant {tenant_id}.")
    return row


async def _add_key(tx: AsyncSession, caller: Principal, wanted: ApiKeyCreate) -> ApiKeyCreated:
    secret = new_secret()
    row = TenantRepository(tx, ApiKey, tenant_id=caller.tenant).add(
        id=new_id(),
        **wanted.model_dump(),
        prefix=secret[:PREFIX_LENGTH],
        secret_hash=secret_hash(secret),
        created_by=caller.subject,
    )
    await tx.flush()
    await tx.refresh(row)
    await audit.record(
        tx, caller, "api_key.created", target_type="api_key", target_id=row.id, roles=list(wanted.roles)
    )
    return ApiKeyCreated(**ApiKeyRead.model_validate(row).model_dump(), key=secret)


def _apply(tenant: Tenant, change: TenantPatch) -> set[str]:
    """Make a change; returns the names of what is different."""
    changed = set()
    for name in ("display_name", "status"):
        value = getattr(change, name)
        if value is not None and value != getattr(tenant, name):
            setattr(tenant, name, value)
            changed.add(name)
    if change.settings is not None:
        given = change.settings.model_dump(mode="json", exclude_unset=True)
        settings = {k: v for k, v in {**tenant.settings, **given}.items() if v is not None}
        if settings != tenant.settings:
            tenant.settings = settings
            changed.add("settings")
    return changed


def _check_may_see(caller: Principal, tenant_id: UUID) -> None:
    if caller.tenant_id is not None and caller.tenant_id != tenant_id:
        raise NotFoundError(f"There is no tenant {tenant_id}.")
    if caller.tenant_id is not None and not caller.has(Role.admin):
        raise ForbiddenError("This needs one of the roles: admin, platform_admin.")


def check_own(caller: Principal, tenant_id: UUID) -> None:
    """Raises `NotFoundError` unless the tenant is the caller's own."""
    if caller.tenant_id != tenant_id:
        raise NotFoundError(f"There is no tenant {tenant_id}.")


def _page(rows: list[Any], limit: int, model: Any, position: Callable[[Any], tuple[Any, ...]]) -> Page[Any]:
    items = rows[:limit]
    following = encode_cursor(*position(items[-1])) if len(rows) > limit else None
    return Page(items=[model.model_validate(row) for row in items], next=following)
