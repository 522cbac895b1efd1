"""Knobs of the retrieval service, read once at start-up from `CASEPLANE_RETRIEVAL_*`."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings


class RetrievalSettings(FileSettings):
    """Limits and times; those on single files are in `IngestionSettings`."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_RETRIEVAL_", frozen=True)

    vector_index: Literal["pgvector", "qdrant"] = "pgvector"
    """Where vectors of chunks lie: in the database, or in the Qdrant that `CASEPLANE_QDRANT_URL` names. After a
    change, ingest again: documents whose vectors lie elsewhere are indexed again."""
    cache_ttl: timedelta = timedelta(seconds=60)
    """How long a session's evidence may be answered from memory; 0 turns the cache off."""
    cache_entries: Annotated[int, Field(ge=0, le=1_000_000)] = 2_000
    """Searches remembered by one process."""
    max_files_per_ingestion: Annotated[int, Field(ge=1)] = 100_000
    """Most files one ingestion may name; a source in the object store fails those beyond, with a line for each."""
    delete_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of a source's documents that one run may delete without being told that it is meant: a wrong folder
    must not empty a knowledge base. 1 never asks. A run that reads the object store asks nobody: of
    more than five documents it keeps those, and reports each."""
    max_request_bytes: Annotated[int, Field(ge=1)] = 80 * 1024 * 1024
    """Largest upload request: the largest file, and room for its frame."""
    batch_files: Annotated[int, Field(ge=1, le=1000)] = 32
    """Files of one ingestion job; what a killed worker may have to do again."""
    embed_batch: Annotated[int, Field(ge=1, le=4096)] = 256
    """Chunks embedded at once, across documents."""
    changes_settle: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(hours=1))] = timedelta(
        seconds=15
    )
    """How long after the first announced change a source is looked into, so that files which change together are
    seen together."""
    reindex_slice: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=10))] = timedelta(
        seconds=20
    )
    """How long one job embeds for a new profile before it lets other work of its queue go first."""
    retired_profile_kept: timedelta = timedelta(minutes=1)
    """How long the vectors of the profile of before are kept after a switch: longer than any search lasts."""
    rerank: bool = False
    """Have the language model of the role `rerank` put the best passages in order before they are returned; a
    tenant's setting `retrieval.rerank` overrides it. Costs one call per search, of the searching tenant's budget."""
    rerank_depth: Annotated[int, Field(ge=2, le=100)] = 20
    """Passages that it puts in order."""
    rerank_timeout: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=1))] = timedelta(
        seconds=4
    )
    """Longest wait for it; past it, as after any failure, the order of the search stands."""
    withheld_min_score: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Fused score from which a chunk that the caller may not see counts as evidence withheld."""
    redact_pii: bool = True
    """Replace personal data in what is indexed and shown; the original file is kept apart."""
    refuse_instructions: bool = True
    """Leave passages that give the assistant orders ("ignore your rules …") out of the index; the report of
    the ingestion counts them."""
    quality: bool = True
    """Make quality reports when they are asked for, as `caseplane kb ingest` does at its end."""
    quality_questions: Annotated[int, Field(ge=0, le=1000)] = 100
    """Most headings that a quality report asks as questions, each a second time about something that is not there;
    fewer than 60 prove no threshold."""
    quality_time: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=30))] = timedelta(
        seconds=60
    )
    """How long a quality report may ask; what it has asked by then is its sample."""
    case_knowledge_base: str = "Resolved cases"
    """Name of the knowledge base that resolved cases go to; made when first needed."""


class QdrantSettings(FileSettings):
    """A Qdrant server, read only where `CASEPLANE_RETRIEVAL_VECTOR_INDEX` selects it; needs the extra `qdrant`."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_QDRANT_", frozen=True)

    url: str = ""
    """Of its REST interface, such as `https://qdrant.internal:6333`."""
    api_key: SecretStr | None = None
    """Sent with every request; none where the server asks for none."""
    prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")] = "caseplane"
    """Of the names of collections, so that installations can share a server."""
