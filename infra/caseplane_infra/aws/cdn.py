"""CloudFront: serves the console's files from a private bucket, and its API calls under the same host."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudfront, s3

from caseplane_infra import contract
from caseplane_infra.aws.objects import private_bucket, transport
from caseplane_infra.aws.policy import allow, document

TLS = "TLSv1.2_2021"
CACHED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""CloudFront's own policy `CachingOptimized`."""
UNCACHED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
"""CloudFront's own policy `CachingDisabled`."""
FORWARDED = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""CloudFront's own policy `AllViewerExceptHostHeader`."""
HARDENED = "67f7725c-6f97-4210-82d7-5512b31e9d03"
"""CloudFront's own policy `SecurityHeadersPolicy`."""
READ = ("GET", "HEAD")
ALL = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What is delivered, and under which host."""

    bucket: str
    domain: str
    api: str
    certificate: pulumi.Input[str]
    firewall: pulumi.Input[str] | None
    key: pulumi.Input[str]


def console(part: contract.Part, name: str, delivery: Delivery) -> cloudfront.Distribution:
    """The console's bucket, and the only distribution that may read it.

    Args:
        part: the part that they belong to.
        name: prefix of the logical names.
        delivery: what is delivered.
    """
    bucket = private_bucket(part, name, delivery.bucket, key=delivery.key)
    access = cloudfront.OriginAccessControl(
        f"{name}-access",
        name=f"{part.labels.prefix}-console",
        description="The console's files are read by its distribution alone",
        origin_access_control_origin_type="s3",
        signing_behavior="always",
        signing_protocol="sigv4",
        opts=part.child(),
    )
    distribution = _distribution(part, name, delivery, bucket, access)
    read = allow(
        ["s3:GetObject"],
        [bucket.arn.apply(lambda arn: f"{arn}/*")],
        principal={"Service": "cloudfront.amazonaws.com"},
        condition={"StringEquals": {"aws:SourceArn": distribution.arn}},
    )
    s3.BucketPolicy(
        f"{name}-policy", bucket=bucket.id, policy=document(read, *transport(bucket)), opts=part.child()
    )
    return distribution


def _distribution(
    part: contract.Part,
    name: str,
    delivery: Delivery,
    bucket: s3.Bucket,
    access: cloudfront.OriginAccessControl,
) -> cloudfront.Distribution:
    files: cloudfront.DistributionOriginArgsDict = {
        "origin_id": "files",
        "domain_name": bucket.bucket_regional_domain_name,
        "origin_access_control_id": access.id,
    }
    api: cloudfront.DistributionOriginArgsDict = {
        "origin_id": "api",
        "domain_name": delivery.api,
        "custom_origin_config": _encrypted(),
    }
    return cloudfront.Distribution(
        f"{name}-distribution",
        comment=f"Console of {part.labels.prefix}",
        enabled=True,
        is_ipv6_enabled=True,
        http_version="http2and3",
        price_class="PriceClass_100",
        aliases=[delivery.domain],
        default_root_object="index.html",
        origins=[files, api],
        default_cache_behavior=_files(),
        ordered_cache_behaviors=[_api_calls()],
        # The console routes its pages in the browser. The bucket cannot be listed, so it answers 403 for them.
        custom_error_responses=[
            {"error_code": 403, "response_code": 200, "response_page_path": "/index.html"}
        ],
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={
            "acm_certificate_arn": delivery.certificate,
            "ssl_support_method": "sni-only",
            "minimum_protocol_version": TLS,
        },
        web_acl_id=delivery.firewall,
        tags=part.labels.tags(f"{part.labels.prefix}-console"),
        opts=part.child(),
    )


def _api_calls() -> cloudfront.DistributionOrderedCacheBehaviorArgsDict:
    return {
        "path_pattern": "/api/*",
        "target_origin_id": "api",
        "viewer_protocol_policy": "https-only",
        "allowed_methods": list(ALL),
        "cached_methods": list(READ),
        "cache_policy_id": UNCACHED,
        "origin_request_policy_id": FORWARDED,
        "response_headers_policy_id": HARDENED,
    }


def _files() -> cloudfront.DistributionDefaultCacheBehaviorArgsDict:
    return {
        "target_origin_id": "files",
        "viewer_protocol_policy": "redirect-to-https",
        "allowed_methods": list(READ),
        "cached_methods": list(READ),
        "cache_policy_id": CACHED,
        "response_headers_policy_id": HARDENED,
        "compress": True,
    }


def _encrypted() -> cloudfront.DistributionOriginCustomOriginConfigArgsDict:
    return {
        "http_port": 80,
        "https_port": 443,
        "origin_protocol_policy": "https-only",
        "origin_ssl_protocols": ["TLSv1.2"],
        "origin_read_timeout": 60,  # answers are streamed, and the first byte may take a while
    }
