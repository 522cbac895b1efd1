"""The retrieval service, declared."""

from caseplane.core.service import Access, Lane, Manifest

MANIFEST = Manifest(
    name="retrieval",
    summary="Knowledge: bases, sources, ingestion, hybrid search in one SQL statement",
    areas=("knowledge-bases", "search"),
    schema="knowledge",
    queues={"changes": Lane.interactive, "ingestion": Lane.batch},
    leads="changes",
    asks_models=True,
    embeds=True,
    vectors=True,
    stores={"docs": Access.write},
    layers=(
        "app",
        "quality",
        "articles | cases | search",
        "ingestion",
        "bases",
        "sources",
        "documents | profiles | reports",
        "access | jobs",
        "context",
        "client | index | parsing",
        "errors | schemas | service | settings",
    ),
)
