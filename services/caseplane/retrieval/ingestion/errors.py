"""Why an ingestion cannot start or go on; errors of single files are in `parsing`."""

from caseplane.core.errors import ConflictError, InvalidInputError


class IngestionOverError(ConflictError):
    """The ingestion is done or was superseded; it takes no more files."""

    slug, title = "ingestion-over", "The ingestion takes no more files"


class ManifestNeededError(InvalidInputError):
    """The service cannot look into this kind of source by itself."""

    slug, title = "manifest-needed", "The files of this source must be listed"


class TooManyDeletionsError(ConflictError):
    """The sync would delete more of its source's documents than it may without `confirm_deletions`."""

    slug, title = "too-many-deletions", "The sync would delete many documents"


class TooManyFilesError(InvalidInputError):
    """The sync names more files than `CASEPLANE_RETRIEVAL_MAX_FILES_PER_INGESTION` allows."""

    slug, title = "too-many-files", "The sync names too many files"
