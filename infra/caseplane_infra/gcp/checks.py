"""The validation rows on Google Cloud (R000-152 to R000-158), asked of what the project has; R000-159 has no step."""

from typing import Any

from caseplane_infra.contract import OBJECT_STORES
from caseplane_infra.gcp.database import TIERS
from caseplane_infra.gcp.network import Plan
from caseplane_infra.gcp.provider import wanted
from caseplane_infra.policies.kinds import Gcp
from caseplane_infra.settings import Settings
from caseplane_infra.verify import Check, State


def _addresses(settings: Settings) -> int:
    return {"none": 0, "single": 1, "per_zone": settings.network.zones}[settings.network.nat]


def _ranges(state: State, settings: Settings) -> list[str]:
    secondary = [
        each["ipCidrRange"] for found in state.all(Gcp.SUBNET) for each in found["secondaryIpRanges"] or ()
    ]
    return sorted(map(str, [*(each["ipCidrRange"] for each in state.all(Gcp.SUBNET)), *secondary]))


def _wanted_ranges(settings: Settings) -> list[str]:
    plan, network = Plan.of(settings.network.cidr), settings.network
    return sorted(map(str, (plan.app, plan.data, network.pods_cidr, network.services_cidr)))


def _ways_out(state: State, settings: Settings) -> list[int]:
    return [len(each["natIps"]) for each in state.all(Gcp.NAT)]


def _stores(state: State, path: str) -> list[str]:
    return [
        f"{store} {found[path]}"
        for store in OBJECT_STORES
        if (found := state.named(Gcp.BUCKET, f"objects-{store}"))
    ]


def _each_store(value: Any) -> list[str]:
    return [f"{store} {value}" for store in OBJECT_STORES]


def _dead_letters(state: State, settings: Settings) -> list[str]:
    """Where dead letters go, and who reads them there."""
    jobs = state.named(Gcp.SUBSCRIPTION, "queue-reader")
    if jobs is None:
        raise LookupError("no subscription of the jobs")
    end = str(jobs["deadLetterPolicy.deadLetterTopic"])
    readers = [each["name"] for each in state.all(Gcp.SUBSCRIPTION) if each["topic"] == end]
    attempts = jobs["deadLetterPolicy.maxDeliveryAttempts"]
    return [f"{end.rsplit('/', 1)[-1]} after {attempts}", *(f"read by {each}" for each in readers)]


def _wanted_dead_letters(settings: Settings) -> list[str]:
    end = f"{settings.prefix}-jobs-dlq"
    return [f"{end} after {settings.queue.attempts}", f"read by {end}-sub"]


def _pools(state: State, settings: Settings) -> list[str]:
    return [
        f"{each['name']} {'spot' if each['nodeConfig.spot'] else 'on demand'}" for each in state.all(Gcp.POOL)
    ]


CHECKS = (
    Check(
        id="R000-152",
        what="project",
        wanted=lambda settings: settings.account,
        seen=lambda state, _: state.one(Gcp.NETWORK)["project"],
    ),
    Check(
        id="R000-152",
        what="services that are on",
        wanted=lambda settings: sorted(f"{each}.googleapis.com" for each in wanted(settings)),
        seen=lambda state, _: sorted(str(each["service"]) for each in state.all(Gcp.SERVICE)),
    ),
    Check(
        id="R000-153",
        what="network",
        wanted=lambda settings: f"net-{settings.prefix}",
        seen=lambda state, _: state.one(Gcp.NETWORK)["name"],
    ),
    Check(id="R000-153", what="ranges of subnets, pods and services", wanted=_wanted_ranges, seen=_ranges),
    Check(
        id="R000-153",
        what="subnets reach Google's services privately",
        wanted=lambda _: [True, True],
        seen=lambda state, _: [each["privateIpGoogleAccess"] for each in state.all(Gcp.SUBNET)],
    ),
    Check(
        id="R000-153",
        what="routers",
        wanted=lambda settings: 1 if _addresses(settings) else 0,
        seen=lambda state, _: len(state.all(Gcp.ROUTER)),
    ),
    Check(
        id="R000-153",
        what="addresses of the way out",
        wanted=lambda settings: [_addresses(settings)] if _addresses(settings) else [],
        seen=_ways_out,
    ),
    Check(
        id="R000-154",
        what="key is in the ring",
        wanted=lambda _: True,
        seen=lambda state, _: state.one(Gcp.KEY)["keyRing"] == state.one(Gcp.KEY_RING).id,
    ),
    Check(
        id="R000-154",
        what="key rotates, seconds",
        wanted=lambda settings: f"{settings.keys.rotation_days * 86_400}s",
        seen=lambda state, _: state.one(Gcp.KEY)["rotationPeriod"],
    ),
    Check(
        id="R000-154",
        what="secrets with a version",
        wanted=lambda _: 5,
        seen=lambda state, _: len(
            {each["secret"] for each in state.all(Gcp.SECRET_VERSION)}
            & {each.id for each in state.all(Gcp.SECRET)}
        ),
    ),
    Check(
        id="R000-155",
        what="buckets cannot be made public",
        wanted=lambda _: _each_store("enforced"),
        seen=lambda state, _: _stores(state, "publicAccessPrevention"),
    ),
    Check(
        id="R000-155",
        what="buckets are encrypted with the own key",
        wanted=lambda _: True,
        seen=lambda state, _: (
            _stores(state, "encryption.defaultKmsKeyName") == _each_store(state.one(Gcp.KEY).id)
        ),
    ),
    Check(
        id="R000-155",
        what="audit records are kept, seconds",
        wanted=lambda settings: str(settings.objects.audit_days * 86_400),
        seen=lambda state, _: next(
            each["retentionPolicy.retentionPeriod"]
            for each in state.all(Gcp.BUCKET)
            if each.urn.endswith("-audit")
        ),
    ),
    Check(
        id="R000-156",
        what="topics",
        wanted=lambda settings: [f"{settings.prefix}-jobs", f"{settings.prefix}-jobs-dlq"],
        seen=lambda state, _: sorted(str(each["name"]) for each in state.all(Gcp.TOPIC)),
    ),
    Check(id="R000-156", what="dead letters go", wanted=_wanted_dead_letters, seen=_dead_letters),
    Check(
        id="R000-157",
        what="cluster's version",
        wanted=lambda settings: True,
        seen=lambda state, settings: str(state.one(Gcp.CLUSTER)["masterVersion"]).startswith(
            f"{settings.cluster.version}."
        ),
    ),
    Check(
        id="R000-157",
        what="nodes are private, Kubernetes API too",
        wanted=lambda settings: [True, settings.cluster.private_control_plane],
        seen=lambda state, _: [
            state.one(Gcp.CLUSTER)[f"privateClusterConfig.{each}"]
            for each in ("enablePrivateNodes", "enablePrivateEndpoint")
        ],
    ),
    Check(
        id="R000-157",
        what="pools",
        wanted=lambda settings: [
            "core on demand",
            f"workers {'spot' if settings.cluster.workers.spot else 'on demand'}",
        ],
        seen=_pools,
    ),
    Check(
        id="R000-158",
        what="database's tier",
        wanted=lambda settings: TIERS[settings.database.tier],
        seen=lambda state, _: state.one(Gcp.DATABASE)["settings.tier"],
    ),
    Check(
        id="R000-158",
        what="database has a standby",
        wanted=lambda settings: "REGIONAL" if settings.database.high_availability else "ZONAL",
        seen=lambda state, _: state.one(Gcp.DATABASE)["settings.availabilityType"],
    ),
    Check(
        id="R000-158",
        what="database has a private address, and no public one",
        wanted=lambda _: [True, False],
        seen=lambda state, _: [
            bool(state.one(Gcp.DATABASE)["privateIpAddress"]),
            state.one(Gcp.DATABASE)["settings.ipConfiguration.ipv4Enabled"],
        ],
    ),
    Check(
        id="R000-158",
        what="point-in-time recovery",
        wanted=lambda _: True,
        seen=lambda state, _: state.one(Gcp.DATABASE)[
            "settings.backupConfiguration.pointInTimeRecoveryEnabled"
        ],
    ),
    Check(
        id="R000-158",
        what="application's database",
        wanted=lambda settings: settings.database.name,
        seen=lambda state, _: state.one(Gcp.DATABASE_NAME)["name"],
    ),
)
