"""The gateway, declared."""

from caseplane.core.service import Access, Lane, Manifest

MANIFEST = Manifest(
    name="gateway",
    summary="The public edge: credentials, limits, idempotency, forwarding, the chat page",
    areas=("api-keys", "audit", "costs", "identity-providers", "me", "tenants"),
    schema="platform",
    queues={"platform": Lane.batch},
    public=True,
    calls=("orchestrator", "retrieval"),
    stores={"docs": Access.read, "attachments": Access.read},
)
