"""AWS: zones and names, certificates, firewalls, content delivery."""

import re

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.aws_book import around, aws, named, one_of, tagged
from tests.integration.infra.simulator.rules.aws_storage import BUCKET
from tests.integration.infra.simulator.rules.aws_watch import LOGS

GLOBAL = "us-east-1"
DOMAIN = r"(\*\.)?([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\.?"

ZONE = aws.kind(
    "aws:route53/zone:Zone",
    id=lambda facts: f"Z{facts.digits(20).upper()}",
    outputs={
        "arn": "arn:aws:route53:::hostedzone/{id}",
        "zoneId": "{id}",
        "nameServers": lambda facts: [f"ns-{number}.awsdns-{number}.com" for number in range(1, 5)],
        "primaryNameServer": lambda _: "ns-1.awsdns-1.com",
    },
    immutable=("name",),
    quota=500,
    example={"name": "example.com"},
)
tagged(ZONE)
named(ZONE, DOMAIN, broken="example")


@aws.while_full(ZONE)
def names_in_it(cloud: Cloud, zone: Record) -> str | None:
    """A zone with names is deleted only by force (DeleteHostedZone)."""
    left = [each for each in cloud.of(RECORD) if each.inputs["zoneId"] == zone.id]
    kept = left or (zone.content and not zone.inputs.get("forceDestroy"))
    return f"{len(left)} names in it" if kept else None


CERTIFICATE = aws.kind(
    "aws:acm/certificate:Certificate",
    id=lambda facts: (
        f"arn:aws:acm:{facts.get('region', facts.cloud.account['region'])}:"
        f"{facts.cloud.account['account']}:certificate/{facts.digits(32)}"
    ),
    outputs={
        "arn": "{id}",
        "status": lambda _: "PENDING_VALIDATION",
        "domainValidationOptions": lambda facts: [
            {
                "domainName": facts.get("domainName"),
                "resourceRecordName": f"_{facts.digits(32)}.{facts.get('domainName')}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": f"_{facts.digits(32, 'value')}.acm-validations.aws.",
            }
        ],
    },
    immutable=("domainName", "validationMethod", "subjectAlternativeNames", "region"),
    quota=2_500,
    example={"domainName": "example.com", "validationMethod": "DNS"},
    further=({"region": "eu-west-1"},),
)
tagged(CERTIFICATE)
named(CERTIFICATE, DOMAIN, key="domainName", broken="example")
one_of(CERTIFICATE, "validationMethod", ("DNS", "EMAIL", "NONE"), broken="HTTP")

RECORD = aws.kind(
    "aws:route53/record:Record",
    id="{zoneId}_{name}_{type}",
    outputs={"fqdn": lambda facts: facts.get("name").rstrip(".")},
    refs={"zoneId": to(ZONE, by="zoneId", holds=False)},
    immutable=("zoneId", "name", "type"),
    unique=(("zoneId", "name", "type"),),
    polls=1,
    example={
        "zoneId": Ref(ZONE, "zoneId"),
        "name": "api.example.com",
        "type": "CNAME",
        "ttl": 300,
        "records": ["elsewhere.example.org"],
    },
)


@aws.rule(RECORD, "InvalidChangeBatch", broken={"name": "api.example.org"})
def name_in_zone(record: Facts) -> str | None:
    """A name lies in its zone (ChangeResourceRecordSets)."""
    zone, name = record.named("zoneId").inputs["name"], record.get("name").rstrip(".")
    return None if name == zone or name.endswith(f".{zone}") else f"{name} is not in {zone}"


@aws.rule(RECORD, "InvalidChangeBatch", broken={"name": "example.com"})
def no_alias_at_top(record: Facts) -> str | None:
    """The top of a zone cannot be a CNAME (RFC 1034; Route 53 supported record types)."""
    top = record.get("name").rstrip(".") == record.named("zoneId").inputs["name"]
    return "CNAME at the zone's top" if top and record.get("type") == "CNAME" else None


@aws.rule(RECORD, "InvalidInput", broken={"ttl": Drop()})
def alias_or_values(record: Facts) -> str | None:
    """A record is an alias, or has values and a time to live (ChangeResourceRecordSets)."""
    alias, values = record.inputs.get("aliases"), record.inputs.get("records")
    good = not record.inputs.get("ttl") and not values if alias else values and record.inputs.get("ttl")
    return None if good else "needs aliases alone, or records with ttl"


VALID = aws.kind(
    "aws:acm/certificateValidation:CertificateValidation",
    id="{certificateArn}",
    refs={"certificateArn": to(CERTIFICATE, by="arn", holds=False)},
    immutable=("certificateArn", "validationRecordFqdns"),
    example={"certificateArn": Ref(CERTIFICATE, "arn"), "validationRecordFqdns": ["PROOF"]},
)


def _proof(validation: Facts) -> dict[str, str]:
    certificate = validation.named("certificateArn")
    return dict(certificate.outputs["domainValidationOptions"][0])


@aws.rule(VALID, "ValidationTimedOut", broken={"validationRecordFqdns": ["example.com"]})
def proved(validation: Facts) -> str | None:
    """A certificate is issued when its proof is a record of a zone (ACM: DNS validation)."""
    wanted = _proof(validation)["resourceRecordName"].rstrip(".")
    given = [each.rstrip(".") for each in validation.get("validationRecordFqdns") or []]
    if given == ["PROOF"]:  # the example, which cannot know the name
        return None
    there = any(each.get("fqdn") == wanted for each in around(validation).of(RECORD))
    return None if wanted in given and there else f"{wanted} is not there"


@aws.rule(VALID, "ResourceNotFoundException", broken={"certificateArn": Ref(CERTIFICATE, "arn", 2)})
def looked_for_in_region(validation: Facts) -> str | None:
    """A certificate is looked for in its own region (ACM: supported Regions)."""
    region = validation.get("region", validation.cloud.account["region"])
    arn = validation.get("certificateArn")
    return None if arn.split(":")[3] == region else f"{arn} is not in {region}"


# Firewalls --------------------------------------------------------------------------------------------------------

SEEN = {"cloudwatchMetricsEnabled": True, "metricName": "example", "sampledRequestsEnabled": True}
CAPACITY = {
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesLinuxRuleSet": 200,
    "AWSManagedRulesSQLiRuleSet": 200,
    "AWSManagedRulesUnixRuleSet": 100,
}
"""AWS's rule groups, and the capacity that each uses (AWS Managed Rules rule groups list)."""


def _managed(name: str, priority: int, called: str = "") -> dict[str, object]:
    return {
        "name": called or name,
        "priority": priority,
        "overrideAction": {"none": {}},
        "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name}},
        "visibilityConfig": SEEN,
    }


FIREWALL = aws.kind(
    "aws:wafv2/webAcl:WebAcl",
    id=lambda facts: facts.digits(32),
    outputs={
        "arn": lambda facts: (
            f"arn:aws:wafv2:{facts.get('region', facts.cloud.account['region'])}:"
            f"{facts.cloud.account['account']}:{_range(facts)}/webacl/{facts.get('name')}/{facts.digits(32)}"
        ),
        "capacity": lambda facts: _capacity(facts),
    },
    immutable=("name", "scope", "region"),
    autoname="name",
    unique=(("name", "scope"),),
    quota=100,
    example={
        "name": "example",
        "scope": "REGIONAL",
        "defaultAction": {"allow": {}},
        "rules": [
            {
                "name": "throttle",
                "priority": 0,
                "action": {"block": {}},
                "statement": {
                    "rateBasedStatement": {
                        "limit": 2_000,
                        "aggregateKeyType": "IP",
                        "evaluationWindowSec": 300,
                    }
                },
                "visibilityConfig": SEEN,
            },
            _managed("AWSManagedRulesCommonRuleSet", 1),
        ],
        "visibilityConfig": SEEN,
    },
    further=({"name": "console", "scope": "CLOUDFRONT"},),
)
tagged(FIREWALL)
named(FIREWALL, r"[\w-]{1,128}")
one_of(FIREWALL, "scope", ("REGIONAL", "CLOUDFRONT"), broken="GLOBAL")


def _range(facts: Facts) -> str:
    return "global" if facts.get("scope") == "CLOUDFRONT" else "regional"


def _groups(facts: Facts) -> list[str]:
    return [str(each) for each in facts.all("rules[].statement.managedRuleGroupStatement.name")]


def _capacity(facts: Facts) -> int:
    own = len(facts.get("rules") or []) - len(_groups(facts))
    return sum(CAPACITY.get(each, 0) for each in _groups(facts)) + 2 * own


@aws.rule(FIREWALL, "WAFInvalidParameterException", broken={"scope": "CLOUDFRONT", "region": "eu-west-1"})
def scope_in_region(firewall: Facts) -> str | None:
    """A firewall of CloudFront is made in us-east-1 (WAFv2: CreateWebACL)."""
    region = firewall.get("region", firewall.cloud.account["region"])
    wrong = firewall.get("scope") == "CLOUDFRONT" and region != GLOBAL
    return f"CLOUDFRONT in {region}" if wrong else None


@aws.rule(FIREWALL, "WAFInvalidParameterException", broken={"rules[1].priority": 0})
def priorities_apart(firewall: Facts) -> str | None:
    """Rules have unique names and priorities (WAFv2: Rule)."""
    rules = firewall.get("rules") or []
    apart = all(len({each[key] for each in rules}) == len(rules) for key in ("name", "priority"))
    return None if apart else "two rules share one"


@aws.rule(FIREWALL, "WAFInvalidParameterException", broken={"rules[1].overrideAction": Drop()})
def one_action(firewall: Facts) -> str | None:
    """A rule group's actions are overridden or not, any other rule acts itself (WAFv2: Rule)."""
    for each in firewall.get("rules") or []:
        group = "managedRuleGroupStatement" in each["statement"]
        if ("overrideAction" in each) != group or ("action" in each) == group:
            return f"{each['name']}"
    return None


@aws.rule(FIREWALL, "WAFInvalidParameterException", broken={"rules[0].statement.rateBasedStatement.limit": 5})
def rate_limits(firewall: Facts) -> str | None:
    """A rate is 10 to 2,000,000,000 requests in 60, 120, 300 or 600 seconds (RateBasedStatement)."""
    for each in firewall.all("rules[].statement.rateBasedStatement"):
        if not 10 <= each["limit"] <= 2_000_000_000 or each.get("evaluationWindowSec", 300) not in (
            60,
            120,
            300,
            600,
        ):
            return f"{each['limit']} in {each.get('evaluationWindowSec')} s"
    return None


@aws.rule(
    FIREWALL,
    "WAFNonexistentItemException",
    broken={"rules[1].statement.managedRuleGroupStatement.name": "AWSManagedRulesEverything"},
)
def groups_known(firewall: Facts) -> str | None:
    """Managed rule groups have fixed names (AWS Managed Rules rule groups list)."""
    wrong = [each for each in _groups(firewall) if each not in CAPACITY]
    return f"{wrong[0]}" if wrong else None


@aws.rule(
    FIREWALL,
    "WAFLimitsExceededException",
    broken={"rules": [_managed("AWSManagedRulesCommonRuleSet", n, f"rules-{n}") for n in range(8)]},
)
def capacity_kept(firewall: Facts) -> str | None:
    """A firewall has 5000 units of capacity at most (AWS WAF quotas)."""
    return f"{_capacity(firewall)} units" if _capacity(firewall) > 5_000 else None


FIREWALL_LOG = aws.kind(
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    id="{resourceArn}",
    refs={
        "resourceArn": to(FIREWALL, by="arn", holds=False),
        "logDestinationConfigs[]": to(LOGS, by="arn", holds=False),
    },
    immutable=("resourceArn",),
    example={"resourceArn": Ref(FIREWALL, "arn"), "logDestinationConfigs": [Ref(LOGS, "arn", 2)]},
)


@aws.rule(FIREWALL_LOG, "WAFInvalidParameterException", broken={"logDestinationConfigs": [Ref(LOGS, "arn")]})
def destination_named(logging: Facts) -> str | None:
    """A firewall writes only where the name begins with `aws-waf-logs-` (AWS WAF: logging destinations)."""
    names = [each.rsplit(":", 1)[-1] for each in logging.get("logDestinationConfigs")]
    wrong = [each for each in names if not each.startswith("aws-waf-logs-")]
    return f"{wrong[0]}" if wrong or len(names) != 1 else None


# Content delivery -------------------------------------------------------------------------------------------------

ACCESS = aws.kind(
    "aws:cloudfront/originAccessControl:OriginAccessControl",
    id=lambda facts: f"E{facts.digits(13).upper()}",
    outputs={"arn": "arn:aws:cloudfront::{account}:origin-access-control/{id}", "etag": "{hex}"},
    autoname="name",
    unique=(("name",),),
    example={
        "name": "example",
        "originAccessControlOriginType": "s3",
        "signingBehavior": "always",
        "signingProtocol": "sigv4",
    },
)
one_of(
    ACCESS, "originAccessControlOriginType", ("s3", "lambda", "mediastore", "mediapackagev2"), broken="bucket"
)
one_of(ACCESS, "signingBehavior", ("always", "never", "no-override"), broken="sometimes")
one_of(ACCESS, "signingProtocol", ("sigv4",), broken="sigv2")

TLS = (
    "TLSv1.2_2018",
    "TLSv1.2_2019",
    "TLSv1.2_2021",
    "TLSv1.2_2025",
    "TLSv1.3_2025",
    "TLSv1.1_2016",
    "TLSv1_2016",
    "TLSv1",
    "SSLv3",
)
OWN_POLICIES = {
    "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    "216adef6-5c7f-47e4-b989-5492eafa07d3",
    "67f7725c-6f97-4210-82d7-5512b31e9d03",
}
"""CloudFront's own cache, origin request and response headers policies, by id."""
BEHAVIOUR = {
    "targetOriginId": "files",
    "viewerProtocolPolicy": "redirect-to-https",
    "allowedMethods": ["GET", "HEAD"],
    "cachedMethods": ["GET", "HEAD"],
    "cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
}
DELIVERY = aws.kind(
    "aws:cloudfront/distribution:Distribution",
    id=lambda facts: f"E{facts.digits(13, 'd').upper()}",
    outputs={
        "arn": "arn:aws:cloudfront::{account}:distribution/{id}",
        "domainName": lambda facts: f"d{facts.digits(13)}.cloudfront.net",
        "hostedZoneId": lambda _: "Z2FDTNDATAQYW2",
        "etag": "{hex}",
        "status": lambda _: "Deployed",
    },
    refs={
        "viewerCertificate.acmCertificateArn": to(VALID, by="certificateArn"),
        "webAclId": to(FIREWALL, by="arn"),
        "origins[].originAccessControlId": to(ACCESS),
    },
    polls=2,
    quota=200,
    example={
        "enabled": True,
        "aliases": ["example.com"],
        "defaultRootObject": "index.html",
        "origins": [
            {
                "originId": "files",
                "domainName": Ref(BUCKET, "bucketRegionalDomainName"),
                "originAccessControlId": Ref(ACCESS),
            }
        ],
        "defaultCacheBehavior": BEHAVIOUR,
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {
            "acmCertificateArn": Ref(VALID, "certificateArn"),
            "sslSupportMethod": "sni-only",
            "minimumProtocolVersion": "TLSv1.2_2021",
        },
        "webAclId": Ref(FIREWALL, "arn", 2),
    },
)
tagged(DELIVERY)
one_of(DELIVERY, "viewerCertificate.minimumProtocolVersion", TLS, broken="TLSv1.2")
one_of(DELIVERY, "priceClass", ("PriceClass_100", "PriceClass_200", "PriceClass_All"), broken="Cheap")
one_of(DELIVERY, "httpVersion", ("http1.1", "http2", "http3", "http2and3"), broken="http4")
one_of(
    DELIVERY, "defaultCacheBehavior.viewerProtocolPolicy", ("allow-all", "https-only", "redirect-to-https")
)


@aws.rule(DELIVERY, "NoSuchOrigin", broken={"defaultCacheBehavior.targetOriginId": "elsewhere"})
def origins_known(delivery: Facts) -> str | None:
    """Each behaviour names one of the origins (CloudFront: cache behaviour settings)."""
    origins = {each["originId"] for each in delivery.get("origins")}
    named_ = [
        delivery.get("defaultCacheBehavior.targetOriginId"),
        *delivery.all("orderedCacheBehaviors[].targetOriginId"),
    ]
    wrong = [each for each in named_ if each not in origins]
    return f"{wrong[0]}" if wrong else None


@aws.rule(DELIVERY, "NoSuchCachePolicy", broken={"defaultCacheBehavior.cachePolicyId": "cache"})
def policies_known(delivery: Facts) -> str | None:
    """Policies are named by id (CloudFront: managed policies)."""
    behaviours = [delivery.get("defaultCacheBehavior"), *(delivery.get("orderedCacheBehaviors") or [])]
    keys = ("cachePolicyId", "originRequestPolicyId", "responseHeadersPolicyId")
    wrong = [
        each[key] for each in behaviours for key in keys if key in each and each[key] not in OWN_POLICIES
    ]
    return f"{wrong[0]}" if wrong else None


@aws.rule(DELIVERY, "InvalidViewerCertificate", broken={"aliases": ["another.example.org"]})
def certificate_covers(delivery: Facts) -> str | None:
    """The certificate is in us-east-1 and covers every alias (CloudFront: alternate domain names)."""
    arn = delivery.get("viewerCertificate.acmCertificateArn")
    if arn is None:
        return "aliases need a certificate" if delivery.get("aliases") else None
    certificate = next(each for each in around(delivery).of(CERTIFICATE) if each.get("arn") == arn)
    wrong = [each for each in delivery.get("aliases") or [] if each != certificate.inputs["domainName"]]
    if arn.split(":")[3] != GLOBAL:
        return f"{arn} is not in {GLOBAL}"
    return f"{wrong[0]} is not in the certificate" if wrong else None


@aws.rule(DELIVERY, "InvalidWebACLId", broken={"webAclId": Ref(FIREWALL, "arn")})
def firewall_of_delivery(delivery: Facts) -> str | None:
    """A distribution takes firewalls of scope CLOUDFRONT (CloudFront: using AWS WAF)."""
    wrong = delivery.get("webAclId") and delivery.named("webAclId").inputs["scope"] != "CLOUDFRONT"
    return "its scope is REGIONAL" if wrong else None


@aws.rule(DELIVERY, "InvalidArgument", broken={"defaultCacheBehavior.allowedMethods": ["GET"]})
def methods_in_sets(delivery: Facts) -> str | None:
    """Allowed methods come in three sets (CloudFront: AllowedMethods)."""
    sets = [
        {"GET", "HEAD"},
        {"GET", "HEAD", "OPTIONS"},
        {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"},
    ]
    behaviours = [delivery.get("defaultCacheBehavior"), *(delivery.get("orderedCacheBehaviors") or [])]
    wrong = [each["allowedMethods"] for each in behaviours if set(each["allowedMethods"]) not in sets]
    return f"{wrong[0]}" if wrong else None


@aws.rule(DELIVERY, "InvalidArgument", broken={"origins[0].domainName": "files"})
def origin_names(delivery: Facts) -> str | None:
    """An origin is a host name (CloudFront: origin settings)."""
    names = [each["domainName"] for each in delivery.get("origins")]
    wrong = [each for each in names if not re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", each)]
    return f"{wrong[0]}" if wrong else None
