"""Grants of Azure's built-in roles, each on the narrowest possible scope, and managed identities.

The ids are Microsoft's and the same in every tenant; they are listed in "Azure built-in roles".
"""

from collections.abc import Mapping
from uuid import UUID, uuid5

import pulumi
from pulumi_azure_native import authorization, managedidentity

from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.contract import Part

ROLES: Mapping[str, str] = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "Azure Kubernetes Service RBAC Cluster Admin": "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
    "Azure Service Bus Data Receiver": "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0",
    "Azure Service Bus Data Sender": "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39",
    "Cognitive Services OpenAI User": "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
    "Key Vault Crypto Service Encryption User": "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
    "Managed Identity Operator": "f1a07417-d97a-45cb-824c-7a7467783830",
    "Network Contributor": "4d97b98b-1d4f-4787-a291-c67834d212e7",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
}
NAMES = UUID("6b2a8f5e-0f43-4f3c-9a55-6d3b7c1e9d10")
"""Namespace of grant ids: a grant has the same id in every run, so it is never created twice."""


def definition(group: AzureGroup, role: str) -> str:
    """A role's id in the subscription."""
    place = f"/subscriptions/{group.subscription}/providers/Microsoft.Authorization/roleDefinitions"
    return f"{place}/{ROLES[role]}"


def grant_id(group: AzureGroup, name: str) -> str:
    """The id of a grant, from its logical name."""
    return str(uuid5(NAMES, f"{group.subscription}/{group.prefix}/{name}"))


def grant(
    part: Part,
    name: str,
    group: AzureGroup,
    *,
    role: str,
    scope: pulumi.Input[str],
    to: pulumi.Input[str],
) -> authorization.RoleAssignment:
    """Grant a role on one resource to an identity.

    Args:
        part: the parent.
        name: its logical name.
        group: the resource group.
        role: one of `ROLES`.
        scope: id of the resource.
        to: object id of the identity.
    """
    return authorization.RoleAssignment(
        name,
        role_assignment_name=grant_id(group, name),
        scope=scope,
        role_definition_id=definition(group, role),
        principal_id=to,
        # Without the type, Azure looks the identity up in a replica of the directory that may not have it yet.
        principal_type="ServicePrincipal",
        opts=part.child(),
    )


def identity(part: Part, name: str, group: AzureGroup, role: str) -> managedidentity.UserAssignedIdentity:
    """A managed identity `id-<prefix>-<role>`."""
    physical = f"id-{group.prefix}-{role}"
    return managedidentity.UserAssignedIdentity(
        name,
        resource_name_=physical,
        resource_group_name=group.name,
        location=group.location,
        tags=part.labels.tags(physical),
        opts=part.child(),
    )
