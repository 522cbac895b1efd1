"""Secrets in Secret Manager: in one region, under the own key, each value made once."""

import json

import pulumi
from pulumi_gcp import secretmanager

from caseplane_infra import contract
from caseplane_infra.contract import Keys, SecretsNeeds
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.naming import Labels
from caseplane_infra.passwords import password

DAY = 86_400
SIGNING_LENGTH = 48
"""The services sign with it, and take no secret of fewer than 32 characters."""


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
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.needs, self.project, self.keys = needs, project, keys
        self.all: dict[str, secretmanager.Secret] = {}
        """Logical name to the secret, for grants."""
        service = password(f"{name}-service-secret-value", self.child(), length=SIGNING_LENGTH).result
        admin = password(f"{name}-platform-admin-key-value", self.child()).result
        self.references = {
            "service-secret": self.keep("service-secret", service, owner=self),
            "platform-admin-key": self.keep("platform-admin-key", admin.apply("cpp_{}".format), owner=self),
        }
        placeholder = json.dumps({"environment": labels.environment})
        self.references["app-config"] = self.keep("app-config", placeholder, owner=self)
        self.store = pulumi.Output.from_input(project.id)
        self.done()

    def keep(self, role: str, value: pulumi.Input[str], *, owner: contract.Part) -> pulumi.Output[str]:
        """Store a value under `<prefix>-<role>`; whoever changes it later is not overwritten.

        Args:
            role: what the secret is.
            value: its first version.
            owner: the part whose child it becomes, and whose labels it carries.

        Returns:
            Its name in the store.
        """
        parent = pulumi.ResourceOptions(parent=owner)
        secret = secretmanager.Secret(
            f"{owner._name}-{role}",
            secret_id=f"{self.project.prefix}-{role}",
            replication=self._replication(),
            version_destroy_ttl=f"{self.needs.recovery_days * DAY}s",
            labels=owner.labels.gcp(),
            opts=parent,
        )
        secretmanager.SecretVersion(
            f"{owner._name}-{role}-first",
            secret=secret.id,
            secret_data=value,
            opts=pulumi.ResourceOptions.merge(parent, pulumi.ResourceOptions(ignore_changes=["secret_data"])),
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
