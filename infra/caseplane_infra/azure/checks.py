"""The validation rows on Azure (R000-152 to R000-159), asked of what the subscription has."""

from typing import Any

from caseplane_infra.contract import OBJECT_STORES
from caseplane_infra.policies.kinds import Azure
from caseplane_infra.settings import Settings
from caseplane_infra.verify import Check, Found, State

SECRETS = 5
"""Service secret, administrators' key, configuration, and the database's two passwords."""
LEAST_BACKUP_DAYS = 7


def _subscription(state: State, settings: Settings) -> str:
    return state.one(Azure.VNET).id.split("/")[2]


def _gateways(settings: Settings) -> int:
    return {"none": 0, "single": 1, "per_zone": settings.network.zones}[settings.network.nat]


def _ways_out(state: State, settings: Settings) -> list[str]:
    """Each subnet of nodes, and whether it leaves through a gateway of ours."""
    gateways = {each.id for each in state.all(Azure.NAT)}
    return [
        f"{each['name']} {'by NAT' if each['natGateway.id'] in gateways else 'no way out'}"
        for each in state.all(Azure.SUBNET)
        if str(each["name"]).startswith("snet-aks")
    ]


def _wanted_ways_out(settings: Settings) -> list[str]:
    network = settings.network
    count = network.zones if network.nat == "per_zone" else 1
    names = [f"snet-aks-{index}" for index in range(1, count + 1)] if count > 1 else ["snet-aks"]
    return [f"{each} {'no way out' if network.nat == 'none' else 'by NAT'}" for each in names]


def _delegated(state: State, settings: Settings) -> list[Any]:
    return [
        each["delegations.0.serviceName"]
        for each in state.all(Azure.SUBNET)
        if str(each["name"]) == "snet-pg"
    ]


def _nodes(state: State, settings: Settings) -> list[str]:
    """Roles of the pools, and what capacity they are on."""
    inside = state.one(Azure.CLUSTER)["agentPoolProfiles"] or ()
    pools = [(each["nodeLabels"]["role"], each["scaleSetPriority"]) for each in inside]
    beside = [(each["nodeLabels.role"], each["scaleSetPriority"]) for each in state.all(Azure.POOL)]
    return sorted({f"{role} {capacity}" for role, capacity in (*pools, *beside)})


def _wanted_nodes(settings: Settings) -> list[str]:
    return ["core Regular", f"workers {'Spot' if settings.cluster.workers.spot else 'Regular'}"]


def _store(state: State) -> Found:
    """The account of customers' objects; the console's files are in another."""
    found = state.named(Azure.STORAGE, "objects-account")
    if found is None:
        raise LookupError(f"no objects-account among {Azure.STORAGE}")
    return found


def _approved(state: State, settings: Settings) -> list[str]:
    return [
        str(each["privateLinkServiceConnections.0.privateLinkServiceConnectionState.status"])
        for each in state.all(Azure.ENDPOINT)
    ]


def _endpoints(settings: Settings) -> int:
    """Storage, vault, queue and registry, and models where they are used."""
    return (4 + settings.llm.enabled) if settings.network.endpoints else 0


def _named(state: State, settings: Settings) -> int:
    """Endpoints whose addresses are written into private zones of ours."""
    zones = {each.id for each in state.all(Azure.PRIVATE_ZONE)}
    return sum(
        bool(each["privateDnsZoneConfigs"])
        and all(config["privateDnsZoneId"] in zones for config in each["privateDnsZoneConfigs"])
        for each in state.all(Azure.ENDPOINT_NAMES)
    )


CHECKS = (
    Check(
        id="R000-152",
        what="subscription",
        wanted=lambda settings: settings.account,
        seen=_subscription,
    ),
    Check(
        id="R000-152",
        what="location",
        wanted=lambda settings: settings.region,
        seen=lambda state, _: state.one(Azure.VNET)["location"],
    ),
    Check(
        id="R000-153",
        what="network's range",
        wanted=lambda settings: [str(settings.network.cidr)],
        seen=lambda state, _: state.one(Azure.VNET)["addressSpace.addressPrefixes"],
    ),
    Check(
        id="R000-153",
        what="NAT gateways",
        wanted=_gateways,
        seen=lambda state, _: len(state.all(Azure.NAT)),
    ),
    Check(id="R000-153", what="nodes' subnets", wanted=_wanted_ways_out, seen=_ways_out),
    Check(
        id="R000-153",
        what="the database's subnet is lent to",
        wanted=lambda _: ["Microsoft.DBforPostgreSQL/flexibleServers"],
        seen=_delegated,
    ),
    Check(
        id="R000-154",
        what="vaults forget nothing by mistake",
        wanted=lambda _: [True, True],
        seen=lambda state, _: [each["properties.enablePurgeProtection"] for each in state.all(Azure.VAULT)],
    ),
    Check(
        id="R000-154",
        what="secrets",
        wanted=lambda _: SECRETS,
        seen=lambda state, _: len(state.all(Azure.SECRET)),
    ),
    Check(
        id="R000-154",
        what="log workspaces",
        wanted=lambda _: 1,
        seen=lambda state, _: len(state.all(Azure.WORKSPACE)),
    ),
    Check(
        id="R000-155",
        what="storage's redundancy",
        wanted=lambda settings: "Standard_ZRS" if settings.objects.redundancy == "region" else "Standard_LRS",
        seen=lambda state, _: _store(state)["sku.name"],
    ),
    Check(
        id="R000-155",
        what="containers",
        wanted=lambda _: sorted(OBJECT_STORES),
        seen=lambda state, _: sorted(str(each["name"]) for each in state.all(Azure.CONTAINER)),
    ),
    Check(
        id="R000-155",
        what="objects may be public",
        wanted=lambda _: False,
        seen=lambda state, _: _store(state)["allowBlobPublicAccess"],
    ),
    Check(
        id="R000-155",
        what="storage is encrypted with",
        wanted=lambda _: "Microsoft.Keyvault",
        seen=lambda state, _: _store(state)["encryption.keySource"],
    ),
    Check(
        id="R000-155",
        what="objects keep versions",
        wanted=lambda _: True,
        seen=lambda state, _: state.one(Azure.STORAGE_SERVICE)["isVersioningEnabled"],
    ),
    Check(
        id="R000-155",
        what="audit records are kept, days",
        wanted=lambda settings: settings.objects.audit_days,
        seen=lambda state, _: state.one(Azure.RETENTION)["immutabilityPeriodSinceCreationInDays"],
    ),
    Check(
        id="R000-156",
        what="deliveries before a message is a dead letter",
        wanted=lambda settings: settings.queue.attempts,
        seen=lambda state, _: state.one(Azure.QUEUE)["maxDeliveryCount"],
    ),
    Check(
        id="R000-156",
        what="expired messages are dead letters",
        wanted=lambda _: True,
        seen=lambda state, _: state.one(Azure.QUEUE)["deadLetteringOnMessageExpiration"],
    ),
    Check(
        id="R000-157",
        what="cluster",
        wanted=lambda settings: ["Succeeded", settings.cluster.version],
        seen=lambda state, _: [
            state.one(Azure.CLUSTER)[each] for each in ("provisioningState", "kubernetesVersion")
        ],
    ),
    Check(
        id="R000-157",
        what="Kubernetes API is private",
        wanted=lambda settings: settings.cluster.private_control_plane,
        seen=lambda state, _: state.one(Azure.CLUSTER)["apiServerAccessProfile.enablePrivateCluster"],
    ),
    Check(id="R000-157", what="pools", wanted=_wanted_nodes, seen=_nodes),
    Check(
        id="R000-157",
        what="registry's tier",
        wanted=lambda settings: "Premium" if settings.network.endpoints else "Standard",
        seen=lambda state, _: state.one(Azure.REGISTRY)["sku.name"],
    ),
    Check(
        id="R000-158",
        what="database",
        wanted=lambda settings: ["Ready", settings.database.version],
        seen=lambda state, _: [state.one(Azure.DATABASE)[each] for each in ("state", "version")],
    ),
    Check(
        id="R000-158",
        what="database refuses plain text",
        wanted=lambda _: "on",
        seen=lambda state, _: next(
            (
                each["value"]
                for each in state.all(Azure.DATABASE_SETTING)
                if each.id.endswith("/require_secure_transport")
            ),
            "not said",
        ),
    ),
    Check(
        id="R000-158",
        what="database has a standby",
        wanted=lambda settings: "ZoneRedundant" if settings.database.high_availability else "Disabled",
        seen=lambda state, _: state.one(Azure.DATABASE)["highAvailability.mode"],
    ),
    Check(
        id="R000-158",
        what="database's public address",
        wanted=lambda _: "Disabled",
        seen=lambda state, _: state.one(Azure.DATABASE)["network.publicNetworkAccess"],
    ),
    Check(
        id="R000-158",
        what="database backups, days",
        wanted=lambda settings: max(settings.database.backup_days, LEAST_BACKUP_DAYS),
        seen=lambda state, _: state.one(Azure.DATABASE)["backup.backupRetentionDays"],
    ),
    Check(
        id="R000-158",
        what="application's database",
        wanted=lambda settings: settings.database.name,
        seen=lambda state, _: state.one(Azure.DATABASE_NAME)["name"],
    ),
    Check(
        id="R000-159",
        what="private endpoints",
        wanted=lambda settings: ["Approved"] * _endpoints(settings),
        seen=_approved,
    ),
    Check(
        id="R000-159",
        what="private endpoints with names in private zones",
        wanted=_endpoints,
        seen=_named,
    ),
)
