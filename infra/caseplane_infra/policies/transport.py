"""TLS 1.2 or newer on every connection (R000-86)."""

import json
from collections.abc import Iterator

from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.model import UNKNOWN, Context, Resource, ResourcePolicy, equals, given, never

BEHAVIOURS = ("defaultCacheBehavior.viewerProtocolPolicy", "orderedCacheBehaviors[].viewerProtocolPolicy")
OLD = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1_2016", "TLSv1.1_2016", "TLS10", "TLS1_0", "TLS1_1")
WANTED_SETTINGS = {
    "require_secure_transport": ("on",),
    "ssl_min_protocol_version": ("TLSv1.2", "TLSv1.3"),
    "rds.force_ssl": ("1",),
}


def _plain_text_refused(resource: Resource, context: Context) -> Iterator[str]:
    yield from _postgres_settings(resource)
    if resource.type in (Aws.BUCKET_POLICY, Aws.QUEUE_POLICY) and not _denies_plain_text(resource):
        yield "the policy has no statement that denies calls where aws:SecureTransport is false"


def _postgres_settings(resource: Resource) -> Iterator[str]:
    """PostgreSQL's settings: a parameter group on AWS, a resource per setting on Azure."""
    if resource.type == Aws.DATABASE_PARAMETERS:
        found = {each.get("name"): each.get("value") for each in resource.find("parameters[]")}
        wanted: tuple[str, ...] = ("rds.force_ssl", "ssl_min_protocol_version")
    elif resource.type == Azure.DATABASE_SETTING:
        found = {resource.get("configurationName"): resource.get("value")}
        wanted = tuple(each for each in WANTED_SETTINGS if each in found)
    else:
        return
    for each in wanted:
        if found.get(each) is not UNKNOWN and found.get(each) not in WANTED_SETTINGS[each]:
            yield f"{each} is {found.get(each)!r}; it must be {' or '.join(WANTED_SETTINGS[each])}"


def _denies_plain_text(resource: Resource) -> bool:
    text = resource.get("policy")
    if text is UNKNOWN:
        return True
    statements = json.loads(text or "{}").get("Statement", [])
    return any(
        each.get("Effect") == "Deny"
        and each.get("Principal") in ("*", {"AWS": "*"})
        and str(each.get("Action")).endswith(":*")
        and each.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        for each in statements
    )


TLS = ResourcePolicy(
    name="tls-only",
    sentence="Databases, objects, queues and the edge refuse plain text and TLS older than 1.2.",
    remedy="Set the service's TLS minimum, or deny aws:SecureTransport=false in its policy",
    wants={
        Aws.DISTRIBUTION: [
            *(equals(each, "redirect-to-https", "https-only") for each in BEHAVIOURS),
            equals("origins[].customOriginConfig.originProtocolPolicy", "https-only"),
            never("origins[].customOriginConfig.originSslProtocols[]", *OLD),
            equals(
                "viewerCertificate.minimumProtocolVersion", "TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"
            ),
        ],
        Azure.STORAGE: [
            equals("enableHttpsTrafficOnly", True),
            equals("minimumTlsVersion", "TLS1_2", "TLS1_3"),
        ],
        Azure.QUEUES: [equals("minimumTlsVersion", "1.2")],
        Azure.DOMAIN: [equals("tlsSettings.minimumTlsVersion", "TLS12", "TLS13")],
        Azure.ROUTE: [
            equals("httpsRedirect", "Enabled"),
            equals("forwardingProtocol", "HttpsOnly"),
        ],
        Gcp.DATABASE: [
            equals(
                "settings.ipConfiguration.sslMode", "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
            )
        ],
        Gcp.TLS: [
            equals("minTlsVersion", "TLS_1_2", "TLS_1_3"),
            equals("profile", "MODERN", "RESTRICTED"),
        ],
        Gcp.PROXY: [given("sslPolicy")],
    },
    judge=_plain_text_refused,
)

POLICIES = (TLS,)
