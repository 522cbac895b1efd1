"""The key for everything at rest, the identity that services use it with, and the encryption set for disks."""

import pulumi
from pulumi_azure_native import compute, keyvault

from caseplane_infra import contract
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.azure.roles import grant, identity
from caseplane_infra.azure.vaults import uri, vault
from caseplane_infra.contract import KeysNeeds
from caseplane_infra.naming import Labels


class AzureKeys(contract.Keys):
    """See the contract; services use the key with `identity`, and `disks` encrypts the nodes' disks.

    No network can reach the vault: the services that use its key are trusted by Microsoft and need no network rule.
    The vault is not the secrets' vault, because the two have different recovery times. Services switch to the key's
    newest version on their own. When the stack is deleted the key stays in its vault, since removing it would need
    rights on the vault's content.
    """

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: KeysNeeds,
        *,
        group: AzureGroup,
        protect: bool,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group = group
        days = needs.deletion_window_days
        self.vault = vault(self, name, group, "keys", days=days, public=False, rings=[], protect=protect)
        self.key = self._key(name, needs, protect=protect)
        self.identity = identity(self, f"{name}-identity", group, "keys")
        self.granted = grant(
            self,
            f"{name}-unwraps",
            group,
            role="Key Vault Crypto Service Encryption User",
            scope=self.vault.id,
            to=self.identity.principal_id,
        )
        self.disks = self._disks(name)
        self.name, self.vault_uri = self.key.name, uri(self.vault)
        self.id, self.versioned = self.key.key_uri, self.key.key_uri_with_version
        self.done()

    def _key(self, name: str, needs: KeysNeeds, *, protect: bool) -> keyvault.Key:
        rotate = keyvault.LifetimeActionArgs(
            action=keyvault.ActionArgs(type=keyvault.KeyRotationPolicyActionType.ROTATE),
            trigger=keyvault.TriggerArgs(time_after_create=f"P{needs.rotation_days}D"),
        )
        return keyvault.Key(
            f"{name}-key",
            key_name=f"key-{self.group.prefix}",
            vault_name=self.vault.name,
            resource_group_name=self.group.name,
            properties=keyvault.KeyPropertiesArgs(
                kty="RSA",
                key_size=3072,
                key_ops=["wrapKey", "unwrapKey"],
                rotation_policy=keyvault.RotationPolicyArgs(lifetime_actions=[rotate]),
            ),
            tags=self.labels.tags(f"key-{self.group.prefix}"),
            opts=self.child(protect=protect, retain_on_delete=True),
        )

    def _disks(self, name: str) -> compute.DiskEncryptionSet:
        return compute.DiskEncryptionSet(
            f"{name}-disks",
            disk_encryption_set_name=f"des-{self.group.prefix}",
            resource_group_name=self.group.name,
            location=self.group.location,
            encryption_type="EncryptionAtRestWithCustomerKey",
            rotation_to_latest_key_version_enabled=True,
            active_key=compute.KeyForDiskEncryptionSetArgs(
                key_url=self.key.key_uri_with_version,
                source_vault=compute.SourceVaultArgs(id=self.vault.id),
            ),
            identity=compute.EncryptionSetIdentityArgs(
                type="UserAssigned", user_assigned_identities=[self.identity.id]
            ),
            tags=self.labels.tags(f"des-{self.group.prefix}"),
            opts=self.child(self.granted, ignore_changes=["activeKey"]),
        )
