"""What runs is what was built: tags mean one image for ever, images are scanned, nodes start from signed parts."""

from caseplane_infra.policies.kinds import Aws, Gcp
from caseplane_infra.policies.model import Resource, ResourcePolicy, equals


def _mirrors(registry: Resource) -> bool:
    """Whether a registry holds what it fetched itself: nobody pushes there, and tags are whose images they are."""
    return registry.props.get("mode") == "REMOTE_REPOSITORY"


INTEGRITY = ResourcePolicy(
    name="images-stay-what-they-are",
    sentence="A tag cannot be moved to another image, pushed images are scanned, and nodes start securely.",
    remedy="Turn immutable tags, scanning and shielded nodes on",
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
