"""Azure's PostgreSQL and storage."""

import re
from typing import Any

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.azure_book import (
    IDENTITY,
    USERS,
    azure,
    locked,
    named,
    placed,
    resource,
    tagged,
    zoned,
)
from tests.integration.infra.simulator.rules.azure_keys import own_key, without_endpoint
from tests.integration.infra.simulator.rules.azure_network import LENT, SUBNET
from tests.integration.infra.simulator.rules.azure_private import ZONE

SERVER = resource(
    "azure-native:dbforpostgresql:Server",
    "Microsoft.DBforPostgreSQL/flexibleServers/{serverName}",
    outputs={
        "fullyQualifiedDomainName": "{serverName}.postgres.database.azure.com",
        "state": "Ready",
    },
    refs={
        "network.delegatedSubnetResourceId": to(SUBNET),
        "network.privateDnsZoneArmResourceId": to(ZONE),
        "dataEncryption.primaryUserAssignedIdentityId": to(IDENTITY),
    },
    immutable=(
        "location",
        "administratorLogin",
        "network.delegatedSubnetResourceId",
        "dataEncryption.type",
    ),
    unique=(("serverName",),),
    polls=3,
    example={
        "serverName": "pgexample",
        "location": "eastus",
        "version": "17",
        "sku": {"name": "Standard_E2ds_v5", "tier": "MemoryOptimized"},
        "administratorLogin": "gc_admin",
        "administratorLoginPassword": "Readable2Readable2Readable2",
        "availabilityZone": "1",
        "highAvailability": {"mode": "ZoneRedundant", "standbyAvailabilityZone": "2"},
        "storage": {"storageSizeGB": 64, "autoGrow": "Enabled"},
        "backup": {"backupRetentionDays": 7, "geoRedundantBackup": "Disabled"},
        "network": {
            "delegatedSubnetResourceId": Ref(SUBNET, number=LENT),
            "privateDnsZoneArmResourceId": Ref(ZONE, number=2),
            "publicNetworkAccess": "Disabled",
        },
    },
)
named(
    SERVER,
    "serverName",
    r"[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]",
    "A server's name has 3 to 63 lower-case letters, digits and hyphens",
    "Pg_Example",
)
placed(SERVER)
tagged(SERVER)
zoned(SERVER, "availabilityZone", broken={"availabilityZone": "a"})
azure.while_full(SERVER)(locked)
SIZES = {
    "Burstable": {"Standard_B1ms", "Standard_B2s", "Standard_B2ms", "Standard_B4ms"},
    "GeneralPurpose": {f"Standard_D{each}ds_v5" for each in (2, 4, 8, 16)} | {"Standard_D4s_v3"},
    "MemoryOptimized": {f"Standard_E{each}ds_v5" for each in (2, 4, 8, 16)},
}
DISKS = {32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384}


@azure.rule(SERVER, "InvalidSku", broken={"sku": {"name": "Standard_E2ds_v5", "tier": "Burstable"}})
def server_size(server: Facts) -> str | None:
    """A server's size is one of its tier's (PostgreSQL flexible server: compute)."""
    name, tier = server.get("sku.name"), server.get("sku.tier")
    return None if name in SIZES.get(tier, set()) else f"{name} in {tier}"


@azure.rule(
    SERVER, "HANotSupportedForBurstable", broken={"sku": {"name": "Standard_B2s", "tier": "Burstable"}}
)
def standby_needs_size(server: Facts) -> str | None:
    """A burstable server has no standby (PostgreSQL flexible server: high availability limitations)."""
    mode = server.get("highAvailability.mode", "Disabled")
    return mode if server.get("sku.tier") == "Burstable" and mode != "Disabled" else None


@azure.rule(SERVER, "InvalidStandbyZone", broken={"highAvailability.standbyAvailabilityZone": "1"})
def standby_elsewhere(server: Facts) -> str | None:
    """A zone-redundant standby is in another zone than the server (PostgreSQL: high availability)."""
    same = server.get("highAvailability.standbyAvailabilityZone") == server.get("availabilityZone")
    return "the same zone" if server.get("highAvailability.mode") == "ZoneRedundant" and same else None


@azure.rule(SERVER, "InvalidParameterValue", broken={"storage.storageSizeGB": 50})
def server_disk(server: Facts) -> str | None:
    """A Premium SSD comes in sizes of 32 GiB and its doubles (PostgreSQL flexible server: storage)."""
    size = server.get("storage.storageSizeGB")
    return None if size in DISKS else f"{size}"


@azure.rule(SERVER, "StorageCannotShrink", broken={"storage.storageSizeGB": 32}, change=True)
def server_disk_grows(server: Facts) -> str | None:
    """A server's disk never shrinks (PostgreSQL flexible server: storage)."""
    before, now = server.was("storage.storageSizeGB", 0), server.get("storage.storageSizeGB")
    return f"{before} to {now}" if now < before else None


@azure.rule(SERVER, "InvalidParameterValue", broken={"backup.backupRetentionDays": 3})
def server_backups(server: Facts) -> str | None:
    """Backups are kept 7 to 35 days (PostgreSQL flexible server: backup)."""
    days = server.get("backup.backupRetentionDays", 7)
    return None if 7 <= days <= 35 else f"{days}"


@azure.rule(SERVER, "InvalidAdministratorLogin", broken={"administratorLogin": "azure_superuser"})
def server_admin(server: Facts) -> str | None:
    """Some logins are Azure's own (PostgreSQL flexible server: create)."""
    name = server.get("administratorLogin")
    taken = {"azure_superuser", "azure_pg_admin", "admin", "administrator", "root", "guest", "public"}
    return f"{name!r}" if name in taken or name.startswith("pg_") else None


@azure.rule(SERVER, "PasswordTooWeak", broken={"administratorLoginPassword": "onlylettersonlyletters"})
def server_password(server: Facts) -> str | None:
    """A password has 8 to 128 characters of three kinds (PostgreSQL flexible server: create)."""
    text = server.get("administratorLoginPassword", "")
    kinds = sum(bool(re.search(each, text)) for each in (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]"))
    return None if 8 <= len(text) <= 128 and kinds >= 3 else f"{len(text)} characters of {kinds} kinds"


@azure.rule(SERVER, "SubnetNotDelegated", broken={"network.delegatedSubnetResourceId": Ref(SUBNET)})
def server_subnet(server: Facts) -> str | None:
    """A private server's subnet is delegated to PostgreSQL alone (private networking)."""
    wanted = server.get("network.delegatedSubnetResourceId")
    for subnet in server.cloud.of(SUBNET):
        lent = [each["serviceName"] for each in subnet.inputs.get("delegations") or []]
        if subnet.id == wanted and lent != ["Microsoft.DBforPostgreSQL/flexibleServers"]:
            return f"{subnet.id} is delegated to {', '.join(lent) or 'no service'}"
    return None


@azure.rule(SERVER, "InvalidPrivateDnsZone", broken={"network.privateDnsZoneArmResourceId": Ref(ZONE)})
def server_zone(server: Facts) -> str | None:
    """A private server's zone ends with postgres.database.azure.com (private networking: DNS)."""
    zone = server.get("network.privateDnsZoneArmResourceId") or "postgres.database.azure.com"
    return None if zone.endswith("postgres.database.azure.com") else f"{zone}"


@azure.rule(SERVER, "PrivateServerNeedsZone", broken={"network.privateDnsZoneArmResourceId": Drop()})
def server_is_named(server: Facts) -> str | None:
    """A server in a subnet has a private zone (private networking: DNS)."""
    subnet = server.inputs.get("network", {}).get("delegatedSubnetResourceId")
    zone = server.inputs.get("network", {}).get("privateDnsZoneArmResourceId")
    return "no zone" if subnet and not zone else None


@azure.rule(SERVER, "PublicAccessNotAllowedInVnet", broken={"network.publicNetworkAccess": "Enabled"})
def server_is_private(server: Facts) -> str | None:
    """A server in a subnet has no public access (PostgreSQL flexible server: networking)."""
    inside = server.inputs.get("network", {}).get("delegatedSubnetResourceId")
    return "Enabled" if inside and server.get("network.publicNetworkAccess") == "Enabled" else None


@azure.rule(SERVER, "VersionDowngrade", broken={"version": "16"}, change=True)
def server_version(server: Facts) -> str | None:
    """A server's version is only raised (PostgreSQL flexible server: major version upgrade)."""
    before, now = server.was("version", "0"), server.get("version")
    return f"{before} to {now}" if int(now) < int(before) else None


own_key(
    SERVER,
    identity="dataEncryption.primaryUserAssignedIdentityId",
    key="dataEncryption.primaryKeyURI",
    broken={
        "dataEncryption": {
            "type": "AzureKeyVault",
            "primaryKeyURI": Ref("azure-native:keyvault:Key", "keyUri"),
            "primaryUserAssignedIdentityId": Ref(IDENTITY, number=2),
        }
    },
)

SETTING = resource(
    "azure-native:dbforpostgresql:Configuration",
    "Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/configurations/{configurationName}",
    refs={"serverName": to(SERVER, by="name")},
    example={
        "serverName": Ref(SERVER, "name"),
        "configurationName": "azure.extensions",
        "value": "VECTOR",
        "source": "user-override",
    },
)
azure.while_full(SETTING)(locked)
DATABASE = resource(
    "azure-native:dbforpostgresql:Database",
    "Microsoft.DBforPostgreSQL/flexibleServers/{serverName}/databases/{databaseName}",
    refs={"serverName": to(SERVER, by="name")},
    immutable=("charset", "collation"),
    example={
        "serverName": Ref(SERVER, "name"),
        "databaseName": "gc_ticketing",
        "charset": "UTF8",
        "collation": "en_US.utf8",
    },
)
azure.while_full(DATABASE)(locked)
SETTINGS: dict[str, str] = {
    "azure.extensions": r"[A-Z_]+(,[A-Z_]+)*",
    "require_secure_transport": r"on|off",
    "ssl_min_protocol_version": r"TLSv1\.[23]",
    "log_min_duration_statement": r"-1|\d+",
    "log_checkpoints": r"on|off",
    "log_lock_waits": r"on|off",
    "pg_qs.query_capture_mode": r"none|top|all",
    "pg_qs.retention_period_in_days": r"[1-9]|[12]\d|30",
}
EXTENSIONS = {"VECTOR", "PG_TRGM", "UNACCENT", "PGCRYPTO", "UUID-OSSP", "HSTORE", "CITEXT"}


@azure.rule(SETTING, "UnknownServerParameter", broken={"configurationName": "azure.extension"})
def setting_known(setting: Facts) -> str | None:
    """A server parameter is one that the server has (PostgreSQL flexible server: server parameters)."""
    name = setting.get("configurationName")
    return None if name in SETTINGS else f"{name!r}"


@azure.rule(SETTING, "InvalidParameterValue", broken={"value": "PGVECTOR"})
def setting_value(setting: Facts) -> str | None:
    """A parameter's value is one that it takes; pgvector is called VECTOR (server parameters; extensions)."""
    name, value = setting.get("configurationName"), setting.get("value")
    if not re.fullmatch(SETTINGS.get(name, ".*"), value):
        return f"{name} = {value!r}"
    unknown = set(value.split(",")) - EXTENSIONS if name == "azure.extensions" else set()
    return f"no extension {', '.join(unknown)}" if unknown else None


@azure.rule(DATABASE, "InvalidDatabaseName", broken={"databaseName": "azure_maintenance"})
def database_name(database: Facts) -> str | None:
    """A database's name is not one of Azure's own (PostgreSQL flexible server: create a database)."""
    name = database.get("databaseName")
    return f"{name!r}" if name in ("azure_maintenance", "azure_sys", "postgres") else None


# Storage ---------------------------------------------------------------------------------------------------------

STORAGE = resource(
    "azure-native:storage:StorageAccount",
    "Microsoft.Storage/storageAccounts/{accountName}",
    nested=USERS,
    outputs={
        "primaryEndpoints": lambda facts: (
            {
                each: f"https://{facts.get('accountName')}.{host}.core.windows.net/"
                for each, host in (("blob", "blob"), ("web", "z13.web"), ("dfs", "dfs"), ("file", "file"))
            }
            | {"queue": "", "table": ""}
        )
    },
    refs={
        "networkRuleSet.virtualNetworkRules[].virtualNetworkResourceId": to(SUBNET),
        "identity.userAssignedIdentities[]": to(IDENTITY),
    },
    immutable=("location", "kind", "encryption.requireInfrastructureEncryption"),
    unique=(("accountName",),),
    quota=250,
    polls=2,
    example={
        "accountName": "exampleaccount",
        "location": "eastus",
        "kind": "StorageV2",
        "sku": {"name": "Standard_ZRS"},
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": False,
        "networkRuleSet": {"bypass": "AzureServices", "defaultAction": "Deny"},
    },
    further=({"accountName": "exampleweb", "allowSharedKeyAccess": True},),
)
named(
    STORAGE,
    "accountName",
    r"[a-z0-9]{3,24}",
    "A storage account's name has 3 to 24 lower-case letters and digits, unique among all customers",
    "Has-Hyphens",
)
placed(STORAGE)
tagged(STORAGE)


@azure.while_full(STORAGE)
def storage_deletable(cloud: Cloud, account: Record) -> str | None:
    """A lock keeps an account, and so do blobs under retention (lock your resources; immutable storage)."""
    held = [
        each
        for each in cloud.of(CONTAINER)
        if each.content and each.inputs["accountName"] == account.inputs["accountName"]
    ]
    return locked(cloud, account) or (f"{len(held)} containers hold blobs under retention" if held else None)


@azure.rule(
    STORAGE,
    "NetworkAclsValidationFailure",
    broken={"networkRuleSet.virtualNetworkRules": [{"virtualNetworkResourceId": Ref(SUBNET)}]},
)
def storage_knows_subnet(account: Facts) -> str | None:
    """A subnet that is let in has the service's endpoint (storage firewalls and virtual networks)."""
    path = "networkRuleSet.virtualNetworkRules[].virtualNetworkResourceId"
    return without_endpoint(account, path, "Microsoft.Storage")


@azure.rule(STORAGE, "TlsVersionNotSupported", broken={"minimumTlsVersion": "TLS1_0"})
def storage_tls(account: Facts) -> str | None:
    """Storage speaks TLS 1.2 and newer only (storage: minimum TLS version)."""
    version = account.get("minimumTlsVersion", "TLS1_2")
    return None if version in ("TLS1_2", "TLS1_3") else f"{version}"


@azure.rule(STORAGE, "ZoneRedundancyNotSupported", broken={"location": "westus"})
def storage_zones(account: Facts) -> str | None:
    """Zone redundancy is in regions with zones (storage redundancy: supported regions)."""
    without = {"westus"}
    wants = account.get("sku.name") in ("Standard_ZRS", "Premium_ZRS", "Standard_GZRS")
    return f"{account.get('location')}" if wants and account.get("location") in without else None


own_key(
    STORAGE,
    identity="encryption.encryptionIdentity.encryptionUserAssignedIdentity",
    key="encryption.keyVaultProperties.keyVaultUri",
    broken={
        "encryption": {
            "keySource": "Microsoft.Keyvault",
            "keyVaultProperties": {
                "keyName": "key-example",
                "keyVaultUri": "https://kvexample.vault.azure.net/",
            },
            "encryptionIdentity": {"encryptionUserAssignedIdentity": Ref(IDENTITY, number=2)},
        },
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [Ref(IDENTITY, number=2)]},
    },
)
BLOBS = resource(
    "azure-native:storage:BlobServiceProperties",
    "Microsoft.Storage/storageAccounts/{accountName}/blobServices/{blobServicesName}",
    refs={"accountName": to(STORAGE, by="name")},
    example={
        "accountName": Ref(STORAGE, "name"),
        "blobServicesName": "default",
        "isVersioningEnabled": True,
        "deleteRetentionPolicy": {"enabled": True, "days": 7},
    },
)
CONTAINER = resource(
    "azure-native:storage:BlobContainer",
    "Microsoft.Storage/storageAccounts/{accountName}/blobServices/default/containers/{containerName}",
    refs={"accountName": to(STORAGE, by="name")},
    example={"accountName": Ref(STORAGE, "name"), "containerName": "docs", "publicAccess": "None"},
)
named(
    CONTAINER,
    "containerName",
    r"(\$root|\$web|[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9])",
    "A container's name has 3 to 63 lower-case letters, digits and single hyphens",
    "My_Docs",
)
azure.while_full(CONTAINER)(locked)
RETENTION = resource(
    "azure-native:storage:BlobContainerImmutabilityPolicy",
    "Microsoft.Storage/storageAccounts/{accountName}/blobServices/default/containers/{containerName}/"
    "immutabilityPolicies/{immutabilityPolicyName}",
    refs={"accountName": to(STORAGE, by="name"), "containerName": to(CONTAINER, by="name")},
    example={
        "accountName": Ref(STORAGE, "name"),
        "containerName": Ref(CONTAINER, "name"),
        "immutabilityPolicyName": "default",
        "immutabilityPeriodSinceCreationInDays": 400,
    },
)
azure.while_full(RETENTION)(locked)
LIFECYCLE = resource(
    "azure-native:storage:ManagementPolicy",
    "Microsoft.Storage/storageAccounts/{accountName}/managementPolicies/{managementPolicyName}",
    refs={"accountName": to(STORAGE, by="name")},
    example={
        "accountName": Ref(STORAGE, "name"),
        "managementPolicyName": "default",
        "policy": {
            "rules": [
                {
                    "name": "cool",
                    "type": "Lifecycle",
                    "enabled": True,
                    "definition": {
                        "filters": {"blobTypes": ["blockBlob"], "prefixMatch": ["docs/"]},
                        "actions": {"baseBlob": {"tierToCool": {"daysAfterModificationGreaterThan": 90}}},
                    },
                }
            ]
        },
    },
)
azure.while_full(LIFECYCLE)(locked)
WEBSITE = resource(
    "azure-native:storage:StorageAccountStaticWebsite",
    "Microsoft.Storage/storageAccounts/{accountName}/staticWebsite",
    refs={"accountName": to(STORAGE, by="name")},
    outputs={"containerName": "$web"},
    example={
        "accountName": Ref("azure-native:storage:StorageAccount", "name", 2),
        "indexDocument": "index.html",
        "error404Document": "index.html",
    },
)


@azure.rule(BLOBS, "InvalidResourceName", broken={"blobServicesName": "docs"})
def blobs_name(blobs: Facts) -> str | None:
    """An account's blob service is called default (storage: blob services)."""
    return None if blobs.get("blobServicesName") == "default" else f"{blobs.get('blobServicesName')}"


@azure.rule(BLOBS, "InvalidRequestPropertyValue", broken={"deleteRetentionPolicy.days": 400})
def blobs_recovery(blobs: Facts) -> str | None:
    """Deleted blobs can be recovered for 1 to 365 days (storage: soft delete for blobs)."""
    days = blobs.get("deleteRetentionPolicy.days", 7)
    return None if 1 <= days <= 365 else f"{days}"


@azure.rule(CONTAINER, "PublicAccessNotPermitted", broken={"publicAccess": "Blob"})
def container_private(container: Facts) -> str | None:
    """A container is public only where its account allows it (storage: anonymous read access)."""
    allowed = container.named("accountName").inputs.get("allowBlobPublicAccess")
    access = container.get("publicAccess", "None")
    return f"{access}" if access != "None" and not allowed else None


@azure.rule(RETENTION, "InvalidImmutabilityPeriod", broken={"immutabilityPeriodSinceCreationInDays": 0})
def retention_days(retention: Facts) -> str | None:
    """Blobs are kept unchanged for 1 to 146000 days (storage: time-based retention policies)."""
    days = retention.get("immutabilityPeriodSinceCreationInDays")
    return None if 1 <= days <= 146_000 else f"{days}"


@azure.rule(RETENTION, "InvalidResourceName", broken={"immutabilityPolicyName": "audit"})
def retention_name(retention: Facts) -> str | None:
    """A container's policy is called default (storage: immutability policies)."""
    return None if retention.get("immutabilityPolicyName") == "default" else "not default"


@azure.rule(LIFECYCLE, "InvalidResourceName", broken={"managementPolicyName": "cooling"})
def lifecycle_name(lifecycle: Facts) -> str | None:
    """An account's lifecycle policy is called default (storage: lifecycle management)."""
    return None if lifecycle.get("managementPolicyName") == "default" else "not default"


@azure.rule(
    LIFECYCLE,
    "InvalidLifecycleRule",
    broken={"policy.rules[0].definition.actions": {}},
)
def lifecycle_does_something(lifecycle: Facts) -> str | None:
    """A lifecycle rule has a unique name and an action (storage: lifecycle policy structure)."""
    rules: list[dict[str, Any]] = lifecycle.get("policy.rules") or []
    names = [each["name"] for each in rules]
    if len(set(names)) < len(names) or not 1 <= len(rules) <= 100:
        return f"{names}"
    empty = [each["name"] for each in rules if not each["definition"].get("actions")]
    return f"{', '.join(empty)} does nothing" if empty else None


@azure.rule(
    WEBSITE,
    "KeyBasedAuthenticationNotPermitted",
    broken={"accountName": Ref(STORAGE, "name")},
)
def website_needs_key(website: Facts) -> str | None:
    """Turning a website on is done with an account key, so keys are on (storage: static website; prevent shared key)."""
    account = website.named("accountName")
    return "account keys are off" if account.inputs.get("allowSharedKeyAccess") is False else None
