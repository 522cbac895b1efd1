"""Secrets in Secret Manager: in one region, under the own key, each value made once."""

from collections.abc import Sequence

import pulumi
from pulumi_gcp import secretmanager

from caseplane_infra import contract
from caseplane_infra.contract import Keys, SecretsNeeds
from caseplane_infra.gcp.provider import DAY, GcpProject
from caseplane_infra.naming import Labels
from caseplane_infra.passwords import platform_values


class GcpSecrets(contract.Secrets):
    """See the contract; other parts put their passwords here with `keep`."""

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
            each: self.keep(each, value, owner=self, protect=protect)
            for each, value in platform_values(self, name, protect=protect, more=more).items()
        }
        self.store = pulumi.Output.from_input(project.id)
        self.done()

    def keep(
        self, role: str, value: pulumi.Input[str], *, owner: contract.Part, protect: bool
    ) -> pulumi.Output[str]:
        """Store a value under `<prefix>-<role>`; whoever changes it later is not overwritten.

        Args:
            role: what the secret is.
            value: its first version.
            owner: the part whose child it becomes, and whose labels it carries.
            protect: refuse deletion, as of the data that it opens.

        Returns:
            Its name in the store.
        """
        own = pulumi.ResourceOptions(parent=owner, protect=protect)
        secret = secretmanager.Secret(
            f"{owner._name}-{role}",
            secret_id=f"{self.project.prefix}-{role}",
            replication=self._replication(),
            version_destroy_ttl=f"{self.needs.recovery_days * DAY}s",
            labels=owner.labels.gcp(),
            opts=own,
        )
        secretmanager.SecretVersion(
            f"{owner._name}-{role}-first",
            secret=secret.id,
            secret_data=value,
            opts=pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(ignore_changes=["secret_data"])),
        )
        self.all[role] = secret
        return secret.secret_id

    def _replication(self) -> secretmanager.SecretReplicationArgs:
        """Named, as a key of one region encrypts in that region only."""
        encryption = secretmanager.SecretReplicationUserManagedReplicaCustomerManagedEncryptionArgs(
            kms_key_name=self.keys.id
        )
        replica = secretmanager.SecretReplicationUserManagedReplicaArgs(
            location=self.project.region, customer_managed_encryption=encryption
        )
        return secretmanager.SecretReplicationArgs(
            user_managed=secretmanager.SecretReplicationUserManagedArgs(replicas=[replica])
        )
