"""Secrets in Key Vault: access by role, none from outside the network, each value generated once."""

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import keyvault

from caseplane_infra import contract
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.azure.vaults import uri, vault
from caseplane_infra.contract import SecretsNeeds
from caseplane_infra.naming import Labels
from caseplane_infra.passwords import platform_values


class AzureSecrets(contract.Secrets):
    """See the contract; other parts store their passwords with `put`.

    Key Vault encrypts secrets with keys of its own hardware; customers cannot provide another key.
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
        more: Sequence[str],
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.network = group, network
        # With private endpoints, no subnet needs a network rule.
        rings = [] if group.private else [each.subnet.id for each in network.rings]
        self.vault = vault(
            self,
            name,
            group,
            "secrets",
            days=needs.recovery_days,
            public=not group.private,
            rings=rings,
            protect=protect,
        )
        network.endpoint(self, "kv", self.vault.id, group_id="vault", zones=["vault"])
        self.all: dict[str, keyvault.Secret] = {}
        """Logical name to the secret, for grants."""
        self.references = {
            each: self.put(each, value, owner=self, protect=protect)
            for each, value in platform_values(self, name, protect=protect, more=more).items()
        }
        self.store = uri(self.vault)
        self.done()

    def put(
        self, role: str, value: pulumi.Input[str], *, owner: contract.Part, protect: bool
    ) -> pulumi.Output[str]:
        """Store a first value; a later change outside the program is not overwritten.

        The secret is deleted with its vault, since deleting it alone would need rights on the vault's content.

        Args:
            role: the secret's name.
            value: its first version.
            owner: the parent part, which gives it its labels.
            protect: refuse deletion.

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
            opts=owner.child(protect=protect, ignore_changes=["properties.value"], retain_on_delete=True),
        )
        self.all[role] = secret
        return secret.name
