"""What every cloud's stack must show: the rows that more than one cloud can read, and the value wanted for settings.

Each cloud's own `checks.py` says how it reads a row, and adds the rows that only it has. The rows of R000-159 have the
same words on AWS and Azure but are not here: which services have a private endpoint differs by cloud.
"""

from typing import Any

from caseplane_infra.contract import OBJECT_STORES
from caseplane_infra.settings import Settings
from caseplane_infra.verify import Wanted, as_text

SECRETS = 5
"""Service secret, administrators' key, configuration, and the database's two passwords."""
LEAST_BACKUP_DAYS = {"azure": 7}
"""Azure keeps backups for no fewer days; the other clouds keep them as set."""


def pool(role: str, *, spot: bool) -> str:
    """A pool of nodes as the row `node pools` shows it."""
    return f"{role} {'spot' if spot else 'on demand'}"


def if_right(name: str, value: Any, right: Any) -> str:
    """A name, followed by the value if that is wrong."""
    return name if value == right else f"{name} ({as_text(value)})"


def ready(status: Any, right: Any) -> Any:
    """True for the status of something that is ready; any other status as it is, so that the row shows it."""
    return status == right or status


def _jobs(settings: Settings) -> str:
    return f"{settings.prefix}-jobs"


def _backup_days(settings: Settings) -> int:
    return max(settings.database.backup_days, LEAST_BACKUP_DAYS.get(settings.cloud, 0))


ACCOUNT = Wanted("R000-152", "account", lambda settings: settings.account)
REGION = Wanted("R000-152", "region", lambda settings: settings.region)

RANGE = Wanted("R000-153", "network's range", lambda settings: [str(settings.network.cidr)])
# A NAT gateway has one address on AWS and Azure; Google has one gateway with several.
NAT = Wanted("R000-153", "NAT addresses", lambda settings: settings.network.gateways)

ROTATION = Wanted("R000-154", "key rotates, days", lambda settings: settings.keys.rotation_days)
WITH_VALUE = Wanted(
    "R000-154", "secrets with a value", lambda settings: SECRETS + len(settings.vectors.secrets)
)

VERSIONS = Wanted("R000-155", "stores that keep versions", lambda _: list(OBJECT_STORES))
OWN_KEY = Wanted("R000-155", "stores encrypted with the stack's key", lambda _: list(OBJECT_STORES))
PRIVATE = Wanted("R000-155", "stores that cannot be made public", lambda _: list(OBJECT_STORES))
AUDIT = Wanted("R000-155", "audit records are kept, days", lambda settings: settings.objects.audit_days)

QUEUES = Wanted("R000-156", "queues", lambda settings: [_jobs(settings), f"{_jobs(settings)}-dlq"])
ATTEMPTS = Wanted(
    "R000-156", "deliveries before a message is a dead letter", lambda settings: settings.queue.attempts
)
DEAD_LETTERS = Wanted("R000-156", "dead letters go to", lambda settings: f"{_jobs(settings)}-dlq")

CLUSTER = Wanted("R000-157", "cluster is ready", lambda _: True)
VERSION = Wanted("R000-157", "cluster's version", lambda settings: settings.cluster.version)
PRIVATE_API = Wanted(
    "R000-157", "Kubernetes API is private", lambda settings: settings.cluster.private_control_plane
)
POOLS = Wanted(
    "R000-157",
    "node pools",
    lambda settings: [pool("core", spot=False), pool("workers", spot=settings.cluster.workers.spot)],
)

DATABASE = Wanted("R000-158", "database is ready", lambda _: True)
STANDBY = Wanted("R000-158", "database has a standby", lambda settings: settings.database.high_availability)
PUBLIC = Wanted("R000-158", "database is public", lambda _: False)
BACKUPS = Wanted("R000-158", "database backups, days", _backup_days)
APPLICATION = Wanted("R000-158", "application's database", lambda settings: settings.database.name)
