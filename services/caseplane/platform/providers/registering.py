"""Accepting and refusing the tokens of an OIDC issuer."""

from typing import Any
from uuid import UUID

from caseplane.core.errors import ConflictError
from caseplane.core.ids import new_id
from caseplane.platform.context import Work
from caseplane.platform.providers.models import IdentityProvider
from caseplane.platform.providers.repository import Providers
from caseplane.platform.providers.schemas import IdentityProviderCreate


class IssuerTakenError(ConflictError):
    """An issuer belongs to one tenant of an installation."""

    slug, title = "issuer-taken", "The issuer is already registered"


async def create_provider(work: Work, wanted: IdentityProviderCreate) -> IdentityProvider:
    """Accept an issuer's tokens as the tenant's.

    Raises:
        IssuerTakenError: an issuer names one tenant, and this one names another.
    """
    provider_id, secret = new_id(), wanted.client_secret
    sealed = secret and work.context.seal.seal(
        secret.get_secret_value(), tenant_id=work.tenant_id, row_id=provider_id
    )
    values = {**wanted.model_dump(), "issuer": wanted.issuer.rstrip("/"), "client_secret": sealed}
    provider = await work.repo(Providers).register(provider_id, **values)
    if provider is None:
        raise IssuerTakenError("Each issuer can be registered once in an installation.")
    await _record(work, "identity_provider.created", provider)
    return provider


async def delete_provider(work: Work, provider_id: UUID) -> None:
    """Accept the issuer's tokens no longer."""
    provider = await work.repo(Providers).get(provider_id)
    await work.repo(Providers).delete(provider)
    await _record(work, "identity_provider.deleted", provider)


async def _record(work: Work, action: str, provider: IdentityProvider) -> None:
    target: dict[str, Any] = {"target_type": "identity_provider", "target_id": provider.id}
    await work.audit(action, **target, issuer=provider.issuer)
