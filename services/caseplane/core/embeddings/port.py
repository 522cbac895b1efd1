"""The interface of an embedding model: a profile, and a method from texts to vectors.

A profile belongs to a knowledge base; two vectors may be compared only if their profiles are equal.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Vectors = NDArray[np.float32]
Quantisation = Literal["fp32", "int8"]


class EmbeddingProfile(BaseModel):
    """What must be equal for two vectors to be comparable."""

    model_config = ConfigDict(frozen=True)

    model: Annotated[str, Field(min_length=1, max_length=200)]
    dimension: Annotated[int, Field(ge=1, le=4000)]
    distance: Literal["cosine"] = "cosine"
    quantisation: Quantisation = "fp32"
    """Arithmetic of the model, not of the index that stores the vectors."""

    @property
    def key(self) -> str:
        """A short name for storage and logs, such as `all-MiniLM-L6-v2/384/int8`."""
        return f"{self.model}/{self.dimension}/{self.quantisation}"


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors of unit length; safe to share between tasks."""

    @property
    def profile(self) -> EmbeddingProfile: ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed documents or sentences.

        Args:
            texts: any number, including zero; a text may be empty. Text past the model's limit is ignored.

        Returns:
            Shape (texts, dimension), float32, each row of length 1.

        Raises:
            EmbeddingError: the model cannot be used.
        """
        ...

    async def embed_query(self, text: str) -> Vectors:
        """Embed one question, shape (dimension,); repeated questions are cached."""
        ...
