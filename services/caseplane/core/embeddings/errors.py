"""Errors of embedding; the class says whether waiting helps.

EmbeddingError 503
├── EmbeddingUnavailableError     no usable reply; the same call may succeed later
└── EmbeddingMisconfiguredError   a person must change the configuration
"""

from caseplane.core.errors import UnavailableError


class EmbeddingError(UnavailableError):
    """The embedding model could not be used."""

    slug, title = "embedding-error", "Texts could not be embedded"


class EmbeddingUnavailableError(EmbeddingError):
    """The endpoint refused the connection, took too long, limits our rate, or failed inside."""

    slug, title = "embedding-unavailable", "The embedding model is unavailable"


class EmbeddingMisconfiguredError(EmbeddingError):
    """A key, model name, dimension or installation does not fit; waiting will not help."""

    slug, title = "embedding-misconfigured", "The embedding model is not set up correctly"
