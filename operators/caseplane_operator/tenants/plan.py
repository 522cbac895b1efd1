"""What to do about a tenant: a pure function of what is wanted and what is seen.

It knows no history: whatever happened in between, and wherever an earlier life of the operator ended, the same two pictures
give the same actions. What cannot be seen yet (the keys of a tenant that is not made) is left to the next look.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from caseplane_operator.platform_types import AdminKey, Connector, Provider, Tenant

CONNECTOR_NAME = "Kubernetes"
"""By this name a tenant's connector is ours; others are its admins' own."""
Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class WantedConnector:
    """A desk, with what it signs with."""

    kind: str
    url: str
    enabled: bool
    settings: Body
    secret: str = field(repr=False)
    secret_version: str


@dataclass(frozen=True, kw_only=True)
class WantedTenant:
    """A spec in the platform's words.

    Attributes:
        key_name: by this name an admin key is ours.
        rotation: the value by which a new key is asked for.
        identity: the body of the provider; None leaves providers alone, but for one that we registered.
        connector: None means that there shall be none of ours.
        connector_known: the connector's Secret was read; if not, an existing connector stays as it is.
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
    """The key in the Secret."""

    key_id: str
    rotation: str
    works: bool
    complete: bool = True
    """The rest of the Secret is as it should be."""


@dataclass(frozen=True, kw_only=True)
class SeenTenant:
    """What there is. None of a list means that it was not looked at."""

    tenant: Tenant | None = None
    key: SeenKey | None = None
    keys: tuple[AdminKey, ...] | None = None
    providers: tuple[Provider, ...] | None = None
    registered_issuer: str = ""
    connectors: tuple[Connector, ...] | None = None
    secret_version: str = ""


class Action:
    """One change, of the platform or of a Secret; making it twice does no harm."""


@dataclass(frozen=True)
class EnsureTenant(Action):
    """Make the tenant, or find the one that has the slug."""

    slug: str
    body: Body


@dataclass(frozen=True)
class PatchTenant(Action):
    """Change what the platform itself keeps of the tenant."""

    change: Body
    version: int


@dataclass(frozen=True)
class IssueKey(Action):
    """Have a key made and write it to the Secret."""

    name: str
    rotation: str


@dataclass(frozen=True)
class RestoreSecret(Action):
    """Write the Secret anew around the key that it has."""


@dataclass(frozen=True)
class RevokeKey(Action):
    """Refuse a key from now on."""

    key_id: str


@dataclass(frozen=True)
class RemoveProvider(Action):
    """Accept an issuer no longer."""

    provider_id: str


@dataclass(frozen=True)
class AddProvider(Action):
    """Accept an issuer."""

    body: Body


@dataclass(frozen=True)
class AddConnector(Action):
    """Mirror tickets to a desk."""

    connector: WantedConnector


@dataclass(frozen=True)
class PatchConnector(Action):
    """`connector` where its secret is to be handed over again."""

    connection_id: str
    change: Body
    connector: WantedConnector | None
    version: int


@dataclass(frozen=True)
class RemoveConnector(Action):
    """Mirror tickets no longer."""

    connection_id: str


@dataclass(frozen=True)
class EraseTenant(Action):
    """Have everything of the tenant erased."""


@dataclass(frozen=True)
class DeleteSecret(Action):
    """Delete the Secret with the key."""


def plan(wanted: WantedTenant, seen: SeenTenant, *, now: datetime, grace: timedelta) -> tuple[Action, ...]:
    """What brings the platform nearer to what is wanted; nothing, once it is there."""
    tenant = seen.tenant
    if tenant is None:
        body = {"display_name": wanted.display_name, "settings": _without_nulls(wanted.settings)}
        return (EnsureTenant(wanted.slug, body),)
    if tenant.gone:
        return ()  # its name is free again when the platform has done
    change = tenant_change(wanted, tenant)
    if change:
        return (PatchTenant(change, tenant.version),)
    return (*_keys(wanted, seen, now=now, grace=grace), *_providers(wanted, seen), *_connector(wanted, seen))


def plan_end(seen: SeenTenant, *, erase: bool, key_name: str) -> tuple[Action, ...]:
    """What is left to do before a deleted resource may go; the tenant stays unless it shall be erased.

    What the operator made to reach the tenant, its key, goes in any case: nobody would hold it any more.
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
    """Keys of ours that are not the one in the Secret: replaced, or made just before the operator died."""
    current = seen.key.key_id if seen.key else None
    return [key for key in seen.keys or () if key.name == wanted.key_name and key.key_id != current]


def _keys(wanted: WantedTenant, seen: SeenTenant, *, now: datetime, grace: timedelta) -> Iterator[Action]:
    if seen.key is None or not seen.key.works or seen.key.rotation != wanted.rotation:
        yield IssueKey(wanted.key_name, wanted.rotation)
        return
    if not seen.key.complete:
        yield RestoreSecret()
    since = next((k.created_at for k in seen.keys or () if k.key_id == seen.key.key_id), now)
    for key in retired(wanted, seen):
        # A younger one was made by an operator that died before it wrote it anywhere: nobody holds it.
        if key.created_at > since or since + grace <= now:
            yield RevokeKey(key.key_id)


def _providers(wanted: WantedTenant, seen: SeenTenant) -> Iterator[Action]:
    if seen.providers is None:
        return
    if wanted.identity is None:
        ours = [p for p in seen.providers if p.issuer == seen.registered_issuer]
        yield from (RemoveProvider(p.identity_provider_id) for p in ours)
        return
    right = [p for p in seen.providers if _same_provider(p, wanted.identity)]
    yield from (RemoveProvider(p.identity_provider_id) for p in seen.providers if p not in right)
    if not right:
        yield AddProvider(wanted.identity)


def _connector(wanted: WantedTenant, seen: SeenTenant) -> Iterator[Action]:
    if seen.connectors is None or not wanted.connector_known:
        return
    there = next((c for c in seen.connectors if c.name == CONNECTOR_NAME), None)
    if wanted.connector is None:
        if there is not None:
            yield RemoveConnector(there.connection_id)
        return
    body = connector_body(wanted.connector)
    if there is None:
        yield AddConnector(wanted.connector)
    elif there.kind != wanted.connector.kind:
        yield RemoveConnector(there.connection_id)
    else:
        change = {name: value for name, value in body.items() if not _holds(getattr(there, name), value)}
        new_secret = seen.secret_version != wanted.connector.secret_version
        if change or new_secret:
            handed = wanted.connector if new_secret else None
            yield PatchConnector(there.connection_id, change, handed, there.version)


def connector_body(connector: WantedConnector) -> Body:
    """A connector without what names it and what is secret."""
    return {"url": connector.url, "enabled": connector.enabled, "settings": connector.settings}


def _holds(there: Any, wanted: Any) -> bool:
    """Whether something is as wanted; settings that a newer platform adds are its own business."""
    if isinstance(wanted, dict):
        return all(there.get(name) == value for name, value in wanted.items())
    return bool(there == wanted)


def _same_provider(there: Provider, wanted: Body) -> bool:
    return all(getattr(there, name) == value for name, value in wanted.items())


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value
