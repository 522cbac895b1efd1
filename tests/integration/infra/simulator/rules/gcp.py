"""Google Cloud: what its API refuses, for the resources that the platform uses; a module per part of the contract."""

from tests.integration.infra.simulator.rules import (  # noqa: F401 (importing declares)
    gcp_cluster,
    gcp_edge,
    gcp_observability,
    gcp_queue,
    gcp_registry,
    gcp_sql,
)
from tests.integration.infra.simulator.rules.gcp_book import SERVICE, gcp
from tests.integration.infra.simulator.rules.gcp_network import NETWORK, SUBNETWORK
from tests.integration.infra.simulator.rules.gcp_storage import BUCKET

__all__ = ["BUCKET", "NETWORK", "SERVICE", "SUBNETWORK", "gcp"]
