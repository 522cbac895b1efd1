"""Makes the changes that a tenant's plan asks for."""

from contextlib import suppress

from caseplane_operator.actions import Action
from caseplane_operator.kubernetes import KubernetesError
from caseplane_operator.platform import PlatformError
from caseplane_operator.secrets import KeyData
from caseplane_operator.tenants import plan
from caseplane_operator.tenants.look import TenantLook


async def act(look: TenantLook, action: Action) -> None:
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
            assert look.stored is not None, "only an existing Secret can be incomplete"
            stored = look.stored
            await _write_key(look, stored.key, stored.key_id, stored.rotation)
        case plan.RevokeKey(key_id):
            await admin.revoke_key(_id(look), key_id)
        case plan.RemoveProvider(provider_id):
            await look.session.remove_provider(provider_id)
        case plan.AddProvider(body):
            await look.session.add_provider(body)
        case plan.AddConnector(connector):
            body = {"kind": connector.kind, "name": plan.CONNECTOR_NAME, **connector.body}
            await look.session.add_connector(body | connector.credentials)
            _remember_secret(look, connector)
        case plan.PatchConnector(connection_id, change, secret_of, version):
            if secret_of is not None:
                change = change | secret_of.credentials
            await look.session.patch_connector(connection_id, change, version=version)
            if secret_of is not None:
                _remember_secret(look, secret_of)
        case plan.RemoveConnector(connection_id):
            await look.session.remove_connector(connection_id)
            look.status.pop("connector", None)
        case plan.EraseTenant():
            await admin.erase_tenant(_id(look))
        case plan.DeleteSecret():
            await look.secrets.delete(look.key_secret)


def _id(look: TenantLook) -> str:
    assert look.tenant is not None, "the plan creates the tenant before it asks for more"
    return look.tenant.tenant_id


async def _issue_key(look: TenantLook, name: str, rotation: str) -> None:
    tenant_id = _id(look)
    issued = await look.o.platform.issue_key(tenant_id, name)
    look.memory.keys_due = True  # the key before is still accepted
    try:
        await _write_key(look, issued.key, issued.key_id, rotation)
    except KubernetesError:
        with suppress(PlatformError):  # the next look finds it again, as a key that the Secret does not hold
            await look.o.platform.revoke_key(tenant_id, issued.key_id)
        raise


async def _write_key(look: TenantLook, key: str, key_id: str, rotation: str) -> None:
    data = KeyData(
        key=key, key_id=key_id, rotation=rotation, tenant_id=_id(look), url=look.o.settings.endpoint
    )
    await look.secrets.write(look.key_secret, look.stored, data)


def _remember_secret(look: TenantLook, connector: plan.WantedConnector) -> None:
    """Record the Secret's version, because the platform never shows which secret it has."""
    known = look.status.get("connector") or {}
    look.status["connector"] = {**known, "secretVersion": connector.secret_version}
