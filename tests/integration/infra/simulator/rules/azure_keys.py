"""Key Vault: vaults, keys, secrets, and the set that encrypts disks; and the checks of services that use a customer's key."""

import re
from collections.abc import Mapping
from typing import Any

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.azure_book import (
    ASSIGNMENT,
    IDENTITY,
    TENANT,
    USERS,
    azure,
    named,
    placed,
    resource,
    tagged,
)
from tests.integration.infra.simulator.rules.azure_network import SUBNET

UNWRAPS = "e147488a-f6f5-4113-8e2d-b22465e65bf6"

VAULT = resource(
    "azure-native:keyvault:Vault",
    "Microsoft.KeyVault/vaults/{vaultName}",
    nested={"properties.vaultUri": "https://{vaultName}.vault.azure.net/"},
    refs={"properties.networkAcls.virtualNetworkRules[].id": to(SUBNET)},
    immutable=("location", "properties.tenantId"),
    unique=(("vaultName",),),
    polls=1,
    example={
        "vaultName": "kvexample",
        "location": "eastus",
        "properties": {
            "sku": {"family": "A", "name": "standard"},
            "tenantId": TENANT,
            "enableRbacAuthorization": True,
            "enableSoftDelete": True,
            "enablePurgeProtection": True,
            "softDeleteRetentionInDays": 30,
            "publicNetworkAccess": "Disabled",
            "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny"},
        },
    },
)
named(
    VAULT,
    "vaultName",
    r"[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]",
    "A vault's name has 3 to 24 letters, digits and single hyphens, beginning with a letter",
    "kv-a-name-that-is-longer-than-this",
)
placed(VAULT)
tagged(VAULT)
KEY = resource(
    "azure-native:keyvault:Key",
    "Microsoft.KeyVault/vaults/{vaultName}/keys/{keyName}",
    outputs={
        "keyUri": "https://{vaultName}.vault.azure.net/keys/{keyName}",
        "keyUriWithVersion": "https://{vaultName}.vault.azure.net/keys/{keyName}/{hex}",
    },
    refs={"vaultName": to(VAULT, by="name", holds=False)},
    within="vaultName",
    immutable=("properties.kty", "properties.keySize"),
    example={
        "vaultName": Ref(VAULT, "name"),
        "keyName": "key-example",
        "properties": {
            "kty": "RSA",
            "keySize": 3072,
            "keyOps": ["wrapKey", "unwrapKey"],
            "rotationPolicy": {
                "lifetimeActions": [{"action": {"type": "rotate"}, "trigger": {"timeAfterCreate": "P365D"}}]
            },
        },
    },
)
named(
    KEY, "keyName", r"[A-Za-z0-9-]{1,127}", "A key's name has 1 to 127 letters, digits and hyphens", "my_key"
)
SECRET = resource(
    "azure-native:keyvault:Secret",
    "Microsoft.KeyVault/vaults/{vaultName}/secrets/{secretName}",
    refs={"vaultName": to(VAULT, by="name", holds=False)},
    within="vaultName",
    example={
        "vaultName": Ref(VAULT, "name"),
        "secretName": "service-secret",
        "properties": {"value": "something", "contentType": "text/plain"},
    },
)
named(
    SECRET,
    "secretName",
    r"[A-Za-z0-9-]{1,127}",
    "A secret's name has 1 to 127 letters, digits and hyphens",
    "platform/secret",
)


@azure.rule(VAULT, "VaultNameSoftDeleted", broken={"vaultName": "kvgone"})
def name_is_free(vault: Facts) -> str | None:
    """A vault's name stays taken while the deleted vault can be recovered (Key Vault: soft delete)."""
    gone = {*GONE.get(id(vault.cloud), ()), "kvgone"}
    return f"{vault.get('vaultName')}" if not vault.before and vault.get("vaultName") in gone else None


GONE: dict[int, set[str]] = {}
"""Vaults that were deleted in an account, by name."""


@azure.while_full(VAULT)
def vault_leaves_name(cloud: Cloud, vault: Record) -> str | None:
    """Nothing keeps a vault from deletion; but its name is not free again."""
    GONE.setdefault(id(cloud), set()).add(vault.inputs["vaultName"])
    return None


@azure.rule(VAULT, "BadRequest", broken={"properties.softDeleteRetentionInDays": 5})
def recovery_days(vault: Facts) -> str | None:
    """A deleted vault can be recovered for 7 to 90 days (Key Vault: soft delete)."""
    days = vault.get("properties.softDeleteRetentionInDays", 90)
    return None if 7 <= days <= 90 else f"{days}"


@azure.rule(VAULT, "PropertyImmutable", broken={"properties.softDeleteRetentionInDays": 7}, change=True)
def recovery_days_stay(vault: Facts) -> str | None:
    """How long a vault can be recovered cannot be changed later (Key Vault: soft delete)."""
    before = vault.was("properties.softDeleteRetentionInDays")
    now = vault.get("properties.softDeleteRetentionInDays")
    return f"{before} to {now}" if vault.before and before != now else None


@azure.rule(VAULT, "PropertyImmutable", broken={"properties.enablePurgeProtection": False}, change=True)
def purge_protection_stays(vault: Facts) -> str | None:
    """Purge protection, once on, stays on (Key Vault: purge protection)."""
    lost = vault.was("properties.enablePurgeProtection") and not vault.get("properties.enablePurgeProtection")
    return "it was on" if lost else None


@azure.rule(VAULT, "TenantNotFound", broken={"properties.tenantId": "elsewhere"})
def tenant_of_subscription(vault: Facts) -> str | None:
    """A vault belongs to the subscription's tenant (Key Vault: authentication)."""
    tenant = vault.get("properties.tenantId")
    return None if tenant == vault.cloud.account["tenant"] else f"{tenant}"


@azure.rule(
    VAULT,
    "BadRequest",
    broken={"properties.accessPolicies": [{"tenantId": TENANT, "objectId": "x", "permissions": {}}]},
)
def one_model_of_rights(vault: Facts) -> str | None:
    """A vault with roles takes no access policies (Key Vault: RBAC and access policies)."""
    both = vault.get("properties.enableRbacAuthorization") and vault.all("properties.accessPolicies[]")
    return "accessPolicies beside roles" if both else None


@azure.rule(
    VAULT,
    "SubnetsHaveNoServiceEndpointsConfigured",
    broken={"properties.networkAcls.virtualNetworkRules": [{"id": Ref(SUBNET)}]},
)
def vault_knows_subnet(vault: Facts) -> str | None:
    """A subnet that is let in has the service's endpoint (Key Vault: network security)."""
    return without_endpoint(vault, "properties.networkAcls.virtualNetworkRules[].id", "Microsoft.KeyVault")


def without_endpoint(facts: Facts, path: str, service: str) -> str | None:
    """The first named subnet that has no service endpoint of a service."""
    wanted = set(facts.all(path))
    for subnet in facts.cloud.of(SUBNET):
        given = {each["service"] for each in subnet.inputs.get("serviceEndpoints") or []}
        if subnet.id in wanted and service not in given:
            return f"{subnet.id} has no endpoint of {service}"
    return None


@azure.rule(KEY, "BadParameter", broken={"properties.keySize": 1024})
def key_size(key: Facts) -> str | None:
    """An RSA key has 2048, 3072 or 4096 bits (Key Vault: about keys)."""
    size = key.get("properties.keySize", 2048)
    return f"{size}" if key.get("properties.kty") == "RSA" and size not in (2048, 3072, 4096) else None


@azure.rule(
    KEY,
    "BadParameter",
    broken={"properties.rotationPolicy.lifetimeActions[0].trigger.timeAfterCreate": "365"},
)
def rotation_time(key: Facts) -> str | None:
    """Times of rotation are ISO 8601 durations, 7 days at least (Key Vault: key auto-rotation)."""
    for each in key.all("properties.rotationPolicy.lifetimeActions[].trigger.timeAfterCreate"):
        found = re.fullmatch(r"P(\d+)D", each)
        if not found or int(found[1]) < 7:
            return f"{each!r}"
    return None


@azure.rule(SECRET, "BadParameter", broken={"properties.value": "x" * 25_601})
def secret_size(secret: Facts) -> str | None:
    """A secret has 25 KB at most (Key Vault: about secrets)."""
    size = len(secret.get("properties.value", ""))
    return f"{size} characters" if size > 25_600 else None


@azure.rule(SECRET, "BadParameter", broken={"properties.value": Drop()})
def secret_has_value(secret: Facts) -> str | None:
    """A new secret has a value (Key Vault: about secrets)."""
    return None if secret.before or secret.get("properties.value") else "no value"


# Who takes an own key ------------------------------------------------------------------------------------------


def own_key(kind: str, *, identity: str, key: str, broken: Mapping[str, Any]) -> None:
    """Declare what a service wants before it takes an own key: the vault's protection, and rights on it.

    Args:
        kind: the type.
        identity: path to the id of the identity that unwraps.
        key: path to the key's URI, or the vault's.
        broken: overrides that name another identity.
    """

    def check(facts: Facts) -> str | None:
        ids, uris = facts.all(identity), facts.all(key)
        if not ids or not uris:
            return None
        vault = vault_of(facts.cloud, uris[0])
        if vault is None:
            return f"no vault at {uris[0]}"
        if not vault.inputs["properties"].get("enablePurgeProtection"):
            return f"{vault.id} has no purge protection"
        who = [
            each for each in facts.cloud.of(IDENTITY) if each.id == ids[0] or each.get("clientId") == ids[0]
        ]
        if not who:
            return f"no identity {ids[0]}"
        return None if _unwraps(facts.cloud, vault, who[0]) else f"{who[0].id} has no rights on {vault.id}"

    check.__name__ = "own_key_usable"
    check.__doc__ = (
        "An own key lies in a protected vault, and the identity may unwrap it (customer-managed keys)."
    )
    azure.rule(kind, "KeyVaultAccessForbidden", broken=broken)(check)


def vault_of(cloud: Cloud, uri: str) -> Record | None:
    """The vault of a key's or secret's address."""
    name = uri.removeprefix("https://").split(".")[0]
    return next((each for each in cloud.of(VAULT) if each.inputs["vaultName"] == name), None)


def _unwraps(cloud: Cloud, vault: Record, identity: Record) -> bool:
    return any(
        vault.id.startswith(each.inputs["scope"])
        and each.inputs["principalId"] == identity.get("principalId")
        and each.inputs["roleDefinitionId"].endswith(UNWRAPS)
        for each in cloud.of(ASSIGNMENT)
    )


DISKS = resource(
    "azure-native:compute:DiskEncryptionSet",
    "Microsoft.Compute/diskEncryptionSets/{diskEncryptionSetName}",
    nested=USERS,
    refs={"activeKey.sourceVault.id": to(VAULT), "identity.userAssignedIdentities[]": to(IDENTITY)},
    immutable=("location", "encryptionType"),
    example={
        "diskEncryptionSetName": "des-example",
        "location": "eastus",
        "encryptionType": "EncryptionAtRestWithCustomerKey",
        "rotationToLatestKeyVersionEnabled": True,
        "activeKey": {
            "keyUrl": Ref(KEY, "keyUriWithVersion"),
            "sourceVault": {"id": Ref(VAULT)},
        },
        "identity": {"type": "SystemAssigned"},
    },
)
named(DISKS, "diskEncryptionSetName", r"[\w-]{1,80}", "A set's name has 1 to 80 characters", "a b")
placed(DISKS)


@azure.rule(DISKS, "InvalidParameter", broken={"activeKey.keyUrl": Ref(KEY, "keyUri")})
def disks_key_version(disks: Facts) -> str | None:
    """A disk encryption set names a key with its version (disk encryption sets: active key)."""
    url = disks.get("activeKey.keyUrl")
    return None if len(url.split("/")) == 6 else f"{url}"


own_key(
    DISKS,
    identity="identity.userAssignedIdentities[]",
    key="activeKey.keyUrl",
    broken={"identity": {"type": "UserAssigned", "userAssignedIdentities": [Ref(IDENTITY, number=2)]}},
)
