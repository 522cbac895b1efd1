"""Settings of data sets."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings


class DatasetSettings(FileSettings):
    """Data sets of tickets, `CASEPLANE_DATASETS_*`."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_DATASETS_", frozen=True)

    keep_files: Annotated[timedelta, Field(ge=timedelta(days=1), le=timedelta(days=3650))] = timedelta(
        days=90
    )
    """How long an uploaded file is kept after its tickets were read (`P90D`); the tickets stay."""
    max_rows: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000_000
    """Rows that one file may have."""
