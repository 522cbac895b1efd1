"""The platform's Key Vaults: access by role only, with soft delete and purge protection."""

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import keyvault

from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.contract import Part


def vault(
    part: Part,
    name: str,
    group: AzureGroup,
    role: str,
    *,
    days: int,
    public: bool,
    rings: Sequence[pulumi.Input[str]],
    protect: bool,
    region: str = "",
) -> keyvault.Vault:
    """A vault labelled `kv-<prefix>-<role>`, closed to every subnet that is not named.

    Args:
        part: the parent.
        name: prefix of its logical name.
        group: the resource group.
        role: its content, "keys", "models" or "secrets"; the first letter is in the vault's physical, global name.
        days: how long deleted content, and the deleted vault, can be restored.
        public: whether it has a public address, which `rings` need to reach it.
        rings: ids of the subnets that may reach it.
        protect: refuse deletion.
        region: where it is; empty: the resource group's region.
    """
    return keyvault.Vault(
        f"{name}-vault",
        vault_name=group.unique_with_suffix(f"kv{role[0]}", 24),
        resource_group_name=group.name,
        location=region or group.location,
        properties=keyvault.VaultPropertiesArgs(
            sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD),
            tenant_id=group.tenant,
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            enable_purge_protection=True,  # required by every service that uses a customer's key
            soft_delete_retention_in_days=days,
            public_network_access="Enabled" if public else "Disabled",
            network_acls=keyvault.NetworkRuleSetArgs(
                # Storage, disks and databases use the key; Resource Manager writes the values.
                bypass="AzureServices",
                default_action="Deny",
                virtual_network_rules=[keyvault.VirtualNetworkRuleArgs(id=each) for each in rings],
            ),
        ),
        tags=part.labels.tags(f"kv-{group.prefix}-{role}"),
        opts=part.child(protect=protect),
    )


def uri(made: keyvault.Vault) -> pulumi.Output[str]:
    return made.properties.apply(lambda properties: properties.vault_uri or "")
