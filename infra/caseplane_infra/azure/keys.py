"""The keys for everything at rest, the identity that services use them with, and the encryption set for disks."""

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, compute, keyvault

from caseplane_infra import contract
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.azure.roles import grant, identity
from caseplane_infra.azure.vaults import uri, vault
from caseplane_infra.contract import KeysNeeds
from caseplane_infra.naming import Labels


@dataclass(frozen=True, kw_only=True)
class ModelsKey:
    """The key of the AI Services account."""

    key: keyvault.Key
    vault: keyvault.Vault
    ready: authorization.RoleAssignment
    """Lets the keys' identity use it."""


class AzureKeys(contract.Keys):
    """See the contract; services use the keys with `identity`, and `disks` encrypts the nodes' disks.

    No network can reach the vault: the services that use its key are trusted by Microsoft and need no network rule.
    The vault is not the secrets' vault, because the two have different recovery times. Services switch to the key's
    newest version on their own. When the stack is deleted the key stays in its vault, since removing it would need
    rights on the vault's content.

    Models have a key of their own, because AI Services takes RSA keys of 2,048 bits only, in a vault of its own region
    only ("Customer-managed keys for encryption", Foundry Tools). A key's size cannot change.
    """

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: KeysNeeds,
        *,
        group: AzureGroup,
        models_in: str,
        protect: bool,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Declare the keys.

        Args:
            name: prefix of all logical names.
            needs: the stack's settings for keys.
            group: the resource group.
            models_in: region of the models; empty if there are none.
            protect: refuse deletion of vaults and keys.
            labels: of the stack.
            opts: of the component.
        """
        super().__init__(name, labels, opts)
        self.group, self.protect = group, protect
        days = needs.deletion_window_days
        self.vault = vault(self, name, group, "keys", days=days, public=False, rings=[], protect=protect)
        self.key = self._key(f"{name}-key", f"key-{group.prefix}", needs, self.vault, bits=3_072)
        self.identity = identity(self, f"{name}-identity", group, "keys")
        self.granted = self._grant(f"{name}-unwraps", self.vault)
        self.disks = self._disks(name)
        self.id, self.name, self.vault_uri = self.key.key_uri, self.key.name, uri(self.vault)
        self.models = self._models(name, needs, models_in) if models_in else None
        self.done()

    def _models(self, name: str, needs: KeysNeeds, region: str) -> "ModelsKey":
        home, ready = self.vault, self.granted
        if region != self.group.location:
            home = vault(
                self,
                f"{name}-models",
                self.group,
                "models",
                days=needs.deletion_window_days,
                public=False,
                rings=[],
                protect=self.protect,
                region=region,
            )
            ready = self._grant(f"{name}-models-unwraps", home)
        key = self._key(f"{name}-models-key", f"key-{self.group.prefix}-models", needs, home, bits=2_048)
        return ModelsKey(key=key, vault=home, ready=ready)

    def _grant(self, name: str, scope: keyvault.Vault) -> authorization.RoleAssignment:
        return grant(
            self,
            name,
            self.group,
            role="Key Vault Crypto Service Encryption User",
            scope=scope.id,
            to=self.identity.principal_id,
        )

    def _key(
        self, name: str, physical: str, needs: KeysNeeds, home: keyvault.Vault, *, bits: int
    ) -> keyvault.Key:
        rotate = keyvault.LifetimeActionArgs(
            action=keyvault.ActionArgs(type=keyvault.KeyRotationPolicyActionType.ROTATE),
            trigger=keyvault.TriggerArgs(time_after_create=f"P{needs.rotation_days}D"),
        )
        return keyvault.Key(
            name,
            key_name=physical,
            vault_name=home.name,
            resource_group_name=self.group.name,
            properties=keyvault.KeyPropertiesArgs(
                kty="RSA",
                key_size=bits,
                key_ops=["wrapKey", "unwrapKey"],
                rotation_policy=keyvault.RotationPolicyArgs(lifetime_actions=[rotate]),
            ),
            tags=self.labels.tags(physical),
            opts=self.child(protect=self.protect, retain_on_delete=True),
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
