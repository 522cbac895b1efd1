"""Embeddings from an endpoint: any OpenAI-compatible one, Azure OpenAI, Bedrock or Vertex AI."""

import asyncio
from collections.abc import Sequence
from typing import Self

import numpy as np
import openai

from caseplane.core.embeddings.errors import (
    EmbeddingError,
    EmbeddingMisconfiguredError,
    EmbeddingUnavailableError,
)
from caseplane.core.embeddings.port import EmbeddingProfile, Vectors
from caseplane.core.embeddings.query_cache import QueryCache
from caseplane.core.embeddings.settings import EmbeddingModel
from caseplane.core.embeddings.wire import MalformedReplyError, Wire, build_client, wire_of

# Errors that need a change of configuration; others may be temporary, and the client has retried them.
REFUSED = (
    openai.AuthenticationError,
    openai.BadRequestError,
    openai.NotFoundError,
    openai.PermissionDeniedError,
    openai.UnprocessableEntityError,
)


class RemoteEmbedder:
    """A model behind an endpoint; batches are sent a few at a time, in any order.

    Args:
        settings: with `model` and `dimension`; replies of another dimension are refused.
        client: made from the settings if left out.
    """

    def __init__(self, settings: EmbeddingModel, *, client: openai.AsyncOpenAI | None = None) -> None:
        self._profile = EmbeddingProfile(model=settings.model, dimension=settings.dimension)
        self._wire: Wire = wire_of(settings)
        self._batch_size = min(settings.batch_size, self._wire.max_texts)
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._queries = QueryCache(settings.query_cache_size)
        self._client = client or build_client(settings)

    @property
    def profile(self) -> EmbeddingProfile:
        return self._profile

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self._profile.dimension), np.float32)
        starts = range(0, len(texts), self._batch_size)
        try:
            async with asyncio.TaskGroup() as group:  # the first failure stops the other requests
                tasks = [
                    group.create_task(self._batch(texts[start : start + self._batch_size]))
                    for start in starts
                ]
        except* EmbeddingError as failures:
            raise failures.exceptions[0] from None
        return np.vstack([task.result() for task in tasks])

    async def embed_query(self, text: str) -> Vectors:
        known = self._queries.get(text)
        if known is not None:
            return known
        return self._queries.put(text, (await self._batch([text], query=True))[0])

    async def close(self) -> None:
        await self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _batch(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        sent = [text or " " for text in texts]  # endpoints refuse an empty string but accept a blank
        async with self._slots:
            try:
                found = await self._wire.ask(self._client, sent, query=query)
            except REFUSED as error:
                raise EmbeddingMisconfiguredError(
                    f"The embedding endpoint refused the request: {_reason(error)}."
                ) from error
            except (openai.OpenAIError, MalformedReplyError) as error:
                raise EmbeddingUnavailableError(
                    f"The embedding endpoint gave no usable reply: {_reason(error)}."
                ) from error
        return self._checked(found, len(sent))

    def _checked(self, found: Sequence[Sequence[float]], expected: int) -> Vectors:
        if len(found) != expected:
            raise EmbeddingUnavailableError(
                f"The embedding endpoint returned {len(found)} vectors for {expected} texts."
            )
        for vector in found:
            if len(vector) != self._profile.dimension:
                raise EmbeddingMisconfiguredError(
                    f"{self._profile.model} returned {len(vector)} dimensions; "
                    f"CASEPLANE_EMBEDDING_DIMENSION says {self._profile.dimension}."
                )
        vectors = np.array(found, np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(vectors).all() or (lengths == 0).any():
            raise EmbeddingUnavailableError("The embedding endpoint returned a vector without length.")
        return np.asarray(vectors / lengths, np.float32)


def _reason(error: Exception) -> str:
    """The error class and status only: the body may repeat customers' text."""
    status = getattr(error, "status_code", None)
    return f"{type(error).__name__}" + (f", HTTP {status}" if status else "")
