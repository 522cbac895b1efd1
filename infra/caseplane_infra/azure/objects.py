"""Blob containers for documents, attachments and audit records: private, versioned, under the stack's key."""

import pulumi
from pulumi_azure_native import authorization, storage

from caseplane_infra import contract
from caseplane_infra.azure.keys import AzureKeys
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.contract import OBJECT_STORES, ObjectStoreNeeds
from caseplane_infra.naming import Labels

SOFT_DAYS = 7


class AzureObjectStore(contract.ObjectStore):
    """See the contract. Only identities have access: account keys are disabled.

    The audit container's retention can be extended, and shortened until a person locks it permanently; Azure lets only
    people do that (docs/deploy-azure.md).
    """

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: ObjectStoreNeeds,
        *,
        group: AzureGroup,
        network: AzureNetwork,
        keys: AzureKeys,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.network, self.keys, self.needs = group, network, keys, needs
        self.account = self._account(name)
        service = self._service(name)
        self.blobs = service.id
        self.containers = {kind: self._container(name, kind, service) for kind in OBJECT_STORES}
        kept = self._retention(name)
        lifecycle = self._lifecycle(name, service)
        network.endpoint(self, "blob", self.account.id, group_id="blob", zones=["blob"])
        if needs.protect:
            self._lock(name, kept, lifecycle)
        self.urls = {kind: pulumi.Output.concat("az://", each.name) for kind, each in self.containers.items()}
        self.options = {"AZURE_STORAGE_ACCOUNT_NAME": self.account.name}
        self.done()

    def _account(self, name: str) -> storage.StorageAccount:
        physical = self.group.unique("st", 24)
        redundancy = "Standard_ZRS" if self.needs.redundancy == "region" else "Standard_LRS"
        return storage.StorageAccount(
            f"{name}-account",
            account_name=physical,
            resource_group_name=self.group.name,
            location=self.group.location,
            kind="StorageV2",
            sku=storage.SkuArgs(name=redundancy),
            access_tier=storage.AccessTier.HOT,
            minimum_tls_version="TLS1_2",
            enable_https_traffic_only=True,
            allow_blob_public_access=False,
            allow_shared_key_access=False,
            allow_cross_tenant_replication=False,
            default_to_o_auth_authentication=True,
            public_network_access="Disabled" if self.group.private else "Enabled",
            network_rule_set=self._network_rules(),
            identity=storage.IdentityArgs(
                type="UserAssigned", user_assigned_identities=[self.keys.identity.id]
            ),
            encryption=self._encryption(),
            tags=self.labels.tags(physical),
            opts=self.child(self.keys.granted, protect=self.needs.protect),
        )

    def _network_rules(self) -> storage.NetworkRuleSetArgs:
        rings = [] if self.group.private else self.network.rings
        return storage.NetworkRuleSetArgs(
            bypass="AzureServices",  # Event Grid and flow logs
            default_action=storage.DefaultAction.DENY,
            virtual_network_rules=[
                storage.VirtualNetworkRuleArgs(
                    virtual_network_resource_id=each.subnet.id, action=storage.Action.ALLOW
                )
                for each in rings
            ],
        )

    def _encryption(self) -> storage.EncryptionArgs:
        return storage.EncryptionArgs(
            key_source="Microsoft.Keyvault",
            require_infrastructure_encryption=True,
            key_vault_properties=storage.KeyVaultPropertiesArgs(
                key_name=self.keys.name, key_vault_uri=self.keys.vault_uri
            ),
            encryption_identity=storage.EncryptionIdentityArgs(
                encryption_user_assigned_identity=self.keys.identity.id
            ),
            services=storage.EncryptionServicesArgs(
                blob=storage.EncryptionServiceArgs(enabled=True, key_type="Account")
            ),
        )

    def _service(self, name: str) -> storage.BlobServiceProperties:
        return storage.BlobServiceProperties(
            f"{name}-blobs",
            blob_services_name="default",
            account_name=self.account.name,
            resource_group_name=self.group.name,
            is_versioning_enabled=True,
            delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=SOFT_DAYS),
            container_delete_retention_policy=storage.DeleteRetentionPolicyArgs(enabled=True, days=SOFT_DAYS),
            opts=self.child(),
        )

    def _container(
        self, name: str, kind: str, service: storage.BlobServiceProperties
    ) -> storage.BlobContainer:
        return storage.BlobContainer(
            f"{name}-{kind}",
            container_name=kind,
            account_name=self.account.name,
            resource_group_name=self.group.name,
            public_access=storage.PublicAccess.NONE,
            opts=self.child(service, protect=self.needs.protect),
        )

    def _retention(self, name: str) -> storage.BlobContainerImmutabilityPolicy:
        return storage.BlobContainerImmutabilityPolicy(
            f"{name}-audit-retention",
            immutability_policy_name="default",
            container_name=self.containers["audit"].name,
            account_name=self.account.name,
            resource_group_name=self.group.name,
            immutability_period_since_creation_in_days=self.needs.audit_days,
            allow_protected_append_writes=False,
            opts=self.child(),
        )

    def _lifecycle(self, name: str, service: storage.BlobServiceProperties) -> storage.ManagementPolicy:
        cool = storage.ManagementPolicyActionArgs(
            base_blob=storage.ManagementPolicyBaseBlobArgs(
                tier_to_cool=storage.DateAfterModificationArgs(
                    days_after_modification_greater_than=self.needs.cool_after_days
                )
            )
        )
        gone = storage.ManagementPolicyActionArgs(
            version=storage.ManagementPolicyVersionArgs(
                delete=storage.DateAfterCreationArgs(
                    days_after_creation_greater_than=self.needs.noncurrent_days
                )
            )
        )
        rules = [
            _rule("cool", ["attachments/", "audit/"], cool),
            _rule("old-versions", ["docs/", "attachments/"], gone),
        ]
        return storage.ManagementPolicy(
            f"{name}-lifecycle",
            management_policy_name="default",
            account_name=self.account.name,
            resource_group_name=self.group.name,
            policy=storage.ManagementPolicySchemaArgs(rules=rules),
            opts=self.child(service),
        )

    def _lock(self, name: str, *last: pulumi.Resource) -> None:
        authorization.ManagementLockByScope(
            f"{name}-lock",
            lock_name=f"lock-{self.group.prefix}-st",
            scope=self.account.id,
            level="CanNotDelete",
            notes="Holds data. To delete it: objects.protect false, pulumi up, then pulumi destroy.",
            opts=self.child(*last, *self.containers.values()),
        )


def _rule(
    name: str, prefixes: list[str], actions: storage.ManagementPolicyActionArgs
) -> storage.ManagementPolicyRuleArgs:
    return storage.ManagementPolicyRuleArgs(
        name=name,
        type="Lifecycle",
        enabled=True,
        definition=storage.ManagementPolicyDefinitionArgs(
            actions=actions,
            filters=storage.ManagementPolicyFilterArgs(blob_types=["blockBlob"], prefix_match=prefixes),
        ),
    )
