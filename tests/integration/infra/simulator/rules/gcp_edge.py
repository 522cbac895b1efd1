"""Google Cloud: Cloud Armor, TLS, certificates, and the load balancer of the console."""

import re

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.gcp_book import (
    gcp,
    labelled,
    named,
    needs_service,
    on,
)
from tests.integration.infra.simulator.rules.gcp_network import GLOBAL_ADDRESS, NETWORK
from tests.integration.infra.simulator.rules.gcp_storage import BUCKET, BUCKET_GRANT

SSL_POLICY = gcp.kind(
    "gcp:compute/sSLPolicy:SSLPolicy",
    id="projects/{project}/global/sslPolicies/{name}",
    immutable=("name",),
    autoname="name",
    example={"project": on("compute"), "name": "example", "profile": "MODERN", "minTlsVersion": "TLS_1_2"},
)
named(SSL_POLICY)


@gcp.rule(SSL_POLICY, "INVALID_ARGUMENT", broken={"minTlsVersion": "TLSv1.2"})
def tls_version(policy: Facts) -> str | None:
    """Versions of TLS are TLS_1_0 to TLS_1_3 (Cloud Load Balancing: SSL policies)."""
    version = policy.get("minTlsVersion", "TLS_1_0")
    return None if version in ("TLS_1_0", "TLS_1_1", "TLS_1_2", "TLS_1_3") else f"{version}"


@gcp.rule(SSL_POLICY, "INVALID_ARGUMENT", broken={"profile": "STRICT"})
def tls_profile(policy: Facts) -> str | None:
    """Profiles are Google's, or CUSTOM with features (Cloud Load Balancing: SSL policies)."""
    profile = policy.get("profile", "COMPATIBLE")
    known = ("COMPATIBLE", "MODERN", "RESTRICTED", "CUSTOM", "FIPS_202205")
    return None if profile in known else f"{profile}"


# Cloud Armor -----------------------------------------------------------------------------------------------------

EVERYBODY = {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}}
LAST = {"priority": 2_147_483_647, "action": "allow", "match": EVERYBODY}
LIMIT = {
    "priority": 2_000,
    "action": "throttle",
    "match": EVERYBODY,
    "rateLimitOptions": {
        "conformAction": "allow",
        "exceedAction": "deny(429)",
        "enforceOnKey": "IP",
        "rateLimitThreshold": {"count": 100, "intervalSec": 300},
    },
}
WAF = "evaluatePreconfiguredWaf('sqli-v33-stable', {'sensitivity': 1})"
ATTACK = {"priority": 1_000, "action": "deny(403)", "match": {"expr": {"expression": WAF}}}
ARMOR = gcp.kind(
    "gcp:compute/securityPolicy:SecurityPolicy",
    id="projects/{project}/global/securityPolicies/{name}",
    immutable=("name", "type"),
    autoname="name",
    quota=10,
    example={
        "project": on("compute"),
        "name": "example",
        "type": "CLOUD_ARMOR",
        "rules": [ATTACK, LIMIT, LAST],
    },
)
named(ARMOR)


@gcp.rule(ARMOR, "INVALID_ARGUMENT", broken={"rules": [ATTACK]})
def last_rule(policy: Facts) -> str | None:
    """The last rule, of priority 2147483647, matches all requests (Cloud Armor: security policies)."""
    priorities = policy.all("rules[].priority")
    return None if 2_147_483_647 in priorities else "no default rule"


@gcp.rule(ARMOR, "INVALID_ARGUMENT", broken={"rules": [ATTACK, {**LIMIT, "priority": 1_000}, LAST]})
def priorities_differ(policy: Facts) -> str | None:
    """No two rules have the same priority (Cloud Armor: security policies)."""
    priorities = policy.all("rules[].priority")
    return None if len(set(priorities)) == len(priorities) else f"{sorted(priorities)}"


@gcp.rule(ARMOR, "INVALID_ARGUMENT", broken={"rules": [{**ATTACK, "action": "block"}, LAST]})
def armor_action(policy: Facts) -> str | None:
    """Actions are allow, deny(403|404|502), throttle, rate_based_ban or redirect (Cloud Armor: rules)."""
    pattern = r"allow|deny\((403|404|502)\)|throttle|rate_based_ban|redirect"
    wrong = [each for each in policy.all("rules[].action") if not re.fullmatch(pattern, each)]
    return f"{wrong}" if wrong else None


SETS = (
    "sqli",
    "xss",
    "lfi",
    "rfi",
    "rce",
    "methodenforcement",
    "scannerdetection",
    "protocolattack",
    "php",
    "sessionfixation",
    "java",
    "nodejs",
)


@gcp.rule(
    ARMOR,
    "INVALID_ARGUMENT",
    broken={
        "rules": [{**ATTACK, "match": {"expr": {"expression": "evaluatePreconfiguredWaf('sql')"}}}, LAST]
    },
)
def armor_sets(policy: Facts) -> str | None:
    """Preconfigured rule sets have names and sensitivities 0 to 4 (Cloud Armor: preconfigured WAF rules)."""
    pattern = rf"evaluatePreconfiguredWaf\('({'|'.join(SETS)})-v33-(stable|canary)'(, \{{'sensitivity': [0-4]\}})?\)"
    wrong = [each for each in policy.all("rules[].match.expr.expression") if not re.fullmatch(pattern, each)]
    return f"{wrong}" if wrong else None


INTERVALS = (10, 30, 60, 120, 180, 240, 300, 600, 900, 1_200, 1_800, 2_700, 3_600)


@gcp.rule(
    ARMOR,
    "INVALID_ARGUMENT",
    broken={
        "rules": [
            {
                **LIMIT,
                "rateLimitOptions": {
                    **LIMIT["rateLimitOptions"],  # type: ignore[dict-item]
                    "rateLimitThreshold": {"count": 1, "intervalSec": 301},
                },
            },
            LAST,
        ]
    },
)
def armor_interval(policy: Facts) -> str | None:
    """Requests are counted over certain intervals (Cloud Armor: rate limiting)."""
    wrong = set(policy.all("rules[].rateLimitOptions.rateLimitThreshold.intervalSec")) - set(INTERVALS)
    return f"{wrong}" if wrong else None


@gcp.rule(ARMOR, "INVALID_ARGUMENT", broken={"rules": [{**ATTACK, "action": "throttle"}, LAST]})
def armor_limits(policy: Facts) -> str | None:
    """Throttling and banning have limits, other actions have none (Cloud Armor: rate limiting)."""
    for each in policy.get("rules"):
        limited = isinstance(each.get("rateLimitOptions"), dict)
        if limited != (each["action"] in ("throttle", "rate_based_ban")):
            return f"rule {each['priority']}"
    return None


# Certificates ----------------------------------------------------------------------------------------------------

DOMAIN = r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
PROOF = gcp.kind(
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization",
    id="projects/{project}/locations/global/dnsAuthorizations/{name}",
    outputs={
        "dnsResourceRecords": lambda facts: [
            {
                "name": f"_acme-challenge.{facts.get('domain')}.",
                "type": "CNAME",
                "data": f"{facts.digits(16)}.authorize.certificatemanager.goog.",
            }
        ]
    },
    immutable=("name", "domain"),
    example={"project": on("certificatemanager"), "name": "example", "domain": "api.example.com"},
)
needs_service(PROOF, "certificatemanager")
named(PROOF)
labelled(PROOF)


@gcp.rule(PROOF, "INVALID_ARGUMENT", broken={"domain": "*.example.com"})
def proof_domain(proof: Facts) -> str | None:
    """A proof is for a domain without a wildcard, which it then covers too (Certificate Manager: DNS authorizations)."""
    domain = proof.get("domain")
    return None if re.fullmatch(DOMAIN, domain) and not domain.startswith("*") else f"{domain}"


CERTIFICATE = gcp.kind(
    "gcp:certificatemanager/certificate:Certificate",
    id="projects/{project}/locations/global/certificates/{name}",
    refs={"managed.dnsAuthorizations[]": to(PROOF)},
    immutable=("name", "scope", "managed"),
    polls=2,
    example={
        "project": on("certificatemanager"),
        "name": "example",
        "scope": "DEFAULT",
        "managed": {"domains": ["api.example.com"], "dnsAuthorizations": [Ref(PROOF)]},
    },
)
named(CERTIFICATE)
labelled(CERTIFICATE)


@gcp.rule(CERTIFICATE, "INVALID_ARGUMENT", broken={"managed.domains": ["www.example.org"]})
def domains_proven(certificate: Facts) -> str | None:
    """Every domain has its proof (Certificate Manager: certificates with DNS authorization)."""
    wanted = set(certificate.get("managed.dnsAuthorizations") or [])
    proven = {each.inputs["domain"] for each in certificate.others(PROOF) if each.id in wanted}
    missing = {each.removeprefix("*.") for each in certificate.get("managed.domains")} - proven
    return f"{', '.join(sorted(missing))}" if missing else None


MAP = gcp.kind(
    "gcp:certificatemanager/certificateMap:CertificateMap",
    id="projects/{project}/locations/global/certificateMaps/{name}",
    immutable=("name",),
    example={"project": on("certificatemanager"), "name": "example"},
)
named(MAP)
labelled(MAP)
ENTRY = gcp.kind(
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry",
    id="projects/{project}/locations/global/certificateMaps/{map}/certificateMapEntries/{name}",
    refs={"map": to(MAP, by="name"), "certificates[]": to(CERTIFICATE)},
    immutable=("name", "map", "hostname", "matcher"),
    example={
        "name": "example",
        "map": Ref(MAP, "name"),
        "hostname": "api.example.com",
        "certificates": [Ref(CERTIFICATE)],
    },
)
named(ENTRY)
labelled(ENTRY)


@gcp.rule(ENTRY, "INVALID_ARGUMENT", broken={"matcher": "PRIMARY"})
def entry_host(entry: Facts) -> str | None:
    """An entry is for a host name or for all others, one of the two (Certificate Manager: map entries)."""
    return None if bool(entry.get("hostname")) != bool(entry.get("matcher")) else "both or neither"


@gcp.rule(ENTRY, "INVALID_ARGUMENT", broken={"certificates": []})
def entry_certificates(entry: Facts) -> str | None:
    """An entry has 1 to 4 certificates (Certificate Manager: map entries)."""
    count = len(entry.get("certificates"))
    return None if 1 <= count <= 4 else f"{count}"


# The console's load balancer -------------------------------------------------------------------------------------

BACKEND = gcp.kind(
    "gcp:compute/backendBucket:BackendBucket",
    id="projects/{project}/global/backendBuckets/{name}",
    refs={"bucketName": to(BUCKET, by="name")},
    immutable=("name",),
    autoname="name",
    example={
        "project": on("compute"),
        "name": "example",
        "bucketName": Ref(BUCKET_GRANT, "bucket"),
        "enableCdn": True,
        "cdnPolicy": {"cacheMode": "USE_ORIGIN_HEADERS"},
    },
)
named(BACKEND)


@gcp.rule(BACKEND, "INVALID_ARGUMENT", broken={"cdnPolicy": {"cacheMode": "CACHE_EVERYTHING"}})
def cache_mode(backend: Facts) -> str | None:
    """Cloud CDN has three modes (Cloud CDN: cache modes)."""
    mode = backend.get("cdnPolicy.cacheMode", "CACHE_ALL_STATIC")
    return None if mode in ("USE_ORIGIN_HEADERS", "FORCE_CACHE_ALL", "CACHE_ALL_STATIC") else f"{mode}"


@gcp.rule(BACKEND, "INVALID_ARGUMENT", broken={"customResponseHeaders": ["X-Frame-Options=DENY"]})
def header_form(backend: Facts) -> str | None:
    """A header is a name, a colon and a value (Cloud Load Balancing: custom headers)."""
    headers = backend.get("customResponseHeaders") or []
    wrong = [each for each in headers if not re.fullmatch(r"[A-Za-z0-9-]+:.*", each)]
    return f"{wrong}" if wrong else None


ROUTES = gcp.kind(
    "gcp:compute/uRLMap:URLMap",
    id="projects/{project}/global/urlMaps/{name}",
    refs={"defaultService": to(BACKEND)},
    immutable=("name",),
    autoname="name",
    example={"name": "example", "defaultService": Ref(BACKEND)},
)
named(ROUTES)


@gcp.rule(ROUTES, "INVALID_ARGUMENT", broken={"defaultService": Drop()})
def some_default(routes: Facts) -> str | None:
    """Routes lead somewhere by default: to a service or a redirect (Cloud Load Balancing: URL maps)."""
    keys = ("defaultService", "defaultUrlRedirect", "defaultRouteAction")
    return None if any(routes.inputs.get(each) for each in keys) else "nowhere"


CERTIFICATES = r"^//certificatemanager\.googleapis\.com/"
PROXY = gcp.kind(
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
    id="projects/{project}/global/targetHttpsProxies/{name}",
    refs={"urlMap": to(ROUTES), "sslPolicy": to(SSL_POLICY)},
    immutable=("name",),
    autoname="name",
    example={
        "name": "example",
        "urlMap": Ref(ROUTES),
        "sslPolicy": Ref(SSL_POLICY),
        "certificateMap": "//certificatemanager.googleapis.com/projects/caseplane-test/locations/global/"
        "certificateMaps/example",
    },
)
named(PROXY)


@gcp.rule(PROXY, "INVALID_ARGUMENT", broken={"certificateMap": Drop()})
def proxy_certificate(proxy: Facts) -> str | None:
    """An HTTPS proxy has certificates, directly or by a map (Cloud Load Balancing: target proxies)."""
    own, by_map = proxy.inputs.get("sslCertificates"), proxy.inputs.get("certificateMap")
    return None if own or by_map else "none"


@gcp.rule(
    PROXY,
    "INVALID_ARGUMENT",
    broken={"certificateMap": "projects/caseplane-test/locations/global/certificateMaps/example"},
)
def map_address(proxy: Facts) -> str | None:
    """A certificate map is named with its service in front (Certificate Manager: attaching a map)."""
    given = proxy.get("certificateMap")
    return None if not given or re.match(CERTIFICATES, given) else f"{given}"


ENTRANCE = gcp.kind(
    "gcp:compute/globalForwardingRule:GlobalForwardingRule",
    id="projects/{project}/global/forwardingRules/{name}",
    refs={
        "target": to(PROXY, outside=r"^(all-apis|vpc-sc)$"),
        "ipAddress": to(GLOBAL_ADDRESS),
        "network": to(NETWORK),
    },
    immutable=("name", "ipAddress", "network", "portRange", "loadBalancingScheme"),
    autoname="name",
    example={
        "project": on("compute"),
        "name": "example",
        "target": Ref(PROXY),
        "ipAddress": Ref(GLOBAL_ADDRESS),
        "portRange": "443",
        "loadBalancingScheme": "EXTERNAL_MANAGED",
    },
    further=(
        {
            "name": "privateapis",
            "target": "all-apis",
            "ipAddress": Ref(GLOBAL_ADDRESS, "id", 3),
            "network": Ref(NETWORK),
            "loadBalancingScheme": "",
            "portRange": Drop(),
        },
    ),
)
named(ENTRANCE)
labelled(ENTRANCE)


@gcp.rule(
    ENTRANCE,
    "INVALID_NAME",
    broken={
        "name": "private-apis",
        "target": "all-apis",
        "ipAddress": Ref(GLOBAL_ADDRESS, "id", 3),
        "network": Ref(NETWORK),
        "loadBalancingScheme": "",
        "portRange": Drop(),
    },
)
def private_entrance_name(entrance: Facts) -> str | None:
    """An endpoint of Google's APIs has a name of 1 to 20 letters and digits (Private Service Connect: APIs)."""
    fits = entrance.get("target") != "all-apis" or re.fullmatch(r"[a-z][a-z0-9]{0,19}", entrance.get("name"))
    return None if fits else entrance.get("name")


@gcp.rule(ENTRANCE, "INVALID_ARGUMENT", broken={"ipAddress": Ref(GLOBAL_ADDRESS, "id", 3)})
def entrance_address(entrance: Facts) -> str | None:
    """Public entrances have public addresses, private ones private (Cloud Load Balancing: forwarding rules)."""
    public = entrance.get("target") != "all-apis"
    kind = entrance.named("ipAddress").inputs.get("addressType", "EXTERNAL")
    return None if public == (kind == "EXTERNAL") else f"{kind} address"


@gcp.rule(ENTRANCE, "INVALID_ARGUMENT", broken={"loadBalancingScheme": "PUBLIC"})
def scheme(entrance: Facts) -> str | None:
    """There are certain schemes, and none for endpoints of APIs (Cloud Load Balancing: forwarding rules)."""
    value = entrance.get("loadBalancingScheme", "EXTERNAL")
    if entrance.get("target") == "all-apis":
        return None if value == "" else "a scheme for an endpoint"
    return None if value in ("EXTERNAL", "EXTERNAL_MANAGED", "INTERNAL_SELF_MANAGED") else f"{value!r}"


@gcp.rule(ENTRANCE, "INVALID_ARGUMENT", broken={"portRange": "8443"})
def https_port(entrance: Facts) -> str | None:
    """An HTTPS proxy listens at 443 (Cloud Load Balancing: port specifications)."""
    port = entrance.get("portRange")
    return None if entrance.get("target") == "all-apis" or port in ("443", "443-443") else f"{port}"
