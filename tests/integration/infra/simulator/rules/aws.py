"""Amazon Web Services: what its API refuses, for the resources that the platform uses; a module per concern."""

from tests.integration.infra.simulator.rules import (  # noqa: F401 (importing declares)
    aws_access,
    aws_edge,
    aws_messages,
    aws_watch,
)
from tests.integration.infra.simulator.rules.aws_book import aws
from tests.integration.infra.simulator.rules.aws_data import DATABASE, SUBNET_GROUP
from tests.integration.infra.simulator.rules.aws_identity import KEY
from tests.integration.infra.simulator.rules.aws_network import SECURITY_GROUP, SUBNET, VPC
from tests.integration.infra.simulator.rules.aws_policy import ROLE
from tests.integration.infra.simulator.rules.aws_storage import BUCKET

__all__ = ["BUCKET", "DATABASE", "KEY", "ROLE", "SECURITY_GROUP", "SUBNET", "SUBNET_GROUP", "VPC", "aws"]
