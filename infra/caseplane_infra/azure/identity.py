"""A managed identity for each workload, federated with its Kubernetes service account, with rights on single resources."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import managedidentity

from caseplane_infra import contract
from caseplane_infra.azure.cluster import AzureCluster
from caseplane_infra.azure.objects import AzureObjectStore
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.azure.queue import AzureQueue
from caseplane_infra.azure.roles import grant, identity
from caseplane_infra.azure.secrets import AzureSecrets
from caseplane_infra.contract import WORKLOADS
from caseplane_infra.naming import Labels, service_account
from caseplane_infra.services import SERVICES

AUDIENCE = "api://AzureADTokenExchange"
WRITES, READS = "Storage Blob Data Contributor", "Storage Blob Data Reader"
ROLES: Mapping[str, str] = {"read": READS, "write": WRITES, "append": WRITES}
"""Azure has no built-in role that can only add; the audit container's retention protects existing records."""
CONTAINERS: Mapping[str, Mapping[str, str]] = {
    **{each.name: {store: ROLES[access] for store, access in each.stores.items()} for each in SERVICES},
    "worker": dict.fromkeys(("docs", "attachments", "audit"), WRITES),
}
"""Rights on objects; the worker erases tenants."""


class AzureIdentity(contract.Identity):
    """See the contract; `principals` are the identities' object ids, for grants by later parts."""

    cloud = "azure"

    def __init__(
        self,
        name: str,
        *,
        namespace: str,
        group: AzureGroup,
        cluster: AzureCluster,
        objects: AzureObjectStore,
        queue: AzureQueue,
        secrets: AzureSecrets,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group = group
        accounts = {each: identity(self, f"{name}-{each}", group, each) for each in WORKLOADS}
        self.principals = {each: account.principal_id for each, account in accounts.items()}
        for each, account in accounts.items():
            self._federate(f"{name}-{each}-lent", account, *service_account(each, namespace), cluster)
        self._objects(name, objects)
        self._queue(name, queue)
        self._secrets(name, secrets)
        self.annotations = {each: self._annotation(account) for each, account in accounts.items()}
        self.pod_labels: Mapping[str, str] = {"azure.workload.identity/use": "true"}
        self.done()

    def _federate(
        self,
        name: str,
        account: managedidentity.UserAssignedIdentity,
        namespace: str,
        kubernetes_account: str,
        cluster: AzureCluster,
    ) -> None:
        managedidentity.FederatedIdentityCredential(
            name,
            federated_identity_credential_resource_name=f"fc-{kubernetes_account}",
            resource_name_=account.name,
            resource_group_name=self.group.name,
            issuer=cluster.issuer,
            subject=f"system:serviceaccount:{namespace}:{kubernetes_account}",
            audiences=[AUDIENCE],
            opts=self.child(),
        )

    def _objects(self, name: str, objects: AzureObjectStore) -> None:
        for workload, rights in CONTAINERS.items():
            for kind, role in rights.items():
                self._grant(f"{name}-{workload}-{kind}", role, objects.containers[kind].id, workload)

    def _queue(self, name: str, queue: AzureQueue) -> None:
        """The worker reads the queue and its dead letters, and sends dead letters again to redrive them."""
        for verb, role in (("reads", "Receiver"), ("redrives", "Sender")):
            full = f"Azure Service Bus Data {role}"
            self._grant(f"{name}-worker-{verb}", full, queue.queue.id, "worker")

    def _secrets(self, name: str, secrets: AzureSecrets) -> None:
        """External Secrets may read each of the platform's secrets, and no other in the vault."""
        for role, secret in secrets.all.items():
            scope = pulumi.Output.concat(secrets.vault.id, "/secrets/", secret.name)
            self._grant(f"{name}-reads-{role}", "Key Vault Secrets User", scope, "external-secrets")

    def _grant(self, name: str, role: str, scope: pulumi.Input[str], workload: str) -> None:
        grant(self, name, self.group, role=role, scope=scope, to=self.principals[workload])

    def _annotation(self, account: managedidentity.UserAssignedIdentity) -> pulumi.Output[Mapping[str, str]]:
        return pulumi.Output.all(account.client_id, self.group.tenant).apply(
            lambda ids: {
                "azure.workload.identity/client-id": str(ids[0]),
                "azure.workload.identity/tenant-id": str(ids[1]),
            }
        )
