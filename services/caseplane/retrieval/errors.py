"""Errors that several nouns of this service raise."""

from caseplane.core.errors import ConflictError


class NameTakenError(ConflictError):
    """Another knowledge base of the tenant, or source of the knowledge base, has this name."""

    slug, title = "name-taken", "The name is taken"


class ManagedSourceError(ConflictError):
    """Cases and articles come from the platform, not from uploads."""

    slug, title = "managed-source", "The platform manages this source"
