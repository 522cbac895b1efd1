"""Makes the changes that a plan asks for."""

from contextlib import suppress

from caseplane_operator import metrics
from caseplane_operator.conditions import Reason
from caseplane_operator.kubernetes import KubernetesError
from caseplane_operator.platform import PlatformError
from caseplane_operator.tenants import plan
from caseplane_operator.tenants.look import TenantLook

MEANING: dict[type[plan.Action], Reason] = {
    plan.AddConnector: Reason.ConnectorRefused,
    plan.PatchConnector: Reason.ConnectorRefused,
}
"""What a refusal means, where it is something of its own."""
TOLD: dict[type[plan.Action], tuple[str, str]] = {
    plan.EnsureTenant: ("TenantEnsured", "The platform has the tenant."),
    plan.PatchTenant: ("TenantChanged", "The platform's tenant was brought to what the spec says."),
    plan.IssueKey: ("KeyIssued", "A new admin key is in the Secret."),
    plan.RevokeKey: ("KeyRevoked", "An admin key that the Secret no longer holds was revoked."),
    plan.AddProvider: ("IdentityProviderAdded", "Tokens of the issuer are accepted."),
    plan.RemoveProvider: ("IdentityProviderRemoved", "Tokens of an issuer are no longer accepted."),
    plan.AddConnector: ("ConnectorAdded", "Tickets are mirrored to the desk."),
    plan.PatchConnector: ("ConnectorChanged", "The connector was brought to what the spec says."),
    plan.RemoveConnector: ("ConnectorRemoved", "Tickets are no longer mirrored."),
    plan.EraseTenant: ("ErasureAsked", "The platform erases the tenant."),
}
"""The event that tells of an action."""


async def act(look: TenantLook, action: plan.Action) -> None:
    """Make one change.

    Raises:
        PlatformError, KubernetesError
    """
    admin = look.o.platform
    match action:
        case plan.EnsureTenant(slug, body):
            look.tenant = await admin.ensure_tenant(slug, body)
        case plan.PatchTenant(change, version):
            look.tenant = await admin.patch_tenant(_id(look), change, version=version)
        case plan.IssueKey(name, rotation):
            await _issue_key(look, name, rotation)
        case plan.RestoreSecret():
            await _restore_secret(look)
        case plan.RevokeKey(key_id):
            await admin.revoke_key(_id(look), key_id)
        case plan.RemoveProvider(provider_id):
            await look.session.remove_provider(provider_id)
        case plan.AddProvider(body):
            await look.session.add_provider(body)
        case plan.AddConnector() | plan.PatchConnector() | plan.RemoveConnector():
            await _connector(look, action)
        case plan.EraseTenant():
            await admin.erase_tenant(_id(look))
        case plan.DeleteSecret():
            await look.secrets.delete(look.place)
    metrics.ACTIONS.labels(type(action).__name__).inc()


def _id(look: TenantLook) -> str:
    assert look.tenant is not None, "the plan makes the tenant before it asks for more"
    return look.tenant.tenant_id


async def _issue_key(look: TenantLook, name: str, rotation: str) -> None:
    tenant_id = _id(look)
    issued = await look.o.platform.issue_key(tenant_id, name)
    look.memory.keys_due = True  # the one before is still accepted
    try:
        await look.secrets.write(
            look.place,
            look.stored,
            key=issued.key,
            key_id=issued.key_id,
            rotation=rotation,
            tenant_id=tenant_id,
            url=look.o.settings.endpoint,
        )
    except KubernetesError:
        with suppress(
            PlatformError
        ):  # if it fails: found and revoked at the next look, since nobody holds it
            await look.o.platform.revoke_key(tenant_id, issued.key_id)
        raise


async def _restore_secret(look: TenantLook) -> None:
    stored = look.stored
    assert stored is not None, "only a Secret that is there can be incomplete"
    await look.secrets.write(
        look.place,
        stored,
        key=stored.key,
        key_id=stored.key_id,
        rotation=stored.rotation,
        tenant_id=_id(look),
        url=look.o.settings.endpoint,
    )


async def _connector(look: TenantLook, action: plan.Action) -> None:
    match action:
        case plan.AddConnector(connector):
            body = plan.connector_body(connector) | {"kind": connector.kind, "name": plan.CONNECTOR_NAME}
            await look.session.add_connector(body | {"secret": connector.secret})
            _handed_over(look, connector)
        case plan.PatchConnector(connection_id, change, None, version):
            await look.session.patch_connector(connection_id, change, version=version)
        case plan.PatchConnector(connection_id, change, connector, version):
            assert connector is not None, "the case above took the rest"
            change = change | {"secret": connector.secret}
            await look.session.patch_connector(connection_id, change, version=version)
            _handed_over(look, connector)
        case plan.RemoveConnector(connection_id):
            await look.session.remove_connector(connection_id)
            look.status.pop("connector", None)


def _handed_over(look: TenantLook, connector: plan.WantedConnector) -> None:
    """Remember the secret's version: the platform never shows which secret it has."""
    known = look.status.get("connector") or {}
    look.status["connector"] = {**known, "secretVersion": connector.secret_version}
