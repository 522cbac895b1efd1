"""How Google Cloud shows the validation rows, and the rows that only it has; R000-159 has no step here."""

from fractions import Fraction
from typing import Any

from caseplane_infra import checks
from caseplane_infra.checks import if_right, pool
from caseplane_infra.contract import OBJECT_STORES
from caseplane_infra.gcp.database import TIERS
from caseplane_infra.gcp.network import Plan
from caseplane_infra.gcp.provider import DAY, services
from caseplane_infra.policies.kinds import Gcp
from caseplane_infra.settings import Settings
from caseplane_infra.verify import State, Wanted


def _days(seconds: Any) -> Fraction:
    """Google counts time in seconds, such as `31536000s`."""
    return Fraction(int(str(seconds or 0).removesuffix("s")), DAY)


def _ranges(state: State) -> list[str]:
    subnets = state.all(Gcp.SUBNET)
    secondary = [each for found in subnets for each in found["secondaryIpRanges"] or ()]
    return sorted(str(each["ipCidrRange"]) for each in (*subnets, *secondary))


def _wanted_ranges(settings: Settings) -> list[str]:
    plan, network = Plan.of(settings.network.cidr), settings.network
    return sorted(map(str, (plan.app, plan.data, network.pods_cidr, network.services_cidr)))


def _stores(state: State, path: str, right: Any) -> list[str]:
    found = {each: state.one(Gcp.BUCKET, f"objects-{each}") for each in OBJECT_STORES}
    return [if_right(store, bucket[path], right) for store, bucket in found.items()]


def _dead_letters(state: State) -> str:
    return str(state.one(Gcp.SUBSCRIPTION, "queue-reader")["deadLetterPolicy.deadLetterTopic"])


def _readers(state: State) -> list[str]:
    end = _dead_letters(state)
    return [each["name"] for each in state.all(Gcp.SUBSCRIPTION) if each["topic"] == end]


def _minor_version(state: State) -> str:
    return ".".join(str(state.one(Gcp.CLUSTER)["masterVersion"]).split(".")[:2])


CHECKS = (
    checks.ACCOUNT.seen(lambda state: state.one(Gcp.NETWORK)["project"]),
    Wanted(
        "R000-152",
        "services that are enabled",
        lambda settings: sorted(f"{each}.googleapis.com" for each in services(settings)),
    ).seen(lambda state: sorted(str(each["service"]) for each in state.all(Gcp.SERVICE))),
    Wanted("R000-153", "network", lambda settings: f"net-{settings.prefix}").seen(
        lambda state: state.one(Gcp.NETWORK)["name"]
    ),
    Wanted("R000-153", "ranges of subnets, pods and services", _wanted_ranges).seen(_ranges),
    Wanted("R000-153", "subnets reach Google's services privately", lambda _: [True, True]).seen(
        lambda state: [each["privateIpGoogleAccess"] for each in state.all(Gcp.SUBNET)]
    ),
    Wanted("R000-153", "routers", lambda settings: int(not settings.network.closed)).seen(
        lambda state: len(state.all(Gcp.ROUTER))
    ),
    checks.NAT.seen(lambda state: sum(len(each["natIps"]) for each in state.all(Gcp.NAT))),
    Wanted("R000-154", "key is in the ring", lambda _: True).seen(
        lambda state: state.one(Gcp.KEY)["keyRing"] == state.one(Gcp.KEY_RING).id
    ),
    checks.ROTATION.seen(lambda state: _days(state.one(Gcp.KEY)["rotationPeriod"])),
    checks.WITH_VALUE.seen(
        lambda state: len(
            {each["secret"] for each in state.all(Gcp.SECRET_VERSION)}
            & {each.id for each in state.all(Gcp.SECRET)}
        )
    ),
    checks.PRIVATE.seen(lambda state: _stores(state, "publicAccessPrevention", "enforced")),
    checks.OWN_KEY.seen(lambda state: _stores(state, "encryption.defaultKmsKeyName", state.one(Gcp.KEY).id)),
    checks.AUDIT.seen(
        lambda state: _days(state.one(Gcp.BUCKET, "objects-audit")["retentionPolicy.retentionPeriod"])
    ),
    checks.QUEUES.seen(lambda state: sorted(str(each["name"]) for each in state.all(Gcp.TOPIC))),
    checks.ATTEMPTS.seen(
        lambda state: state.one(Gcp.SUBSCRIPTION, "queue-reader")["deadLetterPolicy.maxDeliveryAttempts"]
    ),
    checks.DEAD_LETTERS.seen(lambda state: _dead_letters(state).rsplit("/", 1)[-1]),
    Wanted("R000-156", "dead letters are read by", lambda settings: [f"{settings.prefix}-jobs-dlq-sub"]).seen(
        _readers
    ),
    checks.VERSION.seen(_minor_version),
    Wanted("R000-157", "nodes are private", lambda _: True).seen(
        lambda state: state.one(Gcp.CLUSTER)["privateClusterConfig.enablePrivateNodes"]
    ),
    checks.PRIVATE_API.seen(
        lambda state: state.one(Gcp.CLUSTER)["privateClusterConfig.enablePrivateEndpoint"]
    ),
    checks.POOLS.seen(
        lambda state: [pool(each["name"], spot=each["nodeConfig.spot"]) for each in state.all(Gcp.POOL)]
    ),
    Wanted("R000-158", "database's tier", lambda settings: TIERS[settings.database.tier]).seen(
        lambda state: state.one(Gcp.DATABASE)["settings.tier"]
    ),
    checks.STANDBY.seen(lambda state: state.one(Gcp.DATABASE)["settings.availabilityType"] == "REGIONAL"),
    Wanted("R000-158", "database has a private address", lambda _: True).seen(
        lambda state: bool(state.one(Gcp.DATABASE)["privateIpAddress"])
    ),
    checks.PUBLIC.seen(lambda state: state.one(Gcp.DATABASE)["settings.ipConfiguration.ipv4Enabled"]),
    Wanted("R000-158", "point-in-time recovery", lambda _: True).seen(
        lambda state: state.one(Gcp.DATABASE)["settings.backupConfiguration.pointInTimeRecoveryEnabled"]
    ),
    checks.APPLICATION.seen(lambda state: state.one(Gcp.DATABASE_NAME)["name"]),
)
