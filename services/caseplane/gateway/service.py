"""The gateway, declared."""

from caseplane.core.service import Lane, Manifest

MANIFEST = Manifest(
    name="gateway",
    summary="The public edge: credentials, limits, idempotency, forwarding, the chat page",
    areas=("me",),
    # The platform's schema and role: every request is checked against its credentials, and asking the platform over
    # HTTP would cost each of them a round trip and make the platform's absence everybody's. The edge writes only its
    # own rate limits and idempotency keys there, and when a key was last used. Its sweep runs in the platform's queue.
    schema="platform",
    queues={"platform": Lane.batch},
    public=True,
    layers=(
        "app",
        "api | handlers",
        "context | edge | openapi",
        "idempotency",
        "limits | oidc | proxy | watching",
        "credentials | routes",
        "doors",
        "bodies | headers",
        "errors | jobs | schemas | service | settings",
    ),
)
