"""The gateway, declared."""

from caseplane.core.service import Lane, Manifest

MANIFEST = Manifest(
    name="gateway",
    summary="The public edge: credentials, sign-in, limits, idempotency, forwarding, the console",
    areas=("me", "auth", "visitors"),
    unsigned=frozenset({"auth", "visitors"}),
    # The platform's schema and role: every request is checked against its credentials, and asking the platform over
    # HTTP would cost each of them a round trip and make the platform's absence everybody's. The edge writes only its
    # own rate limits, idempotency keys and sign-ins there, and when a key was last used. Its sweep runs in the platform's queue.
    schema="platform",
    queues={"platform": Lane.batch},
    public=True,
    layers=(
        "app",
        "api | auth_api | handlers",
        "context | edge | openapi",
        "idempotency | logins | origins",
        "limits | oidc | proxy | sign_ins | visitors | watching",
        "credentials | routes",
        "doors",
        "bodies | cookies | headers | pages | signing",
        "errors | jobs | schemas | service | settings",
    ),
)
