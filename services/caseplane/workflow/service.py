"""The workflow service, declared."""

from caseplane.core.service import Access, Lane, Manifest

MANIFEST = Manifest(
    name="workflow",
    summary="Classifies, reads, drafts, routes and compares tickets",
    areas=("workflow",),
    within=(
        "tickets/*/draft",
        "tickets/*/drafts",
        "tickets/*/context",
        "customers/*",
        "customers/*/orders/*",
        "customers/*/entitlements/*",
        "customers/*/interactions",
        "customers/*/context",
    ),
    schema="workflow",
    queues={"workflow": Lane.interactive, "drafts": Lane.soon, "learning": Lane.batch},
    calls=("retrieval", "escalation"),
    asks_models=True,
    embeds=True,
    stores={"audit": Access.append},
    layers=(
        "app",
        "(runs) | (overview)",
        "(drafts)",
        "(incidents)",
        "(classifiers) | (duplicates) | (routing)",
        "(customers)",
        "(lookups) | (labels)",
        "configurations",
        "callers",
        "context",
        "(client) | deferring | settings | sharing",
        "(events) | (schemas) | service",
    ),
)
