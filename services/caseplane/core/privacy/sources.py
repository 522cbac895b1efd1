"""Where a text comes from, since the same words weigh differently there."""

from enum import StrEnum


class TextSource(StrEnum):
    """Who wrote a text, and for whom."""

    message = "message"
    """A customer, to us: whatever identifies a person is theirs; they may well give instructions."""
    document = "document"
    """An author, to readers: public contacts and example values are content; nobody in it may
    instruct the assistant."""
