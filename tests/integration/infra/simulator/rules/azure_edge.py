"""DNS, Front Door and its firewall."""

import re
from ipaddress import ip_address

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.azure_book import azure, named, resource, tagged

ZONE = resource(
    "azure-native:dns:Zone",
    "Microsoft.Network/dnsZones/{zoneName}",
    outputs={
        "nameServers": lambda _: [f"ns{each}-01.azure-dns.{end}." for each, end in ((1, "com"), (2, "net"))]
    },
    example={"zoneName": "support.example.com", "location": "global", "zoneType": "Public"},
)
RECORD = resource(
    "azure-native:dns:RecordSet",
    "Microsoft.Network/dnsZones/{zoneName}/{recordType}/{relativeRecordSetName}",
    refs={"zoneName": to(ZONE, by="name")},
    outputs={"fqdn": "{relativeRecordSetName}.{zoneName}."},
    immutable=("recordType",),
    example={
        "zoneName": Ref(ZONE, "name"),
        "recordType": "A",
        "relativeRecordSetName": "origin",
        "ttl": 3600,
        "aRecords": [{"ipv4Address": "203.0.113.7"}],
    },
)
PROFILE = resource(
    "azure-native:cdn:Profile",
    "Microsoft.Cdn/profiles/{profileName}",
    outputs={"frontDoorId": "{hex}"},
    immutable=("sku.name",),
    example={"profileName": "afd-example", "location": "global", "sku": {"name": "Premium_AzureFrontDoor"}},
    further=({"profileName": "afd-cheap", "sku": {"name": "Standard_AzureFrontDoor"}},),
)
ENDPOINT = resource(
    "azure-native:cdn:AFDEndpoint",
    "Microsoft.Cdn/profiles/{profileName}/afdEndpoints/{endpointName}",
    outputs={"hostName": "{endpointName}-{hex}.z01.azurefd.net"},
    refs={"profileName": to(PROFILE, by="name")},
    example={
        "profileName": Ref(PROFILE, "name"),
        "endpointName": "example-api",
        "location": "global",
        "enabledState": "Enabled",
    },
)
DOMAIN = resource(
    "azure-native:cdn:AFDCustomDomain",
    "Microsoft.Cdn/profiles/{profileName}/customDomains/{customDomainName}",
    outputs={
        "domainValidationState": "Pending",
        "validationProperties": lambda facts: {
            "validationToken": f"_{facts.digits(24, 'token')}",
            "expirationDate": "2027-01-01T00:00:00Z",
        },
    },
    refs={"profileName": to(PROFILE, by="name")},
    immutable=("hostName",),
    unique=(("hostName",),),
    example={
        "profileName": Ref(PROFILE, "name"),
        "customDomainName": "api-support-example-com",
        "hostName": "api.support.example.com",
        "tlsSettings": {"certificateType": "ManagedCertificate", "minimumTlsVersion": "TLS12"},
    },
)
ORIGINS = resource(
    "azure-native:cdn:AFDOriginGroup",
    "Microsoft.Cdn/profiles/{profileName}/originGroups/{originGroupName}",
    refs={"profileName": to(PROFILE, by="name")},
    example={
        "profileName": Ref(PROFILE, "name"),
        "originGroupName": "api",
        "healthProbeSettings": {
            "probePath": "/health",
            "probeProtocol": "Https",
            "probeRequestType": "GET",
            "probeIntervalInSeconds": 60,
        },
        "loadBalancingSettings": {"sampleSize": 4, "successfulSamplesRequired": 3},
    },
    further=({"originGroupName": "empty"},),
)
ORIGIN = resource(
    "azure-native:cdn:AFDOrigin",
    "Microsoft.Cdn/profiles/{profileName}/originGroups/{originGroupName}/origins/{originName}",
    refs={"profileName": to(PROFILE, by="name"), "originGroupName": to(ORIGINS, by="name")},
    example={
        "profileName": Ref(PROFILE, "name"),
        "originGroupName": Ref(ORIGINS, "name"),
        "originName": "api",
        "hostName": "origin.support.example.com",
        "originHostHeader": "api.support.example.com",
        "httpsPort": 443,
        "priority": 1,
        "weight": 1000,
        "enforceCertificateNameCheck": True,
    },
)
ROUTE = resource(
    "azure-native:cdn:Route",
    "Microsoft.Cdn/profiles/{profileName}/afdEndpoints/{endpointName}/routes/{routeName}",
    refs={
        "profileName": to(PROFILE, by="name"),
        "endpointName": to(ENDPOINT, by="name"),
        "originGroup.id": to(ORIGINS),
        "customDomains[].id": to(DOMAIN),
    },
    example={
        "profileName": Ref(PROFILE, "name"),
        "endpointName": Ref(ENDPOINT, "name"),
        "routeName": "api",
        "originGroup": {"id": Ref(ORIGINS)},
        "customDomains": [{"id": Ref(DOMAIN)}],
        "patternsToMatch": ["/*"],
        "supportedProtocols": ["Http", "Https"],
        "httpsRedirect": "Enabled",
        "forwardingProtocol": "HttpsOnly",
        "linkToDefaultDomain": "Disabled",
    },
)
FIREWALL = resource(
    "azure-native:frontdoor:Policy",
    "Microsoft.Network/frontDoorWebApplicationFirewallPolicies/{policyName}",
    immutable=("sku.name",),
    example={
        "policyName": "wafexample",
        "location": "Global",
        "sku": {"name": "Premium_AzureFrontDoor"},
        "policySettings": {"enabledState": "Enabled", "mode": "Prevention"},
        "managedRules": {
            "managedRuleSets": [
                {"ruleSetType": "Microsoft_DefaultRuleSet", "ruleSetVersion": "2.1", "ruleSetAction": "Block"}
            ]
        },
        "customRules": {
            "rules": [
                {
                    "name": "Throttle",
                    "priority": 100,
                    "ruleType": "RateLimitRule",
                    "action": "Block",
                    "rateLimitDurationInMinutes": 5,
                    "rateLimitThreshold": 2000,
                    "matchConditions": [
                        {"matchVariable": "RemoteAddr", "operator": "IPMatch", "matchValue": ["0.0.0.0/0"]}
                    ],
                }
            ]
        },
    },
    further=({"policyName": "wafcheap", "sku": {"name": "Standard_AzureFrontDoor"}, "managedRules": Drop()},),
)
BINDING = resource(
    "azure-native:cdn:SecurityPolicy",
    "Microsoft.Cdn/profiles/{profileName}/securityPolicies/{securityPolicyName}",
    refs={
        "profileName": to(PROFILE, by="name"),
        "parameters.wafPolicy.id": to(FIREWALL),
        "parameters.associations[].domains[].id": to(DOMAIN, ENDPOINT),
    },
    example={
        "profileName": Ref(PROFILE, "name"),
        "securityPolicyName": "firewall",
        "parameters": {
            "type": "WebApplicationFirewall",
            "wafPolicy": {"id": Ref(FIREWALL)},
            "associations": [{"domains": [{"id": Ref(DOMAIN)}], "patternsToMatch": ["/*"]}],
        },
    },
)
for kind in (ZONE, PROFILE, FIREWALL):
    tagged(kind)
named(
    ZONE,
    "zoneName",
    r"([a-z0-9_-]{1,63}\.)+[a-z]{2,63}",
    "A zone's name has at least two labels",
    "localhost",
)
named(
    PROFILE,
    "profileName",
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,258}[A-Za-z0-9])?",
    "A profile's name has 1 to 260 letters, digits and hyphens",
    "afd_example",
)
named(
    ENDPOINT,
    "endpointName",
    r"[A-Za-z0-9][A-Za-z0-9-]{0,44}[A-Za-z0-9]",
    "An endpoint's name has 2 to 46 letters, digits and hyphens",
    "api.example",
)
named(
    DOMAIN,
    "customDomainName",
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,258}[A-Za-z0-9])?",
    "A custom domain's name has 1 to 260 letters, digits and hyphens",
    "api.example.com",
)
named(
    FIREWALL,
    "policyName",
    r"[A-Za-z][A-Za-z0-9]{0,127}",
    "A firewall policy's name has 1 to 128 letters and digits, beginning with a letter",
    "waf-example",
)


@azure.rule(
    RECORD,
    "InvalidRecordSet",
    broken={
        "recordType": "CNAME",
        "relativeRecordSetName": "@",
        "aRecords": Drop(),
        "cnameRecord": {"cname": "x.example"},
    },
)
def no_cname_at_top(record: Facts) -> str | None:
    """A zone's own name cannot be a CNAME (Azure DNS: alias records)."""
    top = record.get("relativeRecordSetName") == "@"
    return "@" if top and record.get("recordType") == "CNAME" else None


DATA = {
    "A": ("aRecords", "targetResource"),
    "CNAME": ("cnameRecord", "targetResource"),
    "TXT": ("txtRecords",),
}


@azure.rule(RECORD, "InvalidRecordSet", broken={"recordType": "TXT"})
def record_has_data(record: Facts) -> str | None:
    """A record set has data of its type (Azure DNS: zones and records)."""
    keys = DATA.get(record.get("recordType"), ())
    return None if any(record.inputs.get(each) is not None for each in keys) else f"none of {', '.join(keys)}"


@azure.rule(RECORD, "InvalidRecordSet", broken={"aRecords": [{"ipv4Address": "origin.example"}]})
def record_address(record: Facts) -> str | None:
    """An A record holds addresses (Azure DNS: zones and records)."""
    for each in record.all("aRecords[].ipv4Address"):
        try:
            ip_address(each)
        except ValueError as exc:
            return str(exc)
    return None


@azure.rule(RECORD, "InvalidRecordSet", broken={"ttl": 0})
def record_ttl(record: Facts) -> str | None:
    """A record lives 1 to 2147483647 seconds in caches (Azure DNS: zones and records)."""
    ttl = record.get("ttl", 3_600)
    return None if 1 <= ttl <= 2_147_483_647 else f"{ttl}"


@azure.rule(DOMAIN, "TlsVersionNotSupported", broken={"tlsSettings.minimumTlsVersion": "TLS10"})
def domain_tls(domain: Facts) -> str | None:
    """Front Door speaks TLS 1.2 and newer (Front Door: end-to-end TLS)."""
    version = domain.get("tlsSettings.minimumTlsVersion", "TLS12")
    return None if version in ("TLS12", "TLS13") else f"{version}"


@azure.rule(ORIGINS, "InvalidProbe", broken={"healthProbeSettings.probePath": "health"})
def probe_path(origins: Facts) -> str | None:
    """A probe's path begins with a slash, its interval is 5 to 255 seconds (Front Door: health probes)."""
    path = origins.get("healthProbeSettings.probePath", "/")
    interval = origins.get("healthProbeSettings.probeIntervalInSeconds", 100)
    return None if path.startswith("/") and 5 <= interval <= 255 else f"{path}, {interval}"


@azure.rule(ORIGIN, "InvalidOrigin", broken={"hostName": "https://origin.support.example.com/"})
def origin_host(origin: Facts) -> str | None:
    """An origin is a host's name or address, without scheme and path (Front Door: origins)."""
    host = origin.get("hostName")
    return None if re.fullmatch(r"[A-Za-z0-9.-]+", host) else f"{host!r}"


@azure.rule(ORIGIN, "InvalidOrigin", broken={"weight": 5000})
def origin_weight(origin: Facts) -> str | None:
    """An origin's priority is 1 to 5 and its weight 1 to 1000 (Front Door: traffic routing)."""
    priority, weight = origin.get("priority", 1), origin.get("weight", 1_000)
    return None if 1 <= priority <= 5 and 1 <= weight <= 1_000 else f"{priority}, {weight}"


@azure.rule(
    ROUTE, "RouteNeedsOrigin", broken={"originGroup": {"id": Ref(ORIGINS, number=2)}}, beside=[(ORIGIN, {})]
)
def route_has_origin(route: Facts) -> str | None:
    """A route leads to a group with an origin in it, made before (Front Door: routes)."""
    group = route.get("originGroup.id").rpartition("/")[2]
    used = {each.inputs["originGroupName"] for each in route.cloud.of(ORIGIN)}
    known = bool(used)
    return f"{group} is empty" if known and group not in used else None


@azure.rule(ROUTE, "InvalidRoute", broken={"supportedProtocols": ["Https"]})
def redirect_needs_http(route: Facts) -> str | None:
    """A redirect to https is only possible where http is listened to (Front Door: routes)."""
    both = set(route.get("supportedProtocols") or ["Http", "Https"]) == {"Http", "Https"}
    return "http is off" if route.get("httpsRedirect") == "Enabled" and not both else None


@azure.rule(ROUTE, "InvalidRoute", broken={"patternsToMatch": ["*.html"]})
def route_patterns(route: Facts) -> str | None:
    """A route's patterns begin with a slash (Front Door: path patterns)."""
    wrong = [each for each in route.all("patternsToMatch[]") if not each.startswith("/")]
    return f"{', '.join(wrong)}" if wrong else None


@azure.rule(ROUTE, "RouteHasNoHost", broken={"customDomains": []})
def route_has_host(route: Facts) -> str | None:
    """A route listens somewhere: a domain, or the endpoint's own name (Front Door: routes)."""
    own = route.get("linkToDefaultDomain", "Enabled") == "Enabled"
    return None if own or route.all("customDomains[].id") else "nothing leads here"


@azure.rule(FIREWALL, "PremiumOnly", broken={"sku": {"name": "Standard_AzureFrontDoor"}})
def managed_rules_premium(firewall: Facts) -> str | None:
    """Managed rules are of the Premium tier (Front Door: WAF feature support)."""
    sets = firewall.all("managedRules.managedRuleSets[].ruleSetType")
    tier = firewall.get("sku.name", "Classic_AzureFrontDoor")
    return f"{tier}" if sets and tier == "Standard_AzureFrontDoor" else None


RULE_SETS = {"Microsoft_DefaultRuleSet": {"1.1", "2.0", "2.1"}, "Microsoft_BotManagerRuleSet": {"1.0", "1.1"}}


@azure.rule(
    FIREWALL,
    "InvalidManagedRuleSet",
    broken={"managedRules.managedRuleSets[0].ruleSetVersion": "9.9"},
)
def rule_sets_known(firewall: Facts) -> str | None:
    """Rule sets have versions that exist (Front Door: WAF rule groups and rules)."""
    for each in firewall.get("managedRules.managedRuleSets") or []:
        if each["ruleSetVersion"] not in RULE_SETS.get(each["ruleSetType"], set()):
            return f"{each['ruleSetType']} {each['ruleSetVersion']}"
    return None


@azure.rule(
    FIREWALL, "InvalidManagedRuleSet", broken={"managedRules.managedRuleSets[0].ruleSetAction": Drop()}
)
def rule_set_acts(firewall: Facts) -> str | None:
    """From version 2.0 on, the default rule set says what it does (Front Door: WAF rule groups and rules)."""
    for each in firewall.get("managedRules.managedRuleSets") or []:
        newer = each["ruleSetType"] == "Microsoft_DefaultRuleSet" and each["ruleSetVersion"] >= "2.0"
        if newer and each.get("ruleSetAction") not in ("Block", "Redirect"):
            return f"{each['ruleSetVersion']}"
    return None


@azure.rule(FIREWALL, "InvalidCustomRule", broken={"customRules.rules[0].rateLimitDurationInMinutes": 10})
def rate_limits(firewall: Facts) -> str | None:
    """A rate is counted over one or five minutes, 10 requests at least (Front Door: WAF rate limiting)."""
    for rule in firewall.get("customRules.rules") or []:
        if rule["ruleType"] == "RateLimitRule":
            minutes, limit = rule.get("rateLimitDurationInMinutes"), rule.get("rateLimitThreshold", 0)
            if minutes not in (1, 5) or limit < 10:
                return f"{limit} in {minutes} minutes"
    return None


@azure.rule(
    BINDING,
    "TierMismatch",
    broken={"parameters.wafPolicy": {"id": Ref(FIREWALL, number=2)}},
)
def tiers_fit(binding: Facts) -> str | None:
    """A policy is of the same tier as the profile that it guards (Front Door: security policies)."""
    policy = binding.get("parameters.wafPolicy.id")
    profile = binding.named("profileName").inputs["sku"]["name"]
    for each in binding.cloud.of(FIREWALL):
        if each.id == policy and each.inputs["sku"]["name"] != profile:
            return f"{each.inputs['sku']['name']} on {profile}"
    return None
