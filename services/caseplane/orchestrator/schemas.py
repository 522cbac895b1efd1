"""What other services see of conversations."""

from pydantic import BaseModel


class CaseCounts(BaseModel):
    """How many conversations a tenant had in a period, and how many of them are done with for good."""

    sessions: int
    """Begun in it."""
    durably_resolved: int
    """Resolved in it, and not brought up again while they could be continued."""
    awaiting: int
    """Resolved in it, and may still be continued."""
