"""When many customers write about one thing at once, it is one incident and not many cases.

A storm is seen by what is new: so many customers within minutes, far more than wrote about the same before, and a large part
of all who write. A topic that is always busy is none. Tickets are compared by their vectors alone, with the centre of those that
are alike: customers tell of an outage in a dozen ways, each with an order number of their own, so what sets duplicates apart does
not count here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

NEAR: Final = 0.6
"""Cosine from which a ticket counts for the centre of those like the newest one."""
WITHIN: Final = 0.72
"""Cosine to the centre from which a ticket is of the storm. Customers of one trade write about other things at up to .66; of 200
tickets that tell of one outage in as many ways, nearly nine in ten reach .72."""


@dataclass(frozen=True)
class Sighting:
    """A ticket of the same topic as the newest one."""

    customer: str
    at: datetime


@dataclass(frozen=True)
class StormRule:
    """What counts as a storm.

    Attributes:
        customers: so many within `window`, at least.
        window: how close together they write.
        history: how far back the usual rate is counted, before `window`.
        times: so many times what is expected, at least.
        share: of all tickets that a single topic is expected to have in any case.
    """

    customers: int = 5
    window: timedelta = timedelta(minutes=10)
    history: timedelta = timedelta(hours=3)
    times: float = 4.0
    share: float = 0.015

    def is_storm(
        self, like: Sequence[Sighting], now: datetime, *, tickets: int, first: datetime | None = None
    ) -> bool:
        """Whether the tickets like the newest one, itself among them, are a storm at `now`.

        Args:
            like: of `history` and `window`.
            now: when the newest one came.
            tickets: all that came within `window`, of any topic.
            first: when the first ticket of `history` came, of any topic; before it nothing is known of what is usual.
        """
        recent = {each.customer for each in like if each.at > now - self.window}
        before = {each.customer for each in like if each.at <= now - self.window}
        known = now - self.window - first if first else self.history
        usual = len(before) / max(1.0, known / self.window)
        expected = usual + self.share * tickets
        return len(recent) >= max(self.customers, self.times * expected + self.customers / 2)
