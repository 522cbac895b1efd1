"""The jobs queue on Service Bus, with its built-in dead letters, and the docs container's events by Event Grid."""

import pulumi
from pulumi_azure_native import eventgrid, managedidentity, servicebus

from caseplane_infra import contract
from caseplane_infra.azure.keys import AzureKeys
from caseplane_infra.azure.network import AzureNetwork
from caseplane_infra.azure.objects import AzureObjectStore
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.azure.roles import grant, identity
from caseplane_infra.contract import QueueNeeds
from caseplane_infra.naming import Labels

QUEUE = "jobs"
EVENTS = ("Microsoft.Storage.BlobCreated", "Microsoft.Storage.BlobDeleted")
"""New or changed; deleted."""
LONGEST_LOCK = 300


class AzureQueue(contract.Queue):
    """See the contract. Azure keeps dead letters until they are read, so `dead_letter_seconds` has no effect.

    Customer keys and private endpoints need the Premium tier. Without private endpoints the tier is Standard, and
    callers need an identity.
    """

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: QueueNeeds,
        *,
        group: AzureGroup,
        network: AzureNetwork,
        keys: AzureKeys,
        objects: AzureObjectStore,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.keys, self.needs = group, keys, needs
        self.namespace = self._namespace(name)
        self.queue = self._queue(name)
        if group.private:
            self._network_rules(name)
            network.endpoint(self, "sb", self.namespace.id, group_id="namespace", zones=["queue"])
        self._announce(name, objects)
        self.url = pulumi.Output.format(
            "https://{0}.servicebus.windows.net/{1}", self.namespace.name, self.queue.name
        )
        self.dead_letter_url = pulumi.Output.concat(self.url, "/$deadletterqueue")
        self.done()

    def _namespace(self, name: str) -> servicebus.Namespace:
        physical, tier = self.group.unique("sb", 50), "PREMIUM" if self.group.private else "STANDARD"
        return servicebus.Namespace(
            f"{name}-namespace",
            namespace_name=physical,
            resource_group_name=self.group.name,
            location=self.group.location,
            sku=servicebus.SBSkuArgs(
                name=servicebus.SkuName[tier],
                tier=servicebus.SkuTier[tier],
                capacity=1 if self.group.private else None,
            ),
            premium_messaging_partitions=1 if self.group.private else None,
            disable_local_auth=True,
            minimum_tls_version="1.2",
            public_network_access="Disabled" if self.group.private else "Enabled",
            identity=self._identity(),
            encryption=self._encryption(),
            tags=self.labels.tags(physical),
            opts=self.child(self.keys.granted),
        )

    def _identity(self) -> servicebus.IdentityArgs | None:
        if not self.group.private:
            return None
        return servicebus.IdentityArgs(
            type=servicebus.ManagedServiceIdentityType.USER_ASSIGNED,
            user_assigned_identities=[self.keys.identity.id],
        )

    def _encryption(self) -> servicebus.EncryptionArgs | None:
        if not self.group.private:
            return None
        key = servicebus.KeyVaultPropertiesArgs(
            key_name=self.keys.name,
            key_vault_uri=self.keys.vault_uri,
            identity=servicebus.UserAssignedIdentityPropertiesArgs(
                user_assigned_identity=self.keys.identity.id
            ),
        )
        return servicebus.EncryptionArgs(
            key_source=servicebus.KeySource.MICROSOFT_KEY_VAULT,
            key_vault_properties=[key],
            require_infrastructure_encryption=True,
        )

    def _queue(self, name: str) -> servicebus.Queue:
        return servicebus.Queue(
            f"{name}-jobs",
            queue_name=QUEUE,
            namespace_name=self.namespace.name,
            resource_group_name=self.group.name,
            lock_duration=f"PT{min(self.needs.visibility_seconds, LONGEST_LOCK)}S",
            default_message_time_to_live=f"PT{self.needs.retention_seconds}S",
            max_delivery_count=self.needs.attempts,
            dead_lettering_on_message_expiration=True,
            opts=self.child(),
        )

    def _network_rules(self, name: str) -> None:
        """Admits private endpoints, and Event Grid as a service trusted by Microsoft."""
        servicebus.NamespaceNetworkRuleSet(
            f"{name}-way-in",
            namespace_name=self.namespace.name,
            resource_group_name=self.group.name,
            default_action="Deny",
            public_network_access="Disabled",
            trusted_service_access_enabled=True,
            opts=self.child(),
        )

    def _announce(self, name: str, objects: AzureObjectStore) -> None:
        announcer = identity(self, f"{name}-announcer", self.group, "events")
        allowed = grant(
            self,
            f"{name}-announces",
            self.group,
            role="Azure Service Bus Data Sender",
            scope=self.queue.id,
            to=announcer.principal_id,
        )
        physical = f"evgt-{self.group.prefix}"
        topic = eventgrid.SystemTopic(
            f"{name}-topic",
            system_topic_name=physical,
            resource_group_name=self.group.name,
            location=self.group.location,
            source=objects.account.id,
            topic_type="Microsoft.Storage.StorageAccounts",
            identity=eventgrid.IdentityInfoArgs(
                type="UserAssigned",
                user_assigned_identities=announcer.id.apply(
                    lambda id_: {id_: eventgrid.UserIdentityPropertiesArgs()}
                ),
            ),
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
        self._subscribe(name, topic, announcer, allowed)

    def _subscribe(
        self,
        name: str,
        topic: eventgrid.SystemTopic,
        announcer: managedidentity.UserAssignedIdentity,
        allowed: pulumi.Resource,
    ) -> None:
        eventgrid.SystemTopicEventSubscription(
            f"{name}-docs",
            event_subscription_name="docs",
            system_topic_name=topic.name,
            resource_group_name=self.group.name,
            event_delivery_schema="CloudEventSchemaV1_0",
            delivery_with_resource_identity=eventgrid.DeliveryWithResourceIdentityArgs(
                identity=eventgrid.EventSubscriptionIdentityArgs(
                    type="UserAssigned", user_assigned_identity=announcer.id
                ),
                destination=eventgrid.ServiceBusQueueEventSubscriptionDestinationArgs(
                    endpoint_type="ServiceBusQueue", resource_id=self.queue.id
                ),
            ),
            filter=eventgrid.EventSubscriptionFilterArgs(
                included_event_types=list(EVENTS),
                subject_begins_with="/blobServices/default/containers/docs/",
            ),
            retry_policy=eventgrid.RetryPolicyArgs(
                max_delivery_attempts=30, event_time_to_live_in_minutes=1_440
            ),
            opts=self.child(allowed),
        )
