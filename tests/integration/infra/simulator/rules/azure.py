"""Microsoft Azure: what Resource Manager refuses, for the resources of the platform; a module per part of the contract."""

from tests.integration.infra.simulator.rules import (  # noqa: F401 (importing declares)
    azure_cluster,
    azure_edge,
    azure_queue,
    azure_watch,
)
from tests.integration.infra.simulator.rules.azure_book import GROUP, azure
from tests.integration.infra.simulator.rules.azure_data import STORAGE
from tests.integration.infra.simulator.rules.azure_network import SUBNET, VNET

__all__ = ["GROUP", "STORAGE", "SUBNET", "VNET", "azure"]
