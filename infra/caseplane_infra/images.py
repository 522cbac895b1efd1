"""Images that the cluster runs: ours, and those of other projects that clusters do not include."""

from typing import NamedTuple

OURS = ("services", "operator")
EXTERNAL_SECRETS = "1.3.2"
KEDA = "2.18.1"
GITHUB = "ghcr.io"
KUBERNETES = "registry.k8s.io"


class Image(NamedTuple):
    """Another project's published image."""

    registry: str
    """Host."""
    name: str
    """Path on that host."""
    tag: str


SECRETS_CONTROLLER = Image(GITHUB, "external-secrets/external-secrets", f"v{EXTERNAL_SECRETS}")
QUEUE_SCALERS = tuple(
    Image(GITHUB, f"kedacore/{name}", KEDA)
    for name in ("keda", "keda-metrics-apiserver", "keda-admission-webhooks")
)


def node_scaler(kubernetes: str) -> Image:
    """The cluster autoscaler for the cluster's minor version; only AWS's cluster does not include one."""
    return Image(KUBERNETES, "autoscaling/cluster-autoscaler", f"v{kubernetes}.0")


def foreign(cloud: str, kubernetes: str) -> tuple[Image, ...]:
    """Other projects' images that run with any settings, and that the stack's registry must provide without NAT.

    Args:
        cloud: the cluster's cloud.
        kubernetes: the cluster's minor version, such as "1.34".
    """
    nodes = (node_scaler(kubernetes),) if cloud == "aws" else ()
    return (SECRETS_CONTROLLER, *QUEUE_SCALERS, *nodes)
