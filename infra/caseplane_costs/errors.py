"""The error that a person can fix."""


class CostError(Exception):
    """A request is invalid or has no answer; the message says why and what to do."""
