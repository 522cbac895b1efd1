"""The key for everything at rest, which only Google's service agents may use."""

import pulumi
from pulumi_gcp import kms

from caseplane_infra import contract
from caseplane_infra.contract import KeysNeeds
from caseplane_infra.gcp.provider import DAY, GcpProject
from caseplane_infra.naming import Labels


class GcpKeys(contract.Keys):
    """See the contract. Google never deletes a ring or a key; deleting the key here destroys its material."""

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: KeysNeeds,
        *,
        project: GcpProject,
        protect: bool,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        ring = kms.KeyRing(
            f"{name}-ring",
            name=pulumi.Output.format("kr-{0}-{1}", project.prefix, project.suffix),
            location=project.region,
            opts=self.child(),
        )
        self.key = kms.CryptoKey(
            f"{name}-key",
            name=f"key-{project.prefix}",
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{needs.rotation_days * DAY}s",
            destroy_scheduled_duration=f"{needs.deletion_window_days * DAY}s",
            version_template=kms.CryptoKeyVersionTemplateArgs(
                algorithm="GOOGLE_SYMMETRIC_ENCRYPTION", protection_level="SOFTWARE"
            ),
            labels=self.labels.gcp(),
            opts=self.child(protect=protect),
        )
        for service, member in project.agents.items():
            kms.CryptoKeyIAMMember(
                f"{name}-{service}",
                crypto_key_id=self.key.id,
                role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
                member=member,
                opts=self.child(),
            )
        self.id = self.key.id
        self.done()
