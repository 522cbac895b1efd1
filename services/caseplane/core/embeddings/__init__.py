"""Embeds texts with a model in this process or behind an endpoint, as `EmbeddingSettings` say."""

from collections.abc import Callable
from functools import partial

from caseplane.core.embeddings.errors import (
    EmbeddingError,
    EmbeddingMisconfiguredError,
    EmbeddingUnavailableError,
)
from caseplane.core.embeddings.port import Embedder, EmbeddingProfile, Vectors
from caseplane.core.embeddings.registry import Embedders, UnknownProfileError
from caseplane.core.embeddings.settings import (
    DEFAULT_PROFILE,
    EmbeddingBackend,
    EmbeddingModel,
    EmbeddingSettings,
    ProfileName,
)

__all__ = [
    "DEFAULT_PROFILE",
    "Embedder",
    "Embedders",
    "EmbeddingBackend",
    "EmbeddingError",
    "EmbeddingMisconfiguredError",
    "EmbeddingModel",
    "EmbeddingProfile",
    "EmbeddingSettings",
    "EmbeddingUnavailableError",
    "ProfileName",
    "UnknownProfileError",
    "Vectors",
    "build_embedder",
    "further_embedders",
]


def build_embedder(settings: EmbeddingModel) -> Embedder:
    """The embedder for the settings; a local model is loaded at its first use.

    Raises:
        EmbeddingMisconfiguredError: a package that this backend needs is not installed.
    """
    # Each backend's packages are optional, so that an image contains only what it uses.
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


def further_embedders(settings: EmbeddingSettings) -> dict[str, Callable[[], Embedder]]:
    """Factories of the models that knowledge bases may use instead, by name; none is built here."""
    return {name: partial(build_embedder, model) for name, model in settings.profiles.items()}
