"""The insights service, declared."""

from caseplane.core.service import Access, Lane, Manifest

MANIFEST = Manifest(
    name="insights",
    summary="Groups tickets by topic, and turns questions that nobody could answer into approved articles",
    areas=("datasets", "gaps", "articles", "metrics"),
    schema="insights",
    queues={"insights": Lane.batch},
    calls=("retrieval", "escalation", "orchestrator"),
    asks_models=True,
    embeds=True,
    stores={"docs": Access.write, "audit": Access.append},
    layers=(
        "app",
        "(articles) | (metrics) | (clusters)",
        "(outcomes) | (datasets)",
        "(gaps)",
        "callers",
        "context",
        "service | settings",
    ),
)
