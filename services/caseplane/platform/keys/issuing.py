"""Making and revoking API keys, by a tenant's administrator or the platform's."""

from uuid import UUID

from caseplane.core.api_keys import PREFIX_LENGTH, new_secret, secret_hash
from caseplane.core.errors import InvalidInputError, NotFoundError
from caseplane.core.ids import new_id
from caseplane.platform.context import Work
from caseplane.platform.keys.models import ApiKey
from caseplane.platform.keys.repository import Keys
from caseplane.platform.keys.schemas import AdminKeyCreate, ApiKeyCreate
from caseplane.platform.tenants.changing import check_not_erased
from caseplane.platform.tenants.repository import Tenants


async def create_key(work: Work, wanted: ApiKeyCreate) -> tuple[ApiKey, str]:
    """A new key and its secret, which is stored nowhere.

    Raises:
        InvalidInputError: it would have expired already.
    """
    if wanted.expires_at is not None and wanted.expires_at <= work.now:
        raise InvalidInputError("expires_at lies in the past.")
    secret = new_secret()
    key = work.repo(Keys).add(
        id=new_id(),
        **wanted.model_dump(),
        prefix=secret[:PREFIX_LENGTH],
        secret_hash=secret_hash(secret),
        created_by=work.principal.subject,
    )
    await work.tx.flush()
    await work.tx.refresh(key)
    await work.audit("api_key.created", target_type="api_key", target_id=key.id, roles=list(wanted.roles))
    return key, secret


async def revoke_key(work: Work, key_id: UUID) -> None:
    """Refuse the key from now on; a second time changes nothing."""
    key = await work.repo(Keys).get(key_id, lock=True)
    if key.revoked_at is None:
        key.revoked_at = work.now
        await work.audit("api_key.revoked", target_type="api_key", target_id=key_id)


async def issue_admin_key(work: Work, wanted: AdminKeyCreate) -> tuple[ApiKey, str]:
    """An admin key of a tenant: the first one, or one for whoever lost theirs."""
    check_not_erased(await work.repo(Tenants).get())
    return await create_key(work, ApiKeyCreate(name=wanted.name, roles=["admin"]))


async def revoke_admin_key(work: Work, key_id: UUID) -> None:
    """Refuse a key that the platform issued.

    Raises:
        NotFoundError: there is none, or the tenant made it itself.
    """
    key = await work.repo(Keys).get(key_id, lock=True)
    if key.created_by != work.principal.subject:
        raise NotFoundError(f"The platform issued no key {key_id}.")
    await revoke_key(work, key_id)
