"""The platform service, declared."""

from caseplane.core.service import Access, Lane, Manifest

MANIFEST = Manifest(
    name="platform",
    summary="Tenants, credentials, audit log, costs, export, erasure",
    areas=("api-keys", "audit", "costs", "identity-providers", "tenants"),
    schema="platform",
    queues={"platform": Lane.batch},
    calls=("orchestrator", "retrieval"),
    # Its workers write exports and delete files; what it serves only reads exports and the files that they list.
    stores={"docs": Access.read, "attachments": Access.read},
    layers=(
        "app",
        "costs | erasure | exports | keys",
        "audit | catalog | providers | tenants",
        "access",
        "context",
        "fields | service",
    ),
)
