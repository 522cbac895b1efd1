"""Every limit of ingestion in one place, so an operator can see what a hostile file may cost."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, PositiveInt
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings

MIB = 1024 * 1024


class IngestionSettings(FileSettings):
    """Limits on what is read, from `CASEPLANE_INGESTION_*`; past one, the file is refused by name."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_INGESTION_", frozen=True)

    max_bytes: PositiveInt = 64 * MIB
    """Largest single file, in bytes as stored."""
    max_markup_bytes: PositiveInt = 16 * MIB
    """Largest Markdown or HTML file: their trees take some thirty times the file's size."""
    max_text_chars: PositiveInt = 8_000_000
    """Most text one document may yield: about 8,000 chunks, a minute of embedding on two cores."""
    max_pages: PositiveInt = 5_000
    """Most pages of one PDF."""
    max_cells: PositiveInt = 2_000_000
    """Most cells read from one workbook or CSV file."""
    max_expanded_bytes: PositiveInt = 512 * MIB
    """Most bytes an archive or an OOXML file may unpack to, summed over its members."""
    max_ratio: Annotated[int, Field(ge=10)] = 200
    """Highest unpacked-to-packed ratio of a member over a mebibyte; deflate's own limit is 1,032."""
    max_members: PositiveInt = 20_000
    """Most members in one archive."""
    max_nesting: Annotated[int, Field(ge=0, le=5)] = 1
    """How many archives deep an archive inside an archive is opened."""
    max_depth: Annotated[int, Field(ge=20, le=250)] = 200
    """Deepest nesting of HTML elements that is walked; deeper text is kept, its structure is not."""
    parse_timeout: timedelta = timedelta(seconds=60)
    """Longest one file may keep a parser busy; then its process is killed."""
    parser_memory_bytes: PositiveInt = 2048 * MIB
    """Address space one parser process may take."""
    parser_processes: Annotated[int, Field(ge=1, le=16)] = 1
    """Parser processes kept; one keeps pace with the embedder on two cores."""
    parser_recycle_after: PositiveInt = 500
    """Documents after which a parser process is replaced, so that leaks stay small."""


class ChunkSettings(FileSettings):
    """The size and shape of chunks, from `CASEPLANE_CHUNK_*`."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_CHUNK_", frozen=True)

    max_tokens: Annotated[int, Field(ge=32, le=8192)] = 220
    """Ceiling for heading path plus text. MiniLM reads 254; the estimate is within 18 % of its
    tokenizer for 19 paragraphs in 20 of two documentation sets, so a margin is left."""
    min_tokens: Annotated[int, Field(ge=0)] = 16
    """Chunks below this are joined to a neighbour where the ceiling allows. Low, because a question
    and its one-line answer are found better alone than together with another question."""
    max_context_tokens: Annotated[int, Field(ge=0)] = 48
    """Share of the ceiling the heading path may take; its middle is dropped first."""
