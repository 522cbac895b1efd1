"""How AWS shows the validation rows, and the rows that only AWS has."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from caseplane_infra import checks
from caseplane_infra.aws.network import MODELS, SERVICES, SERVICES_WITHOUT_NAT, blocks, subnet_zones
from caseplane_infra.checks import if_right, pool, ready
from caseplane_infra.contract import OBJECT_STORES, WORKLOADS, Subnets
from caseplane_infra.policies.kinds import Aws
from caseplane_infra.settings import Settings
from caseplane_infra.verify import Found, State, Wanted

DEFAULT_ROUTE = "0.0.0.0/0"
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _arn(found: Found) -> Sequence[str]:
    return str(found["arn"]).split(":")


def _rings(state: State) -> list[str]:
    return [f"{ring} {sum(f'-{ring}-' in each.urn for each in state.all(Aws.SUBNET))}" for ring in Subnets]


def _routes(state: State) -> list[str]:
    """Targets and states of the default routes."""
    return sorted(
        f"{'internet' if str(each['gatewayId']).startswith('igw-') else 'nat'} {each['state']}"
        for each in state.all(Aws.ROUTE)
        if each["destinationCidrBlock"] == DEFAULT_ROUTE
    )


def _wanted_routes(settings: Settings) -> list[str]:
    private = subnet_zones(settings.network) if settings.network.gateways else 0
    return ["internet active", *["nat active"] * private]


def _rotation(key: Found) -> Any:
    return key["rotationPeriodInDays"] if key["enableKeyRotation"] else "never"


def _stores(state: State, kind: str, role: str, value: Callable[[Found], Any], right: Any) -> list[str]:
    """The stores, by a property of a resource that belongs to each bucket."""
    found = {each: state.one(kind, f"objects-{each}-{role}") for each in OBJECT_STORES}
    return [if_right(store, value(each), right) for store, each in found.items()]


def _own_key(state: State) -> list[str]:
    path, key = "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId", state.one(Aws.KEY)["arn"]
    return _stores(state, Aws.BUCKET_ENCRYPTION, "encryption", lambda each: each[path], key)


def _private(state: State) -> list[str]:
    def off(block: Found) -> list[str]:
        return [f"{each} is off" for each in BLOCKS if block[each] is not True]

    return _stores(state, Aws.ACCESS_BLOCK, "private", off, [])


def _redrive(state: State) -> Any:
    return json.loads(state.one(Aws.QUEUE, "queue-jobs")["redrivePolicy"] or "{}")


def _dead_letters(state: State) -> Any:
    target, dead = _redrive(state).get("deadLetterTargetArn"), state.one(Aws.QUEUE, "queue-dlq")
    return dead["name"] if target == dead["arn"] else target


def _pools(state: State) -> list[str]:
    return [
        if_right(pool(each["labels.role"], spot=each["capacityType"] == "SPOT"), each["status"], "ACTIVE")
        for each in state.all(Aws.NODES)
    ]


def _sources(state: State) -> list[str]:
    rules = [each for each in state.all(Aws.INGRESS_RULE) if "::database-" in each.urn]
    return sorted({str(each["cidrIpv4"]) for each in rules})


def _interfaces(settings: Settings) -> int:
    """Private endpoints with an address; the gateway to S3, which is always there, has none."""
    if not settings.network.endpoints:
        return 0
    alone = len(SERVICES_WITHOUT_NAT) if settings.network.closed else 0
    return len(SERVICES) + alone + (len(MODELS) if settings.llm.enabled else 0)


def _wanted_firewalls(settings: Settings) -> list[bool]:
    return [settings.edge.waf] if settings.edge.domain and settings.edge.cdn else []


def _with_identity(state: State) -> list[str]:
    bound = {str(each["serviceAccount"]) for each in state.all(Aws.POD_IDENTITY)}
    return [each for each in WORKLOADS if any(account.endswith(each) for account in bound)]


CHECKS = (
    checks.ACCOUNT.seen(lambda state: _arn(state.one(Aws.VPC))[4]),
    checks.REGION.seen(lambda state: _arn(state.one(Aws.VPC))[3]),
    checks.RANGE.seen(lambda state: [state.one(Aws.VPC)["cidrBlock"]]),
    Wanted("R000-153", "network answers DNS, with host names", lambda _: [True, True]).seen(
        lambda state: [state.one(Aws.VPC)[each] for each in ("enableDnsSupport", "enableDnsHostnames")]
    ),
    Wanted(
        "R000-153",
        "subnets per ring",
        lambda settings: [f"{ring} {subnet_zones(settings.network)}" for ring in Subnets],
    ).seen(_rings),
    Wanted("R000-153", "internet gateway is attached", lambda _: True).seen(
        lambda state: state.one(Aws.INTERNET_GATEWAY)["vpcId"] == state.one(Aws.VPC).id
    ),
    checks.NAT.seen(lambda state: len(state.all(Aws.NAT))),
    Wanted("R000-153", "default routes", _wanted_routes).seen(_routes),
    Wanted("R000-154", "alias points to the key", lambda _: True).seen(
        lambda state: state.one(Aws.KEY_ALIAS)["targetKeyId"] == state.one(Aws.KEY)["keyId"]
    ),
    checks.ROTATION.seen(lambda state: _rotation(state.one(Aws.KEY))),
    checks.WITH_VALUE.seen(
        lambda state: len(
            {each["secretId"] for each in state.all(Aws.SECRET_VERSION)}
            & {each.id for each in state.all(Aws.SECRET)}
        )
    ),
    checks.VERSIONS.seen(
        lambda state: _stores(
            state,
            Aws.BUCKET_VERSIONING,
            "versioning",
            lambda each: each["versioningConfiguration.status"],
            "Enabled",
        )
    ),
    checks.OWN_KEY.seen(_own_key),
    checks.PRIVATE.seen(_private),
    checks.AUDIT.seen(lambda state: state.one(Aws.LOCK)["rule.defaultRetention.days"]),
    checks.QUEUES.seen(lambda state: sorted(str(each["name"]) for each in state.all(Aws.QUEUE))),
    checks.ATTEMPTS.seen(lambda state: _redrive(state).get("maxReceiveCount")),
    checks.DEAD_LETTERS.seen(_dead_letters),
    checks.CLUSTER.seen(lambda state: ready(state.one(Aws.CLUSTER)["status"], "ACTIVE")),
    checks.VERSION.seen(lambda state: state.one(Aws.CLUSTER)["version"]),
    checks.PRIVATE_API.seen(lambda state: state.one(Aws.CLUSTER)["vpcConfig.endpointPublicAccess"] is False),
    checks.POOLS.seen(_pools),
    Wanted("R000-157", "pods with an identity", lambda _: list(WORKLOADS)).seen(_with_identity),
    checks.DATABASE.seen(lambda state: ready(state.one(Aws.DATABASE)["status"], "available")),
    checks.STANDBY.seen(lambda state: state.one(Aws.DATABASE)["multiAz"]),
    checks.PUBLIC.seen(lambda state: state.one(Aws.DATABASE)["publiclyAccessible"]),
    checks.APPLICATION.seen(lambda state: state.one(Aws.DATABASE)["dbName"]),
    checks.BACKUPS.seen(lambda state: state.one(Aws.DATABASE)["backupRetentionPeriod"]),
    Wanted(
        "R000-158",
        "database is reachable from",
        lambda settings: sorted(map(str, blocks(settings.network, Subnets.app))),
    ).seen(_sources),
    Wanted("R000-159", "private endpoints that are ready", lambda settings: 1 + _interfaces(settings)).seen(
        lambda state: sum(each["state"] == "available" for each in state.all(Aws.ENDPOINT))
    ),
    Wanted("R000-159", "private endpoints with private names", _interfaces).seen(
        lambda state: sum(each["privateDnsEnabled"] is True for each in state.all(Aws.ENDPOINT))
    ),
    Wanted("R000-89", "the console is behind the firewall", _wanted_firewalls).seen(
        lambda state: [bool(each["webAclId"]) for each in state.all(Aws.DISTRIBUTION)]
    ),
)
