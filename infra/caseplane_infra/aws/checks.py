"""The validation rows on AWS (R000-152 to R000-159), asked of what the account has."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from caseplane_infra.aws.network import MODELS, SERVICES, SERVICES_WITHOUT_NAT
from caseplane_infra.contract import OBJECT_STORES, WORKLOADS, Subnets
from caseplane_infra.policies.kinds import Aws
from caseplane_infra.settings import Settings
from caseplane_infra.verify import Check, Found, State

LEAST_ZONES = 2
EVERYWHERE = "0.0.0.0/0"


def _zones(settings: Settings) -> int:
    return max(settings.network.zones, LEAST_ZONES)


def _gateways(settings: Settings) -> int:
    return {"none": 0, "single": 1, "per_zone": settings.network.zones}[settings.network.nat]


def _arn(found: Found) -> Sequence[str]:
    return str(found["arn"]).split(":")


def _rings(state: State) -> list[str]:
    return [f"{ring} {sum(f'-{ring}-' in each.urn for each in state.all(Aws.SUBNET))}" for ring in Subnets]


def _routes(state: State, settings: Settings) -> list[str]:
    """Where the default routes lead, and whether they work."""
    return [
        f"{'internet' if str(each['gatewayId']).startswith('igw-') else 'nat'} {each['state']}"
        for each in state.all(Aws.ROUTE)
        if each["destinationCidrBlock"] == EVERYWHERE
    ]


def _wanted_routes(settings: Settings) -> list[str]:
    private = _zones(settings) if _gateways(settings) else 0
    return ["internet active", *["nat active"] * private]


def _buckets(state: State, kind: str, path: str) -> list[str]:
    """A property of what lies beside each of the three stores' buckets."""
    names = {each.id: each.urn for each in state.all(Aws.BUCKET)}
    return [
        f"{store} {_spelled(each[path])}"
        for store in OBJECT_STORES
        for each in state.all(kind)
        if f"::objects-{store}-" in each.urn and each["bucket"] in names
    ]


def _blocked(path: str) -> Callable[[State, Settings], list[str]]:
    return lambda state, _: _buckets(state, Aws.ACCESS_BLOCK, path)


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _each_store(value: str) -> list[str]:
    return [f"{store} {value}" for store in OBJECT_STORES]


def _redrive(state: State, settings: Settings) -> list[str]:
    jobs, dead = state.named(Aws.QUEUE, "queue-jobs"), state.named(Aws.QUEUE, "queue-dlq")
    if jobs is None or dead is None:
        raise LookupError("a queue is missing")
    policy = json.loads(jobs["redrivePolicy"] or "{}")
    right = policy.get("deadLetterTargetArn") == dead["arn"]
    return [f"{'to the dead-letter queue' if right else 'elsewhere'} after {policy.get('maxReceiveCount')}"]


def _nodes(state: State, settings: Settings) -> list[str]:
    return [f"{each['labels.role']} {each['capacityType']} {each['status']}" for each in state.all(Aws.NODES)]


def _wanted_nodes(settings: Settings) -> list[str]:
    workers = "SPOT" if settings.cluster.workers.spot else "ON_DEMAND"
    return ["core ON_DEMAND ACTIVE", f"workers {workers} ACTIVE"]


def _doors(state: State, settings: Settings) -> list[str]:
    """Who may reach the database."""
    return sorted(
        {
            str(each["cidrIpv4"])
            for each in state.all(Aws.INGRESS_RULE)
            if each.urn.rsplit("::", 1)[-1].startswith("database-")
        }
    )


def _app_ring(settings: Settings) -> list[str]:
    blocks = list(settings.network.cidr.subnets(prefixlen_diff=4))
    return sorted(str(each) for each in blocks[8 : 8 + _zones(settings)])


def _private_names(state: State, settings: Settings) -> bool:
    interfaces = [each for each in state.all(Aws.ENDPOINT) if each["vpcEndpointType"] == "Interface"]
    return bool(interfaces) and all(each["privateDnsEnabled"] is True for each in interfaces)


def _endpoints(settings: Settings) -> int:
    """The gateway to S3, which is always there, and one for each service."""
    if not settings.network.endpoints:
        return 1
    alone = len(SERVICES_WITHOUT_NAT) if settings.network.closed else 0
    return 1 + len(SERVICES) + alone + (len(MODELS) if settings.llm.enabled else 0)


def _lent(state: State, settings: Settings) -> list[str]:
    """Workloads whose pods are handed a role."""
    bound = {str(each["serviceAccount"]) for each in state.all(Aws.POD_IDENTITY)}
    return [each for each in WORKLOADS if any(account.endswith(each) for account in bound)]


def _guarded(state: State, settings: Settings) -> list[bool]:
    return [bool(each["webAclId"]) for each in state.all(Aws.DISTRIBUTION)]


CHECKS = (
    Check(
        id="R000-152",
        what="account",
        wanted=lambda settings: settings.account,
        seen=lambda state, _: _arn(state.one(Aws.VPC))[4],
    ),
    Check(
        id="R000-152",
        what="region",
        wanted=lambda settings: settings.region,
        seen=lambda state, _: _arn(state.one(Aws.VPC))[3],
    ),
    Check(
        id="R000-153",
        what="network's range",
        wanted=lambda settings: str(settings.network.cidr),
        seen=lambda state, _: state.one(Aws.VPC)["cidrBlock"],
    ),
    Check(
        id="R000-153",
        what="network answers DNS, with host names",
        wanted=lambda _: [True, True],
        seen=lambda state, _: [
            state.one(Aws.VPC)[each] for each in ("enableDnsSupport", "enableDnsHostnames")
        ],
    ),
    Check(
        id="R000-153",
        what="subnets per ring",
        wanted=lambda settings: [f"{ring} {_zones(settings)}" for ring in Subnets],
        seen=lambda state, _: _rings(state),
    ),
    Check(
        id="R000-153",
        what="internet gateway is attached",
        wanted=lambda _: True,
        seen=lambda state, _: state.one(Aws.INTERNET_GATEWAY)["vpcId"] == state.one(Aws.VPC).id,
    ),
    Check(
        id="R000-153",
        what="NAT gateways",
        wanted=_gateways,
        seen=lambda state, _: len(state.all(Aws.NAT)),
    ),
    Check(
        id="R000-153",
        what="default routes",
        wanted=lambda settings: sorted(_wanted_routes(settings)),
        seen=lambda state, settings: sorted(_routes(state, settings)),
    ),
    Check(
        id="R000-154",
        what="alias leads to the key",
        wanted=lambda _: True,
        seen=lambda state, _: state.one(Aws.KEY_ALIAS)["targetKeyId"] == state.one(Aws.KEY)["keyId"],
    ),
    Check(
        id="R000-154",
        what="key rotates, days",
        wanted=lambda settings: [True, settings.keys.rotation_days],
        seen=lambda state, _: [
            state.one(Aws.KEY)[each] for each in ("enableKeyRotation", "rotationPeriodInDays")
        ],
    ),
    Check(
        id="R000-154",
        what="secrets with a value",
        wanted=lambda _: 5,
        seen=lambda state, _: len(
            {each["secretId"] for each in state.all(Aws.SECRET_VERSION)}
            & {each.id for each in state.all(Aws.SECRET)}
        ),
    ),
    Check(
        id="R000-155",
        what="buckets keep versions",
        wanted=lambda _: _each_store("Enabled"),
        seen=lambda state, _: _buckets(state, Aws.BUCKET_VERSIONING, "versioningConfiguration.status"),
    ),
    Check(
        id="R000-155",
        what="buckets are encrypted with the own key",
        wanted=lambda _: True,
        seen=lambda state, _: (
            _buckets(
                state,
                Aws.BUCKET_ENCRYPTION,
                "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId",
            )
            == _each_store(state.one(Aws.KEY)["arn"])
        ),
    ),
    *(
        Check(
            id="R000-155",
            what=f"buckets: {path}",
            wanted=lambda _: _each_store("true"),
            seen=_blocked(path),
        )
        for path in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    ),
    Check(
        id="R000-155",
        what="audit records are kept, days",
        wanted=lambda settings: settings.objects.audit_days,
        seen=lambda state, _: state.one(Aws.LOCK)["rule.defaultRetention.days"],
    ),
    Check(
        id="R000-156",
        what="queues",
        wanted=lambda settings: [f"{settings.prefix}-jobs", f"{settings.prefix}-jobs-dlq"],
        seen=lambda state, _: sorted(str(each["name"]) for each in state.all(Aws.QUEUE)),
    ),
    Check(
        id="R000-156",
        what="dead letters go",
        wanted=lambda settings: [f"to the dead-letter queue after {settings.queue.attempts}"],
        seen=_redrive,
    ),
    Check(
        id="R000-157",
        what="cluster",
        wanted=lambda settings: ["ACTIVE", settings.cluster.version],
        seen=lambda state, _: [state.one(Aws.CLUSTER)[each] for each in ("status", "version")],
    ),
    Check(
        id="R000-157",
        what="Kubernetes API is public",
        wanted=lambda settings: not settings.cluster.private_control_plane,
        seen=lambda state, _: state.one(Aws.CLUSTER)["vpcConfig.endpointPublicAccess"],
    ),
    Check(id="R000-157", what="node groups", wanted=_wanted_nodes, seen=_nodes),
    Check(id="R000-157", what="pods with an identity", wanted=lambda _: list(WORKLOADS), seen=_lent),
    Check(
        id="R000-158",
        what="database is available",
        wanted=lambda _: "available",
        seen=lambda state, _: state.one(Aws.DATABASE)["status"],
    ),
    Check(
        id="R000-158",
        what="database has a standby",
        wanted=lambda settings: settings.database.high_availability,
        seen=lambda state, _: state.one(Aws.DATABASE)["multiAz"],
    ),
    Check(
        id="R000-158",
        what="database is public",
        wanted=lambda _: False,
        seen=lambda state, _: state.one(Aws.DATABASE)["publiclyAccessible"],
    ),
    Check(
        id="R000-158",
        what="application's database",
        wanted=lambda settings: settings.database.name,
        seen=lambda state, _: state.one(Aws.DATABASE)["dbName"],
    ),
    Check(
        id="R000-158",
        what="database backups, days",
        wanted=lambda settings: settings.database.backup_days,
        seen=lambda state, _: state.one(Aws.DATABASE)["backupRetentionPeriod"],
    ),
    Check(id="R000-158", what="database lets in", wanted=_app_ring, seen=_doors),
    Check(
        id="R000-159",
        what="private endpoints have private names",
        wanted=lambda settings: settings.network.endpoints,
        seen=_private_names,
    ),
    Check(
        id="R000-159",
        what="private endpoints",
        wanted=_endpoints,
        seen=lambda state, _: len(state.all(Aws.ENDPOINT)),
    ),
    Check(
        id="R000-89",
        what="the console is behind the firewall",
        wanted=lambda settings: [settings.edge.waf] if settings.edge.domain and settings.edge.cdn else [],
        seen=_guarded,
    ),
    Check(
        id="R000-159",
        what="private endpoints are available",
        wanted=lambda _: True,
        seen=lambda state, _: all(each["state"] == "available" for each in state.all(Aws.ENDPOINT)),
    ),
)
