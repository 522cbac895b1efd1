"""Why an ingestion cannot start or go on; errors of single files are in `parsing`."""

from caseplane.core.errors import ConflictError, InvalidInputError


class IngestionOverError(ConflictError):
    """The ingestion is done or was superseded; it takes no more files."""

    slug, title = "ingestion-over", "The ingestion takes no more files"


class ManifestNeededError(InvalidInputError):
    """The service cannot look into this kind of source by itself."""

    slug, title = "manifest-needed", "The files of this source must be listed"
