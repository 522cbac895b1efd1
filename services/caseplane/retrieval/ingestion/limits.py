"""A tenant's limit on documents (`limits.documents` of its settings); without one there is none.

Documents of sources that the platform fills, resolved cases and approved articles, are not counted: they come from
conversations, and a tenant that uploads nothing must not lose them. A new version of a document is always taken.
"""

from caseplane.core.tenant_settings import tenant_setting
from caseplane.retrieval.context import Work
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.settings import RetrievalSettings
from caseplane.retrieval.sources.schemas import MANAGED

DOCUMENT_LIMIT = "document-limit"
"""The reason in the report of an ingestion."""


def too_many_files(settings: RetrievalSettings) -> str:
    """Why an ingestion takes no further file."""
    return (
        f"An ingestion may name {settings.max_files_per_ingestion:,} files. Split the source, or have"
        " CASEPLANE_RETRIEVAL_MAX_FILES_PER_INGESTION raised."
    )


async def limit_of(work: Work) -> int | None:
    """Documents that the tenant may have at most; None where it may have any number."""
    limit = await tenant_setting(work.tx, work.tenant_id, "limits", "documents")
    return None if limit is None else int(limit)


async def refusal(work: Work, limit: int | None) -> str | None:
    """Why the tenant may not have a further document now; None where it may."""
    if limit is None:
        return None
    present = await work.repo(Documents).total(without=sorted(MANAGED))
    if present < limit:
        return None
    return (
        f"The tenant may have {limit:,} documents and has {present:,}. Delete documents that are no longer needed,"
        " or have the limit `limits.documents` of the tenant raised; then ingest again."
    )


async def refusal_to_add(work: Work, limit: int | None) -> str | None:
    """Likewise; others that would add a document wait until this transaction ends, so that none is one too many."""
    if limit is not None:
        await work.repo(Documents).hold_total()
    return await refusal(work, limit)
