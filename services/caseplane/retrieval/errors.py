"""Facts of the retrieval service that a caller can act on; those of single files are in `ingestion`."""

from __future__ import annotations

from caseplane.core.errors import ConflictError, InvalidInputError


class NameTakenError(ConflictError):
    """Another knowledge base of the tenant, or source of the knowledge base, has this name."""

    slug, title = "name-taken", "The name is taken"


class IngestionOverError(ConflictError):
    """The ingestion is done or was superseded; it takes no more files."""

    slug, title = "ingestion-over", "The ingestion takes no more files"


class ManifestNeededError(InvalidInputError):
    """The service cannot look into this kind of source by itself."""

    slug, title = "manifest-needed", "The files of this source must be listed"


class ManagedSourceError(ConflictError):
    """Cases and articles come from the platform, not from uploads."""

    slug, title = "managed-source", "The platform manages this source"
