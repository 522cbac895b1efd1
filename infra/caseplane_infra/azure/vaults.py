"""A Key Vault as the platform keeps them: rights by role alone, nothing in it gone before its days are over."""

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
) -> keyvault.Vault:
    """A vault `kv-<prefix>-<role>`, closed to every network that is not named.

    Args:
        part: whose child the vault is.
        name: its name in the program.
        group: the place.
        role: what it keeps, "keys" or "secrets"; its first letter is in the vault's own, global name.
        days: for which deleted content, and the deleted vault, can be brought back.
        public: whether it has an address on the Internet at all, for `rings` to reach it by.
        rings: ids of the subnets that may.
        protect: refuse deletion.
    """
    return keyvault.Vault(
        f"{name}-vault",
        vault_name=group.unique_in_era(f"kv{role[0]}", 24),
        resource_group_name=group.name,
        location=group.location,
        properties=keyvault.VaultPropertiesArgs(
            sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD),
            tenant_id=group.tenant,
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            enable_purge_protection=True,  # every service that takes an own key insists on it
            soft_delete_retention_in_days=days,
            public_network_access="Enabled" if public else "Disabled",
            network_acls=keyvault.NetworkRuleSetArgs(
                # Storage, disks and databases, which unwrap the key, and Resource Manager, which writes the values.
                bypass="AzureServices",
                default_action="Deny",
                virtual_network_rules=[keyvault.VirtualNetworkRuleArgs(id=each) for each in rings],
            ),
        ),
        tags=part.labels.tags(f"kv-{group.prefix}-{role}"),
        opts=part.child(protect=protect),
    )


def uri(made: keyvault.Vault) -> pulumi.Output[str]:
    """Where a vault answers."""
    return made.properties.apply(lambda properties: properties.vault_uri or "")
