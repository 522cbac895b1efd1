"""How Azure shows the validation rows, and the rows that only Azure has."""

from typing import Any

from caseplane_infra import checks
from caseplane_infra.checks import if_right, pool, ready
from caseplane_infra.contract import OBJECT_STORES
from caseplane_infra.policies.kinds import Azure
from caseplane_infra.settings import Settings
from caseplane_infra.verify import Found, State, Wanted


def _subnets(state: State) -> list[str]:
    """Each subnet of nodes, and whether it has one of our NAT gateways."""
    gateways = {each.id for each in state.all(Azure.NAT)}
    return [
        f"{each['name']} {'NAT' if each['natGateway.id'] in gateways else 'no NAT'}"
        for each in state.all(Azure.SUBNET)
        if str(each["name"]).startswith("snet-aks")
    ]


def _wanted_subnets(settings: Settings) -> list[str]:
    network = settings.network
    count = network.zones if network.nat == "per_zone" else 1
    names = [f"snet-aks-{index}" for index in range(1, count + 1)] if count > 1 else ["snet-aks"]
    return [f"{each} {'no NAT' if network.closed else 'NAT'}" for each in names]


def _vaults(settings: Settings) -> int:
    """Vaults of keys and of secrets, and one for the models' key if they are in another region."""
    elsewhere = settings.llm.enabled and settings.llm.region not in ("", settings.region)
    return 2 + elsewhere


def _delegated(state: State) -> list[Any]:
    subnets = [each for each in state.all(Azure.SUBNET) if each["name"] == "snet-pg"]
    return [each["delegations.0.serviceName"] for each in subnets]


def _account(state: State) -> Found:
    """The account of customers' objects; the console's files are in another."""
    return state.one(Azure.STORAGE, "objects-account")


def _stores(state: State, value: Any, right: Any) -> list[str]:
    """The stores that exist, each with a property that the account has for all of them."""
    found = {each["name"] for each in state.all(Azure.CONTAINER)}
    return [if_right(store, value, right) for store in OBJECT_STORES if store in found]


def _public_access(state: State) -> str:
    return "refused" if _account(state)["allowBlobPublicAccess"] is False else "allowed"


def _versions(state: State) -> str:
    return "on" if state.one(Azure.STORAGE_SERVICE)["isVersioningEnabled"] else "off"


def _pools(state: State) -> list[str]:
    """Pools declared inside the cluster, and separate pools."""
    pools = [(each["nodeLabels"]["role"], each["scaleSetPriority"]) for each in _first_pools(state)]
    pools += [(each["nodeLabels.role"], each["scaleSetPriority"]) for each in state.all(Azure.POOL)]
    return sorted({pool(role, spot=capacity == "Spot") for role, capacity in pools})


def _first_pools(state: State) -> Any:
    return state.one(Azure.CLUSTER)["agentPoolProfiles"] or ()


def _refuses_plain_text(state: State) -> Any:
    return next(
        (
            each["value"]
            for each in state.all(Azure.DATABASE_SETTING)
            if each.id.endswith("/require_secure_transport")
        ),
        "not set",
    )


def _endpoints(settings: Settings) -> int:
    """Storage, vault, queue and registry, and models where they are used."""
    return (4 + settings.llm.enabled) if settings.network.endpoints else 0


def _approved(state: State) -> int:
    status = "privateLinkServiceConnections.0.privateLinkServiceConnectionState.status"
    return sum(each[status] == "Approved" for each in state.all(Azure.ENDPOINT))


def _named(state: State) -> int:
    """Endpoints that are registered in our private zones."""
    zones = {each.id for each in state.all(Azure.PRIVATE_ZONE)}
    return sum(
        bool(each["privateDnsZoneConfigs"])
        and all(config["privateDnsZoneId"] in zones for config in each["privateDnsZoneConfigs"])
        for each in state.all(Azure.ENDPOINT_NAMES)
    )


CHECKS = (
    checks.ACCOUNT.seen(lambda state: state.one(Azure.VNET).id.split("/")[2]),
    checks.REGION.seen(lambda state: state.one(Azure.VNET)["location"]),
    checks.RANGE.seen(lambda state: state.one(Azure.VNET)["addressSpace.addressPrefixes"]),
    checks.NAT.seen(lambda state: len(state.all(Azure.NAT))),
    Wanted("R000-153", "node subnets", _wanted_subnets).seen(_subnets),
    Wanted(
        "R000-153",
        "database's subnet is delegated to",
        lambda _: ["Microsoft.DBforPostgreSQL/flexibleServers"],
    ).seen(_delegated),
    Wanted("R000-154", "vaults have purge protection", lambda settings: [True] * _vaults(settings)).seen(
        lambda state: [each["properties.enablePurgeProtection"] for each in state.all(Azure.VAULT)]
    ),
    checks.WITH_VALUE.seen(lambda state: len(state.all(Azure.SECRET))),
    Wanted("R000-154", "log workspaces", lambda _: 1).seen(lambda state: len(state.all(Azure.WORKSPACE))),
    Wanted(
        "R000-155",
        "storage's redundancy",
        lambda settings: "Standard_ZRS" if settings.objects.redundancy == "region" else "Standard_LRS",
    ).seen(lambda state: _account(state)["sku.name"]),
    checks.PRIVATE.seen(lambda state: _stores(state, _public_access(state), "refused")),
    checks.OWN_KEY.seen(
        lambda state: _stores(state, _account(state)["encryption.keySource"], "Microsoft.Keyvault")
    ),
    checks.VERSIONS.seen(lambda state: _stores(state, _versions(state), "on")),
    checks.AUDIT.seen(lambda state: state.one(Azure.RETENTION)["immutabilityPeriodSinceCreationInDays"]),
    checks.ATTEMPTS.seen(lambda state: state.one(Azure.QUEUE)["maxDeliveryCount"]),
    Wanted("R000-156", "expired messages are dead letters", lambda _: True).seen(
        lambda state: state.one(Azure.QUEUE)["deadLetteringOnMessageExpiration"]
    ),
    checks.CLUSTER.seen(lambda state: ready(state.one(Azure.CLUSTER)["provisioningState"], "Succeeded")),
    checks.VERSION.seen(lambda state: state.one(Azure.CLUSTER)["kubernetesVersion"]),
    checks.PRIVATE_API.seen(
        lambda state: state.one(Azure.CLUSTER)["apiServerAccessProfile.enablePrivateCluster"]
    ),
    checks.POOLS.seen(_pools),
    Wanted(
        "R000-157",
        "registry's tier",
        lambda settings: "Premium" if settings.network.endpoints else "Standard",
    ).seen(lambda state: state.one(Azure.REGISTRY)["sku.name"]),
    checks.DATABASE.seen(lambda state: ready(state.one(Azure.DATABASE)["state"], "Ready")),
    Wanted("R000-158", "database's version", lambda settings: settings.database.version).seen(
        lambda state: state.one(Azure.DATABASE)["version"]
    ),
    Wanted("R000-158", "database refuses plain text", lambda _: "on").seen(_refuses_plain_text),
    checks.STANDBY.seen(lambda state: state.one(Azure.DATABASE)["highAvailability.mode"] == "ZoneRedundant"),
    checks.PUBLIC.seen(lambda state: state.one(Azure.DATABASE)["network.publicNetworkAccess"] != "Disabled"),
    checks.APPLICATION.seen(lambda state: state.one(Azure.DATABASE_NAME)["name"]),
    checks.BACKUPS.seen(lambda state: state.one(Azure.DATABASE)["backup.backupRetentionDays"]),
    Wanted("R000-159", "private endpoints that are ready", _endpoints).seen(_approved),
    Wanted("R000-159", "private endpoints with private names", _endpoints).seen(_named),
)
