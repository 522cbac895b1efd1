"""What to do about a tenant: a pure function of what is wanted and what exists.

It has no memory: whatever happened before, and wherever an earlier process ended, the same two states give the same actions.
What cannot be seen yet, such as the keys of a tenant that does not exist, is left to the next look.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from caseplane_operator.actions import Action, Event
from caseplane_operator.conditions import Reason
from caseplane_operator.platform_types import AdminKey, Connector, Provider, Tenant

CONNECTOR_NAME = "Kubernetes"
"""The name of the connector that the operator manages; a tenant's admins may add others."""
Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class WantedConnector:
    """A connector as the platform's API takes it.

    Attributes:
        body: without kind, name and credentials.
        secret_version: changes with the credentials, which the platform does not show.
    """

    kind: str
    body: Body
    credentials: Body = field(repr=False)
    secret_version: str


@dataclass(frozen=True, kw_only=True)
class WantedTenant:
    """A spec in the platform's terms.

    Attributes:
        key_name: the name of admin keys that the operator issues.
        rotation: a new value requests a new key.
        identity: the body of the provider; for None, only a provider that the operator registered is removed.
        connector: None if the operator's connector must not exist.
        connector_known: False if the connector's Secret could not be read; then an existing connector stays as it is.
    """

    slug: str
    display_name: str
    suspended: bool = False
    settings: Body = field(default_factory=dict)
    key_name: str = ""
    rotation: str = ""
    identity: Body | None = None
    connector: WantedConnector | None = None
    connector_known: bool = True


@dataclass(frozen=True, kw_only=True)
class SeenKey:
    """The key in the Secret; `complete` if the rest of the Secret is as it should be."""

    key_id: str
    rotation: str
    works: bool
    complete: bool = True


@dataclass(frozen=True, kw_only=True)
class SeenTenant:
    """What exists. A list is None if it was not read."""

    tenant: Tenant | None = None
    key: SeenKey | None = None
    keys: tuple[AdminKey, ...] | None = None
    providers: tuple[Provider, ...] | None = None
    registered_issuer: str = ""
    connectors: tuple[Connector, ...] | None = None
    secret_version: str = ""


@dataclass(frozen=True)
class EnsureTenant(Action):
    """Create the tenant, or find the one that has the slug."""

    slug: str
    body: Body
    reported_as = Event("TenantEnsured", "The platform has the tenant.")


@dataclass(frozen=True)
class PatchTenant(Action):
    change: Body
    version: int
    reported_as = Event("TenantChanged", "The platform's tenant was changed to match the spec.")


@dataclass(frozen=True)
class IssueKey(Action):
    """Issue a key and write it to the Secret."""

    name: str
    rotation: str
    reported_as = Event("KeyIssued", "A new admin key is in the Secret.")


@dataclass(frozen=True)
class RestoreSecret(Action):
    """Write the Secret again around the key that it holds."""


@dataclass(frozen=True)
class RevokeKey(Action):
    key_id: str
    reported_as = Event("KeyRevoked", "An admin key that the Secret no longer holds was revoked.")


@dataclass(frozen=True)
class RemoveProvider(Action):
    provider_id: str
    reported_as = Event("IdentityProviderRemoved", "Tokens of an issuer are no longer accepted.")


@dataclass(frozen=True)
class AddProvider(Action):
    body: Body
    reported_as = Event("IdentityProviderAdded", "Tokens of the issuer are accepted.")


@dataclass(frozen=True)
class AddConnector(Action):
    connector: WantedConnector
    reported_as = Event("ConnectorAdded", "Tickets are mirrored to the desk.")
    refused_as = Reason.ConnectorRefused


@dataclass(frozen=True)
class PatchConnector(Action):
    """Change the connector; `secret_of` is given if its secret must be sent again."""

    connection_id: str
    change: Body
    secret_of: WantedConnector | None
    version: int
    reported_as = Event("ConnectorChanged", "The connector was changed to match the spec.")
    refused_as = Reason.ConnectorRefused


@dataclass(frozen=True)
class RemoveConnector(Action):
    connection_id: str
    reported_as = Event("ConnectorRemoved", "Tickets are no longer mirrored.")


@dataclass(frozen=True)
class EraseTenant(Action):
    """Start to erase the tenant with all its data."""

    reported_as = Event("ErasureAsked", "The platform erases the tenant.")


@dataclass(frozen=True)
class DeleteSecret(Action):
    """Delete the Secret with the key."""


def plan(wanted: WantedTenant, seen: SeenTenant, *, now: datetime, grace: timedelta) -> tuple[Action, ...]:
    """What brings the platform closer to what is wanted; empty once it is there."""
    tenant = seen.tenant
    if tenant is None:
        body = {"display_name": wanted.display_name, "settings": _without_nulls(wanted.settings)}
        return (EnsureTenant(wanted.slug, body),)
    if tenant.gone:
        return ()  # its name is free once the platform has erased it
    change = tenant_change(wanted, tenant)
    if change:
        return (PatchTenant(change, tenant.version),)
    return (*_keys(wanted, seen, now=now, grace=grace), *_providers(wanted, seen), *_connector(wanted, seen))


def plan_end(seen: SeenTenant, *, erase: bool, key_name: str) -> tuple[Action, ...]:
    """What is left to do before a deleted resource may go; the tenant stays unless it is to be erased.

    The key that the operator issued to reach the tenant is revoked in any case, because its Secret goes.
    """
    tenant = seen.tenant
    if tenant is None or tenant.gone:
        return (DeleteSecret(),)
    if erase:
        return (DeleteSecret(), EraseTenant())
    ours = [RevokeKey(key.key_id) for key in seen.keys or () if key.name == key_name]
    return (*ours, DeleteSecret())


def tenant_change(wanted: WantedTenant, tenant: Tenant) -> Body:
    """What to change of the tenant itself."""
    change: Body = {}
    if wanted.display_name != tenant.display_name:
        change["display_name"] = wanted.display_name
    status = "suspended" if wanted.suspended else "active"
    if status != tenant.status:
        change["status"] = status
    differing = {
        name: value
        for name, value in wanted.settings.items()
        if _without_nulls(value or {}) != _without_nulls(tenant.settings.get(name) or {})
    }
    if differing:
        change["settings"] = differing
    return change


def retired(wanted: WantedTenant, seen: SeenTenant) -> list[AdminKey]:
    """Keys of ours other than the one in the Secret: replaced ones, and those issued just before a crash."""
    current = seen.key.key_id if seen.key else None
    return [key for key in seen.keys or () if key.name == wanted.key_name and key.key_id != current]


def managed(connectors: tuple[Connector, ...]) -> Connector | None:
    """The connector that the operator manages."""
    return next((each for each in connectors if each.name == CONNECTOR_NAME), None)


def _keys(wanted: WantedTenant, seen: SeenTenant, *, now: datetime, grace: timedelta) -> Iterator[Action]:
    if seen.key is None or not seen.key.works or seen.key.rotation != wanted.rotation:
        yield IssueKey(wanted.key_name, wanted.rotation)
        return
    if not seen.key.complete:
        yield RestoreSecret()
    since = next((k.created_at for k in seen.keys or () if k.key_id == seen.key.key_id), now)
    for key in retired(wanted, seen):
        # A younger key was issued by a process that crashed before it could write it to the Secret.
        if key.created_at > since or since + grace <= now:
            yield RevokeKey(key.key_id)


def _providers(wanted: WantedTenant, seen: SeenTenant) -> Iterator[Action]:
    if seen.providers is None:
        return
    if wanted.identity is None:
        ours = [p for p in seen.providers if p.issuer == seen.registered_issuer]
        yield from (RemoveProvider(p.identity_provider_id) for p in ours)
        return
    right = [p for p in seen.providers if _holds(p.model_dump(), wanted.identity)]
    yield from (RemoveProvider(p.identity_provider_id) for p in seen.providers if p not in right)
    if not right:
        yield AddProvider(wanted.identity)


def _connector(wanted: WantedTenant, seen: SeenTenant) -> Iterator[Action]:
    if seen.connectors is None or not wanted.connector_known:
        return
    there = managed(seen.connectors)
    if wanted.connector is None:
        if there is not None:
            yield RemoveConnector(there.connection_id)
    elif there is None:
        yield AddConnector(wanted.connector)
    elif there.kind != wanted.connector.kind:
        yield RemoveConnector(there.connection_id)
    else:
        yield from _connector_change(wanted.connector, there, seen.secret_version)


def _connector_change(wanted: WantedConnector, there: Connector, secret_version: str) -> Iterator[Action]:
    change = {name: value for name, value in wanted.body.items() if not _holds(getattr(there, name), value)}
    new_secret = wanted if secret_version != wanted.secret_version else None
    if change or new_secret:
        yield PatchConnector(there.connection_id, change, new_secret, there.version)


def _holds(there: Any, wanted: Any) -> bool:
    """Whether a value is as wanted; settings that only a newer platform knows are left alone."""
    if isinstance(wanted, dict):
        return all(there.get(name) == value for name, value in wanted.items())
    return bool(there == wanted)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value
