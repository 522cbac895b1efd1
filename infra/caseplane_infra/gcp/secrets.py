"""Secrets in Secret Manager: in one region, under the stack's key, each value generated once."""

from collections.abc import Sequence

import pulumi
from pulumi_gcp import secretmanager

from caseplane_infra import contract
from caseplane_infra.contract import Keys, SecretsNeeds
from caseplane_infra.gcp.provider import DAY, GcpProject
from caseplane_infra.naming import Labels
from caseplane_infra.passwords import platform_values


class GcpSecrets(contract.Secrets):
    """See the contract; other parts store their passwords with `put`."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: SecretsNeeds,
        *,
        project: GcpProject,
        keys: Keys,
        protect: bool,
        more: Sequence[str],
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.needs, self.project, self.keys = needs, project, keys
        self.all: dict[str, secretmanager.Secret] = {}
        """Logical name to the secret, for grants."""
        self.references = {
            each: self.put(each, value, owner=self, protect=protect)
            for each, value in platform_values(self, name, protect=protect, more=more).items()
        }
        self.store = pulumi.Output.from_input(project.id)
        self.done()

    def put(
        self, role: str, value: pulumi.Input[str], *, owner: contract.Part, protect: bool
    ) -> pulumi.Output[str]:
        """Store a first value as `<prefix>-<role>`; a later change outside the program is not overwritten.

        Args:
            role: the secret's logical name.
            value: its first version.
            owner: the parent part, which gives it its labels.
            protect: refuse deletion.

        Returns:
            Its name in the store.
        """
        secret = secretmanager.Secret(
            f"{owner._name}-{role}",
            secret_id=f"{self.project.prefix}-{role}",
            replication=self._replication(),
            version_destroy_ttl=f"{self.needs.recovery_days * DAY}s",
            labels=owner.labels.gcp(),
            opts=owner.child(protect=protect),
        )
        secretmanager.SecretVersion(
            f"{owner._name}-{role}-first",
            secret=secret.id,
            secret_data=value,
            opts=owner.child(protect=protect, ignore_changes=["secret_data"]),
        )
        self.all[role] = secret
        return secret.secret_id

    def _replication(self) -> secretmanager.SecretReplicationArgs:
        """The stack's region only, because a regional key encrypts in its region only."""
        encryption = secretmanager.SecretReplicationUserManagedReplicaCustomerManagedEncryptionArgs(
            kms_key_name=self.keys.id
        )
        replica = secretmanager.SecretReplicationUserManagedReplicaArgs(
            location=self.project.region, customer_managed_encryption=encryption
        )
        return secretmanager.SecretReplicationArgs(
            user_managed=secretmanager.SecretReplicationUserManagedArgs(replicas=[replica])
        )
