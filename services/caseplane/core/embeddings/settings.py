"""Which embedding model is used, and within what limits: `CASEPLANE_EMBEDDING_*`.

With nothing set, the model that comes with the `local` extra runs in this process.
"""

import os
import sys
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from caseplane.core.embeddings.port import Quantisation
from caseplane.core.llm.settings import LlmProvider
from caseplane.core.settings import FileSettings


class EmbeddingBackend(StrEnum):
    """What computes the vectors."""

    minilm = "minilm"
    openai = "openai"
    fastembed = "fastembed"


def default_cache_dir() -> Path:
    """The platform's cache folder."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "caseplane" / "models"


class EmbeddingModel(BaseModel):
    """One embedding model, and the limits within which it is used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: EmbeddingBackend = EmbeddingBackend.minilm
    quantisation: Quantisation = "int8"
    """Of the local model: int8 is about twice as fast as fp32 and loses little."""
    cache_dir: Path = Field(default_factory=default_cache_dir)
    """Where the local model's graph is kept between starts; if unwritable, it is built at each start."""
    threads: Annotated[int, Field(ge=0, le=64)] = 0
    """Threads of the local model; 0 means one per core, at most 4."""
    query_cache_size: Annotated[int, Field(ge=0, le=100_000)] = 512
    """Questions whose vectors are cached; 384 dimensions take 1.5 KiB each."""

    model: str = ""
    """Name at the endpoint (`text-embedding-3-small`) or in fastembed's list."""
    dimension: Annotated[int, Field(ge=0, le=4000)] = 0
    """Of the endpoint's vectors; required with `openai`, a reply of another size is refused."""
    provider: LlmProvider = LlmProvider.openai
    """The endpoint's provider, with backend `openai`; it determines the request format and authentication."""
    base_url: AnyHttpUrl | None = None
    """OpenAI-compatible server, with its `/v1`, or Azure's endpoint; none: the provider's own."""
    api_key: SecretStr = SecretStr("")
    """Left out: Azure uses Entra, Bedrock the AWS credential chain, Vertex Google's default credentials."""
    region: str = ""
    """AWS region or Google Cloud location."""
    project: str = ""
    """Google Cloud project id."""
    timeout: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=10))] = timedelta(seconds=30)
    """Longest wait for one request to the endpoint."""
    max_retries: Annotated[int, Field(ge=0, le=10)] = 3
    """Retries after a temporary failure, with growing pauses."""
    batch_size: Annotated[int, Field(ge=1, le=2048)] = 64
    """Texts in one request to the endpoint."""
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4
    """Requests to the endpoint at once."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.backend is not EmbeddingBackend.minilm and not self.model:
            raise ValueError(f"CASEPLANE_EMBEDDING_MODEL is needed with backend {self.backend}")
        if self.backend is EmbeddingBackend.openai and not self.dimension:
            raise ValueError("CASEPLANE_EMBEDDING_DIMENSION is needed with backend openai")
        if self.provider is LlmProvider.azure and self.base_url is None:
            raise ValueError("CASEPLANE_EMBEDDING_BASE_URL is needed with provider azure")
        if self.provider in (LlmProvider.bedrock, LlmProvider.vertex) and not self.region:
            raise ValueError(f"CASEPLANE_EMBEDDING_REGION is needed with provider {self.provider}")
        if self.provider is LlmProvider.vertex and not self.project:
            raise ValueError("CASEPLANE_EMBEDDING_PROJECT is needed with provider vertex")
        return self


DEFAULT_PROFILE = "default"
ProfileName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,49}$")]


class EmbeddingSettings(EmbeddingModel, FileSettings):
    """The embedding model of this process, and those that a knowledge base may use instead."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_EMBEDDING_", frozen=True, extra="ignore")

    profiles: dict[ProfileName, EmbeddingModel] = {}
    """Further models by name, as JSON: `{"exact": {"quantisation": "fp32"}}`. Each has the variables of this
    table as its members; what an entry leaves out has its default. `default` is the model above."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if DEFAULT_PROFILE in self.profiles:
            raise ValueError(
                f"CASEPLANE_EMBEDDING_PROFILES: {DEFAULT_PROFILE!r} is the model of the other variables"
            )
        return self
