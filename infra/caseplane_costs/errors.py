"""The one kind of error that a person can fix."""


class CostError(Exception):
    """A request that has no answer; the message says what is wrong with it and what to do."""
