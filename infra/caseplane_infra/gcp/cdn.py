"""The console's files: a bucket, Cloud CDN, and a separate load balancer."""

import pulumi
from pulumi_gcp import certificatemanager, compute, storage

from caseplane_infra.contract import Part
from caseplane_infra.gcp.objects import bucket_name
from caseplane_infra.gcp.provider import GcpProject


def deliver(
    part: Part,
    name: str,
    *,
    project: GcpProject,
    address: compute.GlobalAddress,
    certificates: certificatemanager.CertificateMap,
    tls: compute.SSLPolicy,
) -> None:
    """Serve the console at an address, by HTTPS only.

    Args:
        part: the parent.
        name: the part's name.
        project: the project.
        address: the public address.
        certificates: a map with a certificate for the console's host.
        tls: TLS versions and ciphers that are accepted.
    """
    bucket = _bucket(part, name, project)
    prefix = f"console-{project.prefix}"
    backend = compute.BackendBucket(
        f"{name}-console-backend",
        name=prefix,
        bucket_name=bucket.name,
        enable_cdn=True,
        compression_mode="AUTOMATIC",
        cdn_policy=compute.BackendBucketCdnPolicyArgs(cache_mode="USE_ORIGIN_HEADERS"),
        custom_response_headers=[
            "Strict-Transport-Security: max-age=31536000",
            "X-Content-Type-Options: nosniff",
        ],
        opts=part.child(),
    )
    routes = compute.URLMap(
        f"{name}-console-routes", name=prefix, default_service=backend.id, opts=part.child()
    )
    proxy = compute.TargetHttpsProxy(
        f"{name}-console-proxy",
        name=prefix,
        url_map=routes.id,
        certificate_map=pulumi.Output.format("//certificatemanager.googleapis.com/{0}", certificates.id),
        ssl_policy=tls.id,
        opts=part.child(),
    )
    compute.GlobalForwardingRule(
        f"{name}-console-entrance",
        name=prefix,
        ip_address=address.id,
        port_range="443",
        target=proxy.id,
        load_balancing_scheme="EXTERNAL_MANAGED",
        labels=part.labels.gcp(),
        opts=part.child(),
    )


def _bucket(part: Part, name: str, project: GcpProject) -> storage.Bucket:
    """The only public bucket, which cannot be listed: its files hold no data and are the same for every user."""
    bucket = storage.Bucket(
        f"{name}-console",
        name=bucket_name(project, "console"),
        location=project.region,
        uniform_bucket_level_access=True,
        public_access_prevention="inherited",
        versioning=storage.BucketVersioningArgs(enabled=True),
        website=storage.BucketWebsiteArgs(main_page_suffix="index.html", not_found_page="index.html"),
        force_destroy=True,  # every release uploads its files
        labels=part.labels.gcp(),
        opts=part.child(),
    )
    storage.BucketIAMMember(
        f"{name}-console-readers",
        bucket=bucket.name,
        role="roles/storage.legacyObjectReader",
        member="allUsers",
        opts=part.child(),
    )
    return bucket
