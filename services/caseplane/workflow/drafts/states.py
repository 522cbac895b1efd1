"""States of a draft."""

from enum import StrEnum


class DraftState(StrEnum):
    """What became of a draft."""

    open = "open"
    sending = "sending"
    """An agent accepted it; its comment is being put on the ticket."""
    accepted = "accepted"
    rejected = "rejected"
    superseded = "superseded"
    """A newer draft of the ticket was made before anyone decided on this one."""
