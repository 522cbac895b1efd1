"""Whether answers are read before they are given: `CASEPLANE_READER_*`."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings


class ReaderSettings(FileSettings):
    """Read once at start-up."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_READER_", frozen=True)

    enabled: bool = True
    """Read the best passages together with the question before one is quoted. Without it the gate judges by words
    and vectors alone."""
    threads: Annotated[int, Field(ge=0, le=64)] = 0
    """Batches read at once; 0 means one per core, at most 4."""
