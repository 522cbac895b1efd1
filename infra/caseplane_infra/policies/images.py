"""Images run as they were built: tags cannot be moved, images are scanned, and nodes boot securely."""

from caseplane_infra.policies.kinds import Aws, Gcp
from caseplane_infra.policies.model import Resource, ResourcePolicy, equals


def _mirrors(registry: Resource) -> bool:
    """Whether a registry is a mirror: no one pushes to it, and its tags are the other registry's."""
    return registry.props.get("mode") == "REMOTE_REPOSITORY"


INTEGRITY = ResourcePolicy(
    name="images-stay-what-they-are",
    sentence="A tag cannot be moved to another image, pushed images are scanned, and nodes boot securely.",
    remedy="Enable immutable tags, scanning and shielded nodes",
    wants={
        Aws.REGISTRY: [
            equals("imageTagMutability", "IMMUTABLE"),
            equals("imageScanningConfiguration.scanOnPush", True),
        ],
        Gcp.REGISTRY: [equals("dockerConfig.immutableTags", True).unless(_mirrors)],
        Gcp.CLUSTER: [equals("enableShieldedNodes", True)],
        Gcp.POOL: [
            equals("nodeConfig.shieldedInstanceConfig.enableSecureBoot", True),
            equals("nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring", True),
        ],
    },
)

POLICIES = (INTEGRITY,)
