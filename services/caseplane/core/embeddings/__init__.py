"""Texts to vectors: a model in this process, or one behind an endpoint, by `EmbeddingSettings`."""

from caseplane.core.embeddings.errors import (
    EmbeddingError,
    EmbeddingMisconfiguredError,
    EmbeddingUnavailableError,
)
from caseplane.core.embeddings.port import Embedder, EmbeddingProfile, Vectors
from caseplane.core.embeddings.settings import EmbeddingBackend, EmbeddingSettings

__all__ = [
    "Embedder",
    "EmbeddingBackend",
    "EmbeddingError",
    "EmbeddingMisconfiguredError",
    "EmbeddingProfile",
    "EmbeddingSettings",
    "EmbeddingUnavailableError",
    "Vectors",
    "build_embedder",
]


def build_embedder(settings: EmbeddingSettings) -> Embedder:
    """The embedder that the settings name; a local model is loaded at its first use.

    Raises:
        EmbeddingMisconfiguredError: a package that this backend needs is not installed.
    """
    # Each backend's packages are optional, so that an image carries only what it runs.
    if settings.backend is EmbeddingBackend.openai:
        from caseplane.core.embeddings.remote import RemoteEmbedder

        return RemoteEmbedder(settings)
    if settings.backend is EmbeddingBackend.fastembed:
        from caseplane.core.embeddings.fastembed import FastEmbedEmbedder

        return FastEmbedEmbedder(settings)
    from caseplane.core.embeddings.minilm import MiniLmEmbedder

    return MiniLmEmbedder(
        cache_dir=settings.cache_dir,
        quantisation=settings.quantisation,
        threads=settings.threads,
        query_cache_size=settings.query_cache_size,
    )
