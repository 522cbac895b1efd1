"""Why a file or one of its rows gives no tickets."""

from caseplane.core.errors import InvalidInputError


class FileUnreadableError(InvalidInputError):
    """No row of the file can be read; another file may help, waiting does not."""

    slug, title = "dataset-file-unreadable", "The file cannot be read as a table of tickets"


class RowError(ValueError):
    """One row cannot become a ticket; the text is the reason."""
