"""A Google account for each workload, bound to its Kubernetes service account, with rights on single resources."""

from collections.abc import Mapping

import pulumi
from pulumi_gcp import pubsub, secretmanager, serviceaccount, storage

from caseplane_infra import contract
from caseplane_infra.contract import WORKLOADS, Cluster
from caseplane_infra.gcp.objects import GcpObjectStore
from caseplane_infra.gcp.provider import GcpProject, account_id
from caseplane_infra.gcp.queue import GcpQueue
from caseplane_infra.gcp.secrets import GcpSecrets
from caseplane_infra.naming import Labels, service_account
from caseplane_infra.services import SERVICES

SHORT = {"external-secrets": "secrets", "orchestrator": "orchestr"}
"""Short names where the full one would leave too few of Google's 30 characters for the prefix."""

ROLES: Mapping[str, str] = {
    "read": "roles/storage.objectViewer",
    "write": "roles/storage.objectUser",
    "append": "roles/storage.objectCreator",
}
"""A creator can neither read nor overwrite."""
BUCKETS: Mapping[str, Mapping[str, str]] = {
    **{each.name: {store: ROLES[access] for store, access in each.stores.items()} for each in SERVICES},
    "worker": dict.fromkeys(("docs", "attachments", "audit"), ROLES["write"]),
}
"""Rights on objects; the worker erases tenants, as far as the retention of audit records allows."""


class GcpIdentity(contract.Identity):
    """See the contract; `members` are the accounts' IAM members, for grants by later parts."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        *,
        namespace: str,
        project: GcpProject,
        cluster: Cluster,
        objects: GcpObjectStore,
        queue: GcpQueue,
        secrets: GcpSecrets,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.project = project
        accounts = {each: self._account(name, each) for each in WORKLOADS}
        self.members = {each: account.member for each, account in accounts.items()}
        for each, account in accounts.items():
            self._bind(f"{name}-{each}-lent", account, *service_account(each, namespace), cluster)
        self._objects(name, objects)
        self._queue(name, queue)
        self._secrets(name, secrets)
        self.annotations = {each: _annotation(account) for each, account in accounts.items()}
        self.pod_labels: Mapping[str, str] = {}
        self.done()

    def _account(self, name: str, workload: str) -> serviceaccount.Account:
        return serviceaccount.Account(
            f"{name}-{workload}",
            account_id=account_id(self.project.prefix, SHORT.get(workload, workload)),
            display_name=f"{workload} of {self.project.prefix}",
            opts=self.child(),
        )

    def _bind(
        self,
        name: str,
        account: serviceaccount.Account,
        namespace: str,
        kubernetes_account: str,
        cluster: Cluster,
    ) -> None:
        """Depends on the cluster: Google creates the identity pool with a project's first cluster."""
        serviceaccount.IAMMember(
            name,
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            member=f"serviceAccount:{self.project.id}.svc.id.goog[{namespace}/{kubernetes_account}]",
            opts=self.child(cluster),
        )

    def _objects(self, name: str, objects: GcpObjectStore) -> None:
        for workload, rights in BUCKETS.items():
            for kind, role in rights.items():
                storage.BucketIAMMember(
                    f"{name}-{workload}-{kind}",
                    bucket=objects.buckets[kind].name,
                    role=role,
                    member=self.members[workload],
                    opts=self.child(),
                )

    def _queue(self, name: str, queue: GcpQueue) -> None:
        """The worker reads jobs and dead letters, and publishes dead letters again to redrive them."""
        readers = {"jobs": queue.subscription, "dead-letters": queue.dead_letters}
        for each, subscription in readers.items():
            pubsub.SubscriptionIAMMember(
                f"{name}-worker-{each}",
                subscription=subscription.name,
                role="roles/pubsub.subscriber",
                member=self.members["worker"],
                opts=self.child(),
            )
        pubsub.TopicIAMMember(
            f"{name}-worker-redrives",
            topic=queue.topic.name,
            role="roles/pubsub.publisher",
            member=self.members["worker"],
            opts=self.child(),
        )

    def _secrets(self, name: str, secrets: GcpSecrets) -> None:
        """External Secrets may read each of the platform's secrets, and no other in the project."""
        for role, secret in secrets.all.items():
            secretmanager.SecretIamMember(
                f"{name}-reads-{role}",
                secret_id=secret.secret_id,
                role="roles/secretmanager.secretAccessor",
                member=self.members["external-secrets"],
                opts=self.child(),
            )


def _annotation(account: serviceaccount.Account) -> pulumi.Output[Mapping[str, str]]:
    return account.email.apply(lambda email: {"iam.gke.io/gcp-service-account": email})
