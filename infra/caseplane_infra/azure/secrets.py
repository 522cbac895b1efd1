"""Secrets in Key Vault: rights by role, no way in from outside, each value made once."""

import pulumi
from pulumi_azure_native import keyvault

from caseplane_infra import contract
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.contract import SecretsNeeds
from caseplane_infra.naming import Labels
from caseplane_infra.passwords import platform_values


class AzureSecrets(contract.Secrets):
    """See the contract; other parts put their passwords here with `keep`.

    Key Vault encrypts secrets under keys of its own hardware; no customer can give it another.
    """

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: SecretsNeeds,
        *,
        group: AzureGroup,
        network: AzureNetwork,
        protect: bool,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.network = group, network
        self.vault = self._vault(name, needs, protect=protect)
        network.endpoint(self, "kv", self.vault.id, group_id="vault", zones=["vault"])
        self.all: dict[str, keyvault.Secret] = {}
        """Logical name to the secret, for grants."""
        self.references = {
            each: self.keep(each, value, owner=self, protect=protect)
            for each, value in platform_values(self, name, protect=protect).items()
        }
        self.store = self.vault.properties.apply(_uri)
        self.done()

    def _vault(self, name: str, needs: SecretsNeeds, *, protect: bool) -> keyvault.Vault:
        return keyvault.Vault(
            f"{name}-vault",
            vault_name=self.group.unique_in_era("kvs", 24),
            resource_group_name=self.group.name,
            location=self.group.location,
            properties=keyvault.VaultPropertiesArgs(
                sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD),
                tenant_id=self.group.tenant,
                enable_rbac_authorization=True,
                enable_soft_delete=True,
                enable_purge_protection=True,
                soft_delete_retention_in_days=needs.recovery_days,
                public_network_access="Disabled" if self.group.private else "Enabled",
                network_acls=self._way_in(),
            ),
            tags=self.labels.tags(f"kv-{self.group.prefix}-secrets"),
            opts=self.child(protect=protect),
        )

    def _way_in(self) -> keyvault.NetworkRuleSetArgs:
        rings = [] if self.group.private else self.network.rings
        return keyvault.NetworkRuleSetArgs(
            bypass="AzureServices",  # Resource Manager, which writes the values
            default_action="Deny",
            virtual_network_rules=[keyvault.VirtualNetworkRuleArgs(id=each.subnet.id) for each in rings],
        )

    def keep(
        self, role: str, value: pulumi.Input[str], *, owner: contract.Part, protect: bool
    ) -> pulumi.Output[str]:
        """Store a value; whoever changes it later is not overwritten.

        It is left to go with its vault: deleting it alone would need rights on the vault's content.

        Args:
            role: what the secret is, and its name.
            value: its first version.
            owner: the part whose child it becomes, and whose labels it carries.
            protect: refuse deletion, as of the data that it opens.

        Returns:
            Its name in the vault.
        """
        secret = keyvault.Secret(
            f"{owner._name}-{role}",
            secret_name=role,
            vault_name=self.vault.name,
            resource_group_name=self.group.name,
            properties=keyvault.SecretPropertiesArgs(value=value, content_type="text/plain"),
            tags=owner.labels.tags(role),
            opts=pulumi.ResourceOptions(
                parent=owner,
                protect=protect,
                ignore_changes=["properties.value"],
                retain_on_delete=True,
            ),
        )
        self.all[role] = secret
        return secret.name


def _uri(properties: keyvault.outputs.VaultPropertiesResponse) -> str:
    return properties.vault_uri or ""
