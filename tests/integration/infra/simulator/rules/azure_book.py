"""Azure's rulebook, and what many of its types share: groups, names, regions, zones, identities, roles, locks.

Facts are from Microsoft's public documentation; each rule's sentence says which page.
"""

import re
from collections.abc import Mapping
from typing import Any

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, RefusedError, Rulebook, To, to
from tests.integration.infra.simulator.values import Properties

azure = Rulebook("azure-native")
azure.outputs = {
    "name": lambda facts: facts.id.rsplit("/", 1)[-1],
    "provisioningState": "Succeeded",
    "azureApiVersion": "simulated",
    "location": "{location}",
    "type": lambda facts: "/".join(facts.id.rpartition("/providers/")[2].split("/")[:2]),
}
GROUP_PATH = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}"
SUBSCRIPTION, TENANT = "0b1f6471-1bf0-4dda-aec3-cb9272f09590", "2c1d4f43-5a1d-4d1f-9f57-3f7a9d7c0c11"
"""The account of examples."""
REGIONS = {
    *("eastus", "eastus2", "centralus", "southcentralus", "westus", "westus2", "westus3", "swedencentral"),
    *("westeurope", "northeurope", "germanywestcentral", "francecentral", "uksouth", "switzerlandnorth"),
}


@azure.configuration
def right_subscription(cloud: Cloud, settings: Properties) -> None:
    """The provider may be bound to one subscription."""
    wanted = settings.get("subscriptionId", cloud.account["subscription"])
    if wanted != cloud.account["subscription"]:
        raise RefusedError("SubscriptionNotFound", f"the credentials do not reach subscription {wanted}")


GROUP = azure.kind(
    "azure-native:resources:ResourceGroup",
    id="/subscriptions/{subscription}/resourceGroups/{resourceGroupName}",
    immutable=("location",),
    autoname="resourceGroupName",
    quota=980,
    example={"resourceGroupName": "example", "location": "eastus"},
)


def resource(
    token: str,
    path: str,
    *,
    example: Mapping[str, Any],
    refs: Mapping[str, To] | None = None,
    **more: Any,
) -> str:
    """Declare a type of a resource in a group: `path` is what follows `/providers/` in its id."""
    return azure.kind(
        token,
        id=f"{GROUP_PATH}/providers/{path}",
        refs={"resourceGroupName": to(GROUP, by="name"), **(refs or {})},
        example={"resourceGroupName": Ref(GROUP, "name"), **example},
        **more,
    )


def named(kind: str, key: str, pattern: str, sentence: str, broken: str) -> None:
    """Declare the rule of a type's names, as "Naming rules and restrictions for Azure resources" has it."""

    def check(facts: Facts) -> str | None:
        name = facts.get(key)
        return None if re.fullmatch(pattern, name) else f"{name!r}"

    check.__name__ = f"{key}_grammar"
    check.__doc__ = f"{sentence} (naming rules and restrictions)."
    azure.rule(kind, "InvalidResourceName", broken={key: broken})(check)


def placed(kind: str) -> None:
    """Declare that a type is made in a region that exists."""

    def check(facts: Facts) -> str | None:
        region = facts.get("location", "eastus")
        return None if region in REGIONS else f"{region!r}"

    check.__name__ = "region_exists"
    check.__doc__ = "A resource is in a region of Azure's (Azure regions list)."
    azure.rule(kind, "LocationNotAvailableForResourceType", broken={"location": "atlantis"})(check)


def zoned(kind: str, path: str, *, broken: Mapping[str, Any]) -> None:
    """Declare that zones are the region's three logical ones."""

    def check(facts: Facts) -> str | None:
        wrong = set(facts.all(path)) - {"1", "2", "3"}
        return f"{', '.join(sorted(wrong))}" if wrong else None

    check.__name__ = "zones_exist"
    check.__doc__ = "A region's availability zones are 1, 2 and 3 (Azure availability zones)."
    azure.rule(kind, "InvalidAvailabilityZone", broken=broken)(check)


def tagged(kind: str) -> None:
    """Declare the limits of tags."""

    def check(facts: Facts) -> str | None:
        tags = facts.get("tags") or {}
        if len(tags) > 50:
            return f"{len(tags)} tags"
        wrong = [key for key, value in tags.items() if len(value) > 256 or re.search(r"[<>%&\\?/]", key)]
        return f"{', '.join(wrong)}" if wrong else None

    check.__name__ = "tags_fit"
    check.__doc__ = (
        "A resource has 50 tags at most, values of 256 characters (use tags to organize resources)."
    )
    azure.rule(kind, "InvalidTag", broken={"tags": {"what?": "x"}})(check)


named(
    GROUP,
    "resourceGroupName",
    r"[\w().-]{0,89}[\w()-]",
    "A resource group's name has 1 to 90 letters, digits and `_-.()` and does not end with a dot",
    "ends-with-dot.",
)
placed(GROUP)
tagged(GROUP)


# Identities ------------------------------------------------------------------------------------------------------

IDENTITY = resource(
    "azure-native:managedidentity:UserAssignedIdentity",
    "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
    outputs={
        "principalId": lambda facts: _guid(facts, "principal"),
        "clientId": lambda facts: _guid(facts, "client"),
        "tenantId": "{tenant}",
    },
    immutable=("location",),
    example={"resourceName": "id-example", "location": "eastus"},
    further=({"resourceName": "id-second"},),
)
named(
    IDENTITY,
    "resourceName",
    r"[A-Za-z0-9][\w-]{2,127}",
    "An identity's name has 3 to 128 letters, digits, hyphens and underscores",
    "x",
)
placed(IDENTITY)


def _guid(facts: Facts, salt: str) -> str:
    digits = facts.digits(32, salt)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _users(facts: Facts) -> Any:
    """The identities of a resource come back as a mapping, whatever form they were given in."""
    given = (facts.inputs.get("identity") or {}).get("userAssignedIdentities") or {}
    found = {each.id: each for each in facts.cloud.of(IDENTITY)}
    return {
        each: {"principalId": found[each].get("principalId"), "clientId": found[each].get("clientId")}
        for each in given
        if each in found
    }


USERS: Mapping[str, Any] = {"identity.userAssignedIdentities": _users}
"""For `nested` of types that have an identity."""

CREDENTIAL = resource(
    "azure-native:managedidentity:FederatedIdentityCredential",
    "Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}/federatedIdentityCredentials/"
    "{federatedIdentityCredentialResourceName}",
    refs={"resourceName": to(IDENTITY, by="name")},
    unique=(("resourceName", "issuer", "subject"),),
    example={
        "resourceName": Ref(IDENTITY, "name"),
        "federatedIdentityCredentialResourceName": "fc-example",
        "issuer": "https://eastus.oic.prod-aks.azure.com/tenant/cluster/",
        "subject": "system:serviceaccount:caseplane:gateway",
        "audiences": ["api://AzureADTokenExchange"],
    },
)
named(
    CREDENTIAL,
    "federatedIdentityCredentialResourceName",
    r"[A-Za-z0-9][\w-]{2,119}",
    "A federated credential's name has 3 to 120 letters, digits, hyphens and underscores",
    "no spaces here",
)


@azure.rule(CREDENTIAL, "InvalidIssuer", broken={"issuer": "http://cluster.example"})
def issuer_is_https(credential: Facts) -> str | None:
    """A federated credential's issuer is an https address (workload identity federation)."""
    issuer = credential.get("issuer")
    return None if re.fullmatch(r"https://[^?#\s]+", issuer) else f"{issuer!r}"


@azure.rule(CREDENTIAL, "InvalidSubject", broken={"subject": "serviceaccount/gateway"})
def subject_of_kubernetes(credential: Facts) -> str | None:
    """A Kubernetes subject is `system:serviceaccount:<namespace>:<name>` (workload identity overview for AKS)."""
    subject = credential.get("subject")
    return None if re.fullmatch(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9.-]+", subject) else f"{subject!r}"


@azure.rule(CREDENTIAL, "InvalidAudience", broken={"audiences": ["sts.amazonaws.com"]})
def audience_of_entra(credential: Facts) -> str | None:
    """A federated credential has one audience, for tokens that Entra exchanges (workload identity federation)."""
    audiences = credential.get("audiences")
    return None if audiences == ["api://AzureADTokenExchange"] else f"{audiences}"


@azure.rule(
    CREDENTIAL,
    "LimitExceeded",
    broken={"federatedIdentityCredentialResourceName": "one-more", "subject": "system:serviceaccount:a:z"},
    beside=[
        (
            CREDENTIAL,
            {
                "federatedIdentityCredentialResourceName": f"fc-{each}",
                "subject": f"system:serviceaccount:a:{each}",
            },
        )
        for each in range(20)
    ],
)
def credentials_per_identity(credential: Facts) -> str | None:
    """An identity has 20 federated credentials at most (workload identity federation: considerations)."""
    others = credential.others(resourceName=credential.get("resourceName"))
    return f"{len(others)}" if len(others) >= 20 else None


ROLES = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b": "Azure Kubernetes Service RBAC Cluster Admin",
    "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0": "Azure Service Bus Data Receiver",
    "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39": "Azure Service Bus Data Sender",
    "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd": "Cognitive Services OpenAI User",
    "e147488a-f6f5-4113-8e2d-b22465e65bf6": "Key Vault Crypto Service Encryption User",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "f1a07417-d97a-45cb-824c-7a7467783830": "Managed Identity Operator",
    "4d97b98b-1d4f-4787-a291-c67834d212e7": "Network Contributor",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
}
"""Of "Azure built-in roles": what the platform grants, and the two that must not be granted."""
PLACES: Mapping[str, tuple[str, ...]] = {
    "AcrPull": ("Microsoft.ContainerRegistry/registries",),
    "Azure Kubernetes Service RBAC Cluster Admin": ("Microsoft.ContainerService/managedClusters",),
    "Azure Service Bus Data Receiver": ("Microsoft.ServiceBus/namespaces",),
    "Azure Service Bus Data Sender": ("Microsoft.ServiceBus/namespaces",),
    "Cognitive Services OpenAI User": ("Microsoft.CognitiveServices/accounts",),
    "Key Vault Crypto Service Encryption User": ("Microsoft.KeyVault/vaults",),
    "Key Vault Secrets User": ("Microsoft.KeyVault/vaults",),
    "Managed Identity Operator": ("Microsoft.ManagedIdentity/userAssignedIdentities",),
    "Network Contributor": ("Microsoft.Network/",),
    "Storage Blob Data Contributor": ("Microsoft.Storage/storageAccounts",),
    "Storage Blob Data Reader": ("Microsoft.Storage/storageAccounts",),
}
"""Where a role has an effect; elsewhere Azure accepts the grant and it does nothing."""
DEFINITIONS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"

ASSIGNMENT = azure.kind(
    "azure-native:authorization:RoleAssignment",
    id="{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    refs={"principalId": to(IDENTITY, by="principalId", holds=False, outside=r"^9e1d6b5a-")},
    immutable=("scope", "roleDefinitionId", "principalId", "principalType"),
    unique=(("scope", "roleDefinitionId", "principalId"),),
    quota=4_000,
    example={
        "roleAssignmentName": "0f7a2c6e-53a1-5a0e-9f7e-1d2a3b4c5d6e",
        "scope": Ref(GROUP),
        "roleDefinitionId": f"{DEFINITIONS}/acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "principalId": Ref(IDENTITY, "principalId"),
        "principalType": "ServicePrincipal",
    },
)


@azure.rule(ASSIGNMENT, "InvalidRoleAssignmentId", broken={"roleAssignmentName": "gateway-reads"})
def assignment_is_guid(assignment: Facts) -> str | None:
    """A role assignment's name is a GUID (assign Azure roles)."""
    name = assignment.get("roleAssignmentName")
    return None if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name) else f"{name!r}"


@azure.rule(
    ASSIGNMENT,
    "RoleDefinitionDoesNotExist",
    broken={"roleDefinitionId": f"{DEFINITIONS}/00000000-0000-0000-0000-000000000001"},
)
def role_exists(assignment: Facts) -> str | None:
    """A role is a built-in one, by its number, in this subscription (Azure built-in roles)."""
    place, _, role = assignment.get("roleDefinitionId").rpartition("/")
    subscription = assignment.cloud.account["subscription"]
    expected = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions"
    return None if place == expected and role in ROLES else f"{place}/{role}"


@azure.rule(ASSIGNMENT, "ScopeNotFound", broken={"scope": "/subscriptions/elsewhere/resourceGroups/x"})
def scope_exists(assignment: Facts) -> str | None:
    """A role is granted on an existing resource, or on a future child of one (understand scope)."""
    scope = assignment.get("scope")
    exists = any(scope == each.id or scope.startswith(f"{each.id}/") for each in assignment.cloud.of())
    return None if exists else f"{scope}"


@azure.rule(
    ASSIGNMENT,
    "RoleHasNoEffectHere",
    broken={"roleDefinitionId": f"{DEFINITIONS}/4633458b-17de-408a-b874-0445c86b69e6"},
)
def role_fits_scope(assignment: Facts) -> str | None:
    """A data role applies to resources of its service (Azure built-in roles)."""
    role = ROLES.get(assignment.get("roleDefinitionId").rpartition("/")[2], "")
    kind = assignment.get("scope").partition("/providers/")[2]
    fits = role not in PLACES or any(kind.startswith(each) for each in PLACES[role])
    return None if fits else f"{role} on {kind or 'a whole group'}"


@azure.rule(
    ASSIGNMENT,
    "RoleTooWide",
    broken={"roleDefinitionId": f"{DEFINITIONS}/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"},
)
def no_owner(assignment: Facts) -> str | None:
    """A workload's identity is neither Owner nor Contributor: that is a wildcard (least privilege)."""
    role = ROLES.get(assignment.get("roleDefinitionId").rpartition("/")[2])
    return role if role in ("Owner", "Contributor") else None


@azure.rule(ASSIGNMENT, "PrincipalNotFound", broken={"principalType": "User"})
def kind_of_principal(assignment: Facts) -> str | None:
    """A new identity's kind is required and correct, as the directory replicates with a delay (assign roles to new
    principals)."""
    ours = assignment.others(IDENTITY, **{})
    new = any(each.get("principalId") == assignment.get("principalId") for each in ours)
    said = assignment.get("principalType")
    return f"principalType is {said!r}" if new and said != "ServicePrincipal" else None


LOCK = azure.kind(
    "azure-native:authorization:ManagementLockByScope",
    id="{scope}/providers/Microsoft.Authorization/locks/{lockName}",
    immutable=("scope",),
    example={"lockName": "lock-example", "scope": Ref(GROUP), "level": "CanNotDelete", "notes": "Data"},
)


@azure.rule(LOCK, "ScopeNotFound", broken={"scope": "/subscriptions/elsewhere/resourceGroups/x"})
def lock_has_scope(lock: Facts) -> str | None:
    """A lock is on an existing resource (lock your resources)."""
    scope = lock.get("scope")
    return None if any(scope == each.id for each in lock.cloud.of()) else f"{scope}"


@azure.rule(LOCK, "InvalidLockNotes", broken={"notes": "x" * 513})
def lock_notes(lock: Facts) -> str | None:
    """A lock's notes have 512 characters at most (management locks)."""
    return f"{len(lock.get('notes', ''))}" if len(lock.get("notes", "")) > 512 else None


def locked(cloud: Cloud, record: Record) -> str | None:
    """Why a locked resource, or a child of it, cannot be deleted (lock your resources)."""
    for lock in cloud.of(LOCK):
        scope = lock.inputs["scope"]
        if record.id == scope or record.id.startswith(f"{scope}/"):
            return f"ScopeLocked by {lock.id}"
    return None


@azure.invoke("azure-native:authorization:getClientConfig")
def client_config(cloud: Cloud, _: Properties) -> Properties:
    """Who we are."""
    return {
        "clientId": cloud.account["client"],
        "objectId": cloud.account["client"],
        "subscriptionId": cloud.account["subscription"],
        "tenantId": cloud.account["tenant"],
    }
