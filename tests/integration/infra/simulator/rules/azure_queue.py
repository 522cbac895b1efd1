"""Service Bus and Event Grid."""

import re

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, to
from tests.integration.infra.simulator.rules.azure_book import (
    ASSIGNMENT,
    IDENTITY,
    ROLES,
    USERS,
    azure,
    named,
    placed,
    resource,
    tagged,
)
from tests.integration.infra.simulator.rules.azure_data import STORAGE
from tests.integration.infra.simulator.rules.azure_keys import own_key

NAMESPACE = resource(
    "azure-native:servicebus:Namespace",
    "Microsoft.ServiceBus/namespaces/{namespaceName}",
    nested=USERS,
    refs={"identity.userAssignedIdentities[]": to(IDENTITY)},
    immutable=("location", "premiumMessagingPartitions"),
    unique=(("namespaceName",),),
    polls=1,
    example={
        "namespaceName": "sbexample",
        "location": "eastus",
        "sku": {"name": "Premium", "tier": "Premium", "capacity": 1},
        "disableLocalAuth": True,
        "minimumTlsVersion": "1.2",
        "publicNetworkAccess": "Disabled",
    },
    further=(
        {
            "namespaceName": "sbcheap",
            "sku": {"name": "Standard", "tier": "Standard"},
            "publicNetworkAccess": "Enabled",
        },
    ),
)
named(
    NAMESPACE,
    "namespaceName",
    r"[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9]",
    "A namespace's name has 6 to 50 letters, digits and hyphens, beginning with a letter",
    "sb",
)
placed(NAMESPACE)
tagged(NAMESPACE)
QUEUE = resource(
    "azure-native:servicebus:Queue",
    "Microsoft.ServiceBus/namespaces/{namespaceName}/queues/{queueName}",
    refs={"namespaceName": to(NAMESPACE, by="name")},
    immutable=("enablePartitioning", "requiresSession", "requiresDuplicateDetection"),
    example={
        "namespaceName": Ref(NAMESPACE, "name"),
        "queueName": "jobs",
        "lockDuration": "PT60S",
        "defaultMessageTimeToLive": "PT345600S",
        "maxDeliveryCount": 5,
        "deadLetteringOnMessageExpiration": True,
    },
)
WAY_IN = resource(
    "azure-native:servicebus:NamespaceNetworkRuleSet",
    "Microsoft.ServiceBus/namespaces/{namespaceName}/networkRuleSets/default",
    refs={"namespaceName": to(NAMESPACE, by="name")},
    example={
        "namespaceName": Ref(NAMESPACE, "name"),
        "defaultAction": "Deny",
        "publicNetworkAccess": "Disabled",
        "trustedServiceAccessEnabled": True,
    },
)


@azure.rule(NAMESPACE, "InvalidSku", broken={"sku": {"name": "Premium", "tier": "Premium", "capacity": 3}})
def messaging_units(namespace: Facts) -> str | None:
    """A Premium namespace has 1, 2, 4, 8 or 16 messaging units (Service Bus: Premium messaging)."""
    tier, units = namespace.get("sku.name"), namespace.get("sku.capacity", 1)
    return f"{units}" if tier == "Premium" and units not in (1, 2, 4, 8, 16) else None


@azure.rule(NAMESPACE, "PremiumOnly", broken={"sku": {"name": "Standard", "tier": "Standard"}})
def premium_only(namespace: Facts) -> str | None:
    """Closing a namespace to the internet, and own keys, take the Premium tier (Service Bus: network security)."""
    wants = [
        what
        for what, asked in (
            ("publicNetworkAccess Disabled", namespace.get("publicNetworkAccess") == "Disabled"),
            ("encryption", namespace.inputs.get("encryption") is not None),
            ("partitions", namespace.get("premiumMessagingPartitions") is not None),
        )
        if asked
    ]
    return f"{', '.join(wants)}" if wants and namespace.get("sku.name") != "Premium" else None


@azure.rule(NAMESPACE, "TlsVersionNotSupported", broken={"minimumTlsVersion": "1.0"})
def namespace_tls(namespace: Facts) -> str | None:
    """Service Bus speaks TLS 1.2 (Service Bus: minimum TLS version)."""
    version = namespace.get("minimumTlsVersion", "1.2")
    return None if version in ("1.2", "1.3") else f"{version}"


own_key(
    NAMESPACE,
    identity="encryption.keyVaultProperties[].identity.userAssignedIdentity",
    key="encryption.keyVaultProperties[].keyVaultUri",
    broken={
        "encryption": {
            "keySource": "Microsoft.KeyVault",
            "keyVaultProperties": [
                {
                    "keyName": "key-example",
                    "keyVaultUri": "https://kvexample.vault.azure.net/",
                    "identity": {"userAssignedIdentity": Ref(IDENTITY, number=2)},
                }
            ],
        },
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [Ref(IDENTITY, number=2)]},
    },
)
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def seconds(text: str) -> int:
    """An ISO 8601 duration in seconds; -1 if it is none."""
    found = DURATION.fullmatch(text)
    if not found or text in ("P", "PT"):
        return -1
    days, hours, minutes, rest = (int(each or 0) for each in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


@azure.rule(QUEUE, "LockDurationTooLong", broken={"lockDuration": "PT600S"})
def lock_duration(queue: Facts) -> str | None:
    """A message is locked for 5 seconds to 5 minutes (Service Bus: locks)."""
    text = queue.get("lockDuration", "PT1M")
    return None if 5 <= seconds(text) <= 300 else f"{text}"


@azure.rule(QUEUE, "InvalidTimeToLive", broken={"defaultMessageTimeToLive": "4 days"})
def time_to_live(queue: Facts) -> str | None:
    """A message lives at least a second, as an ISO 8601 duration (Service Bus: message expiration)."""
    text = queue.get("defaultMessageTimeToLive", "P14D")
    return None if seconds(text) >= 1 else f"{text!r}"


@azure.rule(QUEUE, "InvalidMaxDeliveryCount", broken={"maxDeliveryCount": 0})
def delivery_count(queue: Facts) -> str | None:
    """A message is delivered 1 to 2000 times before it is a dead letter (Service Bus: dead-letter queues)."""
    count = queue.get("maxDeliveryCount", 10)
    return None if 1 <= count <= 2_000 else f"{count}"


@azure.rule(WAY_IN, "PremiumOnly", broken={"namespaceName": Ref(NAMESPACE, "name", 2)})
def way_in_premium(rules: Facts) -> str | None:
    """Network rules are of Premium namespaces (Service Bus: network security)."""
    sku = rules.named("namespaceName").inputs["sku"]["name"]
    return None if sku == "Premium" else f"{sku}"


TOPIC = resource(
    "azure-native:eventgrid:SystemTopic",
    "Microsoft.EventGrid/systemTopics/{systemTopicName}",
    refs={"source": to(STORAGE)},
    immutable=("location", "source", "topicType"),
    unique=(("source",),),
    example={
        "systemTopicName": "evgt-example",
        "location": "eastus",
        "source": Ref(STORAGE),
        "topicType": "Microsoft.Storage.StorageAccounts",
    },
)
named(
    TOPIC,
    "systemTopicName",
    r"[A-Za-z0-9-]{3,128}",
    "A system topic's name has 3 to 128 letters, digits and hyphens",
    "t",
)
placed(TOPIC)
SUBSCRIPTION = resource(
    "azure-native:eventgrid:SystemTopicEventSubscription",
    "Microsoft.EventGrid/systemTopics/{systemTopicName}/eventSubscriptions/{eventSubscriptionName}",
    refs={
        "systemTopicName": to(TOPIC, by="name"),
        "deliveryWithResourceIdentity.destination.resourceId": to(QUEUE),
        "deliveryWithResourceIdentity.identity.userAssignedIdentity": to(IDENTITY),
    },
    example={
        "systemTopicName": Ref(TOPIC, "name"),
        "eventSubscriptionName": "docs",
        "eventDeliverySchema": "CloudEventSchemaV1_0",
        "destination": {"endpointType": "ServiceBusQueue", "resourceId": Ref(QUEUE)},
        "filter": {
            "includedEventTypes": ["Microsoft.Storage.BlobCreated"],
            "subjectBeginsWith": "/blobServices/default/containers/docs/",
        },
        "retryPolicy": {"maxDeliveryAttempts": 30, "eventTimeToLiveInMinutes": 1440},
    },
)
named(
    SUBSCRIPTION,
    "eventSubscriptionName",
    r"[A-Za-z0-9-]{3,64}",
    "An event subscription's name has 3 to 64 letters, digits and hyphens",
    "d",
)


@azure.rule(TOPIC, "InvalidTopicType", broken={"topicType": "Microsoft.EventHub.Namespaces"})
def topic_fits_source(topic: Facts) -> str | None:
    """A system topic's type is its source's (Event Grid: system topics)."""
    kind = ".".join(topic.get("source").partition("/providers/")[2].split("/")[:2]).lower()
    return None if topic.get("topicType").lower() == kind else f"{topic.get('topicType')} of {kind}"


@azure.rule(TOPIC, "LocationMismatch", broken={"location": "westeurope"})
def topic_beside_source(topic: Facts) -> str | None:
    """A system topic is in its source's region (Event Grid: system topics)."""
    region = topic.named("source").inputs.get("location")
    return None if topic.get("location") == region else f"{topic.get('location')}, source in {region}"


EVENTS = {
    f"Microsoft.Storage.{each}"
    for each in ("BlobCreated", "BlobDeleted", "BlobTierChanged", "DirectoryCreated", "DirectoryDeleted")
}


@azure.rule(
    SUBSCRIPTION,
    "InvalidEventType",
    broken={"filter.includedEventTypes": ["Microsoft.Storage.BlobChanged"]},
)
def event_types(subscription: Facts) -> str | None:
    """Events are ones that blobs have (Event Grid: Blob Storage as source)."""
    wrong = set(subscription.all("filter.includedEventTypes[]")) - EVENTS
    return f"{', '.join(wrong)}" if wrong else None


@azure.rule(SUBSCRIPTION, "InvalidRetryPolicy", broken={"retryPolicy.maxDeliveryAttempts": 60})
def retry_policy(subscription: Facts) -> str | None:
    """Delivery is tried 1 to 30 times within 1 to 1440 minutes (Event Grid: retry policy)."""
    attempts = subscription.get("retryPolicy.maxDeliveryAttempts", 30)
    minutes = subscription.get("retryPolicy.eventTimeToLiveInMinutes", 1_440)
    return None if 1 <= attempts <= 30 and 1 <= minutes <= 1_440 else f"{attempts}, {minutes}"


@azure.rule(
    SUBSCRIPTION,
    "DestinationNotAuthorized",
    broken={
        "destination": None,
        "deliveryWithResourceIdentity": {
            "identity": {"type": "UserAssigned", "userAssignedIdentity": Ref(IDENTITY, number=2)},
            "destination": {"endpointType": "ServiceBusQueue", "resourceId": Ref(QUEUE)},
        },
    },
)
def may_send(subscription: Facts) -> str | None:
    """Who delivers under an identity has a role that sends to the queue (Event Grid: managed identity delivery)."""
    who = subscription.get("deliveryWithResourceIdentity.identity.userAssignedIdentity")
    queue = subscription.get("deliveryWithResourceIdentity.destination.resourceId", "")
    principals = [each.get("principalId") for each in subscription.cloud.of(IDENTITY) if each.id == who]
    for each in subscription.cloud.of(ASSIGNMENT):
        role = ROLES.get(each.inputs["roleDefinitionId"].rpartition("/")[2])
        sends = role == "Azure Service Bus Data Sender" and queue.startswith(each.inputs["scope"])
        if sends and each.inputs["principalId"] in principals:
            return None
    return f"{who} may not send to {queue}" if who else None
