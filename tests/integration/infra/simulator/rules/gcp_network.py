"""Google Cloud: networks, ranges, addresses, routers and NAT, private access to services, DNS."""

import re
from ipaddress import IPv4Network, ip_address, ip_network

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.gcp_book import (
    LABEL,
    gcp,
    labelled,
    named,
    needs_service,
    on,
    placed,
)
from tests.integration.infra.simulator.values import Properties

NETWORK = gcp.kind(
    "gcp:compute/network:Network",
    id="projects/{project}/global/networks/{name}",
    immutable=("name", "autoCreateSubnetworks"),
    autoname="name",
    quota=15,
    example={"project": on("compute"), "name": "example", "autoCreateSubnetworks": False},
)
needs_service(NETWORK, "compute")
named(NETWORK)


@gcp.rule(NETWORK, "INVALID_ARGUMENT", broken={"routingMode": "ZONAL"})
def routing_mode(network: Facts) -> str | None:
    """Routing is regional or global (VPC: dynamic routing mode)."""
    mode = network.get("routingMode", "REGIONAL")
    return None if mode in ("REGIONAL", "GLOBAL") else f"{mode}"


SUBNETWORK = gcp.kind(
    "gcp:compute/subnetwork:Subnetwork",
    id="projects/{project}/regions/{region}/subnetworks/{name}",
    outputs={"gatewayAddress": lambda facts: str(ip_network(facts.get("ipCidrRange"))[1])},
    refs={"network": to(NETWORK)},
    immutable=("name", "network", "region"),
    autoname="name",
    example={
        "name": "example",
        "network": Ref(NETWORK),
        "region": "us-central1",
        "ipCidrRange": "10.0.1.0/24",
        "secondaryIpRanges": [
            {"rangeName": "pods", "ipCidrRange": "10.60.0.0/16"},
            {"rangeName": "services", "ipCidrRange": "10.70.0.0/20"},
        ],
        "privateIpGoogleAccess": True,
    },
    further=({"name": "second", "ipCidrRange": "10.0.2.0/24", "secondaryIpRanges": []},),
)
named(SUBNETWORK, broken="1-begins-with-a-digit")
placed(SUBNETWORK, key="region")


def ranges_of(inputs: Properties) -> list[IPv4Network]:
    """All ranges of a subnetwork."""
    texts = [inputs["ipCidrRange"], *(each["ipCidrRange"] for each in inputs.get("secondaryIpRanges") or [])]
    return [IPv4Network(each) for each in texts]


@gcp.rule(SUBNETWORK, "INVALID_ARGUMENT", broken={"ipCidrRange": "10.0.1.7/24"})
def subnetwork_network(subnetwork: Facts) -> str | None:
    """A range is given by its first address (VPC: valid ranges)."""
    for each in [subnetwork.get("ipCidrRange"), *subnetwork.all("secondaryIpRanges[].ipCidrRange")]:
        try:
            ip_network(each)
        except ValueError as exc:
            return str(exc)
    return None


@gcp.rule(SUBNETWORK, "INVALID_ARGUMENT", broken={"ipCidrRange": "10.0.1.0/30"})
def subnetwork_size(subnetwork: Facts) -> str | None:
    """A subnetwork's range is a /29 or larger (VPC: valid ranges)."""
    length = ip_network(subnetwork.get("ipCidrRange")).prefixlen
    return None if length <= 29 else f"/{length}"


@gcp.rule(
    SUBNETWORK,
    "IP_RANGE_OVERLAP",
    broken={"name": "other", "ipCidrRange": "10.60.128.0/20", "secondaryIpRanges": []},
    beside=[(SUBNETWORK, {})],
)
def ranges_apart(subnetwork: Facts) -> str | None:
    """No two ranges of a network's subnetworks overlap, secondary ranges included (VPC: subnet ranges)."""
    own = ranges_of(subnetwork.inputs)
    others = subnetwork.others(network=subnetwork.get("network"))
    taken = [each for other in others for each in ranges_of(other.inputs)]
    taken += [_lent(each) for each in subnetwork.others(GLOBAL_ADDRESS, purpose="VPC_PEERING")]
    for index, one in enumerate(own):
        for other in [*own[index + 1 :], *taken]:
            if one.overlaps(other):
                return f"{one} overlaps {other}"
    return None


@gcp.rule(SUBNETWORK, "INVALID_ARGUMENT", broken={"logConfig": {"aggregationInterval": "INTERVAL_1_HOUR"}})
def flow_log_interval(subnetwork: Facts) -> str | None:
    """Flow logs are put together over 5 seconds to 15 minutes (VPC flow logs: aggregation)."""
    interval = subnetwork.get("logConfig.aggregationInterval", "INTERVAL_5_SEC")
    known = {f"INTERVAL_{each}" for each in ("5_SEC", "30_SEC", "1_MIN", "5_MIN", "10_MIN", "15_MIN")}
    return None if interval in known else f"{interval}"


FIREWALL = gcp.kind(
    "gcp:compute/firewall:Firewall",
    id="projects/{project}/global/firewalls/{name}",
    refs={"network": to(NETWORK)},
    immutable=("name", "network", "direction"),
    autoname="name",
    quota=100,
    example={
        "name": "example",
        "network": Ref(NETWORK),
        "direction": "INGRESS",
        "sourceRanges": ["10.0.0.0/16"],
        "allows": [{"protocol": "tcp", "ports": ["443"]}],
    },
)
named(FIREWALL)


@gcp.rule(FIREWALL, "INVALID_ARGUMENT", broken={"denies": [{"protocol": "udp"}]})
def one_action(firewall: Facts) -> str | None:
    """A rule allows or denies, not both and not neither (VPC: firewall rules)."""
    actions = [each for each in ("allows", "denies") if firewall.inputs.get(each)]
    return None if len(actions) == 1 else f"{len(actions)} actions"


@gcp.rule(FIREWALL, "INVALID_ARGUMENT", broken={"sourceRanges": Drop()})
def ingress_source(firewall: Facts) -> str | None:
    """A rule for ingress says where from (VPC: firewall rules)."""
    keys = ("sourceRanges", "sourceTags", "sourceServiceAccounts")
    said = firewall.get("direction") != "INGRESS" or any(firewall.inputs.get(each) for each in keys)
    return None if said else "no source"


@gcp.rule(FIREWALL, "INVALID_ARGUMENT", broken={"allows": [{"protocol": "http"}]})
def known_protocol(firewall: Facts) -> str | None:
    """Protocols are tcp, udp, icmp, esp, ah, sctp, ipip, all or a number (VPC: firewall rules)."""
    known = {"tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip", "all"}
    wrong = [each for each in firewall.all("allows[].protocol") if each not in known and not each.isdigit()]
    return f"{wrong}" if wrong else None


# Addresses -------------------------------------------------------------------------------------------------------

GLOBAL_ADDRESS = gcp.kind(
    "gcp:compute/globalAddress:GlobalAddress",
    id="projects/{project}/global/addresses/{name}",
    outputs={"address": lambda facts: f"203.0.113.{int(facts.digits(2), 16)}"},
    refs={"network": to(NETWORK)},
    immutable=("name", "network", "address", "addressType", "purpose", "prefixLength"),
    autoname="name",
    example={"project": on("compute"), "name": "example", "addressType": "EXTERNAL"},
    further=(
        {
            "name": "lent",
            "addressType": "INTERNAL",
            "purpose": "VPC_PEERING",
            "network": Ref(NETWORK),
            "address": "10.9.0.0",
            "prefixLength": 16,
        },
        {
            "name": "private-apis",
            "addressType": "INTERNAL",
            "purpose": "PRIVATE_SERVICE_CONNECT",
            "network": Ref(NETWORK),
            "address": "10.8.255.254",
        },
    ),
)
named(GLOBAL_ADDRESS)
labelled(GLOBAL_ADDRESS)


def _lent(record: Record) -> IPv4Network:
    return IPv4Network(f"{record.inputs.get('address', '192.0.2.0')}/{record.inputs.get('prefixLength', 24)}")


@gcp.rule(
    GLOBAL_ADDRESS,
    "INVALID_ARGUMENT",
    broken={"addressType": "INTERNAL", "purpose": "VPC_PEERING", "prefixLength": 16},
)
def internal_network(address: Facts) -> str | None:
    """An internal global address belongs to a network and has a purpose (Compute Engine: globalAddresses)."""
    whole = address.get("network") and address.get("purpose")
    return None if address.get("addressType", "EXTERNAL") == "EXTERNAL" or whole else "no network or purpose"


@gcp.rule(
    GLOBAL_ADDRESS,
    "INVALID_ARGUMENT",
    broken={
        "addressType": "INTERNAL",
        "purpose": "VPC_PEERING",
        "network": Ref(NETWORK),
        "address": "10.9.0.0",
        "prefixLength": 28,
    },
)
def lent_size(address: Facts) -> str | None:
    """A range for private services access is a /24 or larger (private services access: choosing a range)."""
    length = address.get("prefixLength", 24)
    return None if address.get("purpose") != "VPC_PEERING" or length <= 24 else f"/{length}"


@gcp.rule(
    GLOBAL_ADDRESS,
    "IP_RANGE_OVERLAP",
    broken={
        "addressType": "INTERNAL",
        "purpose": "VPC_PEERING",
        "network": Ref(NETWORK),
        "address": "10.0.0.0",
        "prefixLength": 16,
    },
    beside=[(SUBNETWORK, {})],
)
def lent_apart(address: Facts) -> str | None:
    """An allocated range overlaps no subnetwork (private services access: allocated ranges)."""
    if address.get("purpose") != "VPC_PEERING" or not address.get("address"):
        return None
    own = IPv4Network(f"{address.get('address')}/{address.get('prefixLength')}")
    taken = [each for other in address.others(SUBNETWORK) for each in ranges_of(other.inputs)]
    clash = [str(each) for each in taken if own.overlaps(each)]
    return f"{own} overlaps {', '.join(clash)}" if clash else None


@gcp.rule(
    GLOBAL_ADDRESS,
    "INVALID_ARGUMENT",
    broken={
        "addressType": "INTERNAL",
        "purpose": "PRIVATE_SERVICE_CONNECT",
        "network": Ref(NETWORK),
        "address": "10.0.1.9",
    },
    beside=[(SUBNETWORK, {})],
)
def endpoint_outside(address: Facts) -> str | None:
    """The endpoint of Google's APIs has an address outside of all subnetworks (Private Service Connect: APIs)."""
    if address.get("purpose") != "PRIVATE_SERVICE_CONNECT":
        return None
    own = ip_address(address.get("address"))
    taken = [each for other in address.others(SUBNETWORK) for each in ranges_of(other.inputs)]
    clash = [str(each) for each in taken if own in each]
    return f"{own} is in {', '.join(clash)}" if clash else None


ADDRESS = gcp.kind(
    "gcp:compute/address:Address",
    id="projects/{project}/regions/{region}/addresses/{name}",
    outputs={"address": lambda facts: f"198.51.100.{int(facts.digits(2), 16)}", "users": lambda _: []},
    immutable=("name", "region", "addressType"),
    autoname="name",
    quota=8,
    example={
        "project": on("compute"),
        "name": "example",
        "region": "us-central1",
        "addressType": "EXTERNAL",
    },
)
named(ADDRESS)
labelled(ADDRESS)
placed(ADDRESS, key="region")

# NAT -------------------------------------------------------------------------------------------------------------

ROUTER = gcp.kind(
    "gcp:compute/router:Router",
    id="projects/{project}/regions/{region}/routers/{name}",
    refs={"network": to(NETWORK)},
    immutable=("name", "network", "region"),
    autoname="name",
    example={"name": "example", "network": Ref(NETWORK), "region": "us-central1"},
)
named(ROUTER)
NAT = gcp.kind(
    "gcp:compute/routerNat:RouterNat",
    id="{project}/{region}/{router}/{name}",
    refs={
        "router": to(ROUTER, by="name"),
        "natIps[]": to(ADDRESS, by="selfLink"),
        "subnetworks[].name": to(SUBNETWORK),
    },
    immutable=("name", "router", "region"),
    autoname="name",
    example={
        "name": "example",
        "router": Ref(ROUTER, "name"),
        "region": "us-central1",
        "natIpAllocateOption": "MANUAL_ONLY",
        "natIps": [Ref(ADDRESS, "selfLink")],
        "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
        "subnetworks": [{"name": Ref(SUBNETWORK), "sourceIpRangesToNats": ["ALL_IP_RANGES"]}],
    },
)
named(NAT)


@gcp.rule(NAT, "INVALID_ARGUMENT", broken={"natIps": []})
def manual_addresses(nat: Facts) -> str | None:
    """NAT by hand has addresses, automatic NAT has none (Cloud NAT: addresses)."""
    manual = nat.get("natIpAllocateOption") == "MANUAL_ONLY"
    return None if manual == bool(nat.get("natIps")) else "addresses do not fit the way of allocation"


@gcp.rule(NAT, "INVALID_ARGUMENT", broken={"subnetworks": []})
def listed_subnetworks(nat: Facts) -> str | None:
    """Subnetworks are listed if, and only if, NAT is for a list of them (Cloud NAT: specifying ranges)."""
    listed = nat.get("sourceSubnetworkIpRangesToNat") == "LIST_OF_SUBNETWORKS"
    return None if listed == bool(nat.get("subnetworks")) else "the list does not fit the way of choosing"


# Private access --------------------------------------------------------------------------------------------------

CONNECTION = gcp.kind(
    "gcp:servicenetworking/connection:Connection",
    id="{network}:{service}",
    outputs={"peering": "servicenetworking-googleapis-com"},
    refs={
        "network": to(NETWORK, holds=False),
        "reservedPeeringRanges[]": to(GLOBAL_ADDRESS, by="name", holds=False),
    },
    immutable=("network", "service"),
    polls=2,
    example={
        "network": Ref(NETWORK),
        "service": "servicenetworking.googleapis.com",
        "reservedPeeringRanges": [Ref(GLOBAL_ADDRESS, "name", 2)],
        "deletionPolicy": "ABANDON",
    },
)
SQL = "gcp:sql/databaseInstance:DatabaseInstance"


@gcp.rule(CONNECTION, "INVALID_ARGUMENT", broken={"reservedPeeringRanges[0]": Ref(GLOBAL_ADDRESS, "name")})
def lent_for_peering(connection: Facts) -> str | None:
    """What is lent to a service producer was allocated for peering (private services access)."""
    lent = {each.inputs["name"] for each in connection.others(GLOBAL_ADDRESS, purpose="VPC_PEERING")}
    wrong = set(connection.get("reservedPeeringRanges")) - lent
    return f"{', '.join(wrong)} has another purpose" if wrong else None


@gcp.while_full(CONNECTION)
def producer_lingers(cloud: Cloud, connection: Record) -> str | None:
    """The producer frees a connection days after its last instance was deleted (private services access: deleting)."""
    left = connection.inputs.get("deletionPolicy") == "ABANDON"
    lingers = any(kind == SQL for kind, _ in cloud.taken) or cloud.of(SQL)
    return None if left or not lingers else "producer services are still using this connection"


def _absolute(domain: str) -> bool:
    return bool(re.fullmatch(r"([*a-z0-9_-]+\.)+", domain))


ZONE = gcp.kind(
    "gcp:dns/managedZone:ManagedZone",
    id="projects/{project}/managedZones/{name}",
    outputs={
        "nameServers": lambda facts: [f"ns-cloud-{letter}1.googledomains.com." for letter in "abcd"],
        "managedZoneId": lambda facts: str(int(facts.digits(12), 16)),
    },
    refs={"privateVisibilityConfig.networks[].networkUrl": to(NETWORK)},
    immutable=("name", "dnsName", "visibility"),
    example={"project": on("dns"), "name": "example", "dnsName": "example.com.", "visibility": "public"},
    further=(
        {
            "name": "private",
            "dnsName": "googleapis.com.",
            "visibility": "private",
            "privateVisibilityConfig": {"networks": [{"networkUrl": Ref(NETWORK)}]},
        },
    ),
)
needs_service(ZONE, "dns")
named(ZONE, LABEL)
labelled(ZONE)


@gcp.rule(ZONE, "INVALID_ARGUMENT", broken={"dnsName": "example.com"})
def zone_domain(zone: Facts) -> str | None:
    """A zone's domain is absolute: it ends in a dot (Cloud DNS: managed zones)."""
    return None if _absolute(zone.get("dnsName")) else f"{zone.get('dnsName')!r}"


@gcp.rule(ZONE, "INVALID_ARGUMENT", broken={"visibility": "private"})
def private_networks(zone: Facts) -> str | None:
    """A private zone names the networks that see it (Cloud DNS: private zones)."""
    private = zone.get("visibility", "public") == "private"
    return None if not private or zone.get("privateVisibilityConfig") else "no network"


@gcp.rule(ZONE, "ALREADY_EXISTS", broken={"name": "same"}, beside=[(ZONE, {})])
def one_zone(zone: Facts) -> str | None:
    """One public zone per domain, and one private zone per domain and network (Cloud DNS: overlapping zones)."""
    same = zone.others(dnsName=zone.get("dnsName"), visibility=zone.get("visibility"))
    return f"{same[0].id}" if same else None


RECORD = gcp.kind(
    "gcp:dns/recordSet:RecordSet",
    id="projects/{project}/managedZones/{managedZone}/rrsets/{name}/{type}",
    refs={"managedZone": to(ZONE, by="name", outside=r"^delegated-")},
    immutable=("name", "type", "managedZone"),
    example={
        "managedZone": Ref(ZONE, "name"),
        "name": "api.example.com.",
        "type": "A",
        "ttl": 300,
        "rrdatas": ["203.0.113.1"],
    },
)


@gcp.rule(RECORD, "INVALID_ARGUMENT", broken={"name": "api.example.org."})
def record_inside(record: Facts) -> str | None:
    """A record's name ends in its zone's domain (Cloud DNS: resource record sets)."""
    name, domain = record.get("name"), record.named("managedZone").get("dnsName")
    return None if name == domain or name.endswith(f".{domain}") else f"{name} is not in {domain}"


@gcp.rule(RECORD, "INVALID_ARGUMENT", broken={"rrdatas": ["api.example.org."]})
def record_data(record: Facts) -> str | None:
    """An A record holds IPv4 addresses, a CNAME one absolute name (Cloud DNS: record types)."""
    data = record.get("rrdatas")
    if record.get("type") == "A":
        wrong = [each for each in data if not re.fullmatch(r"\d+(\.\d+){3}", each)]
    else:
        wrong = [each for each in data if not each.endswith(".") or len(data) > 1]
    return f"{wrong}" if wrong else None


@gcp.rule(
    RECORD,
    "INVALID_ARGUMENT",
    broken={"type": "CNAME", "name": "example.com.", "rrdatas": ["elsewhere.example.com."]},
)
def no_alias_at_apex(record: Facts) -> str | None:
    """A zone's own name cannot be an alias (Cloud DNS: CNAME records)."""
    apex = record.get("name") == record.named("managedZone").get("dnsName")
    return "CNAME at the apex" if apex and record.get("type") == "CNAME" else None
