"""When many customers write about one thing at once, it is one incident and not many cases.

A storm is seen by what is new: within minutes more customers write about one thing than its share of earlier tickets can explain.
A topic that is always busy is none, and neither is a busy hour of all topics. Tickets are compared by their vectors alone, with the
centre of those that are alike: customers tell of an outage in a dozen ways, each with an order number of their own, so what
sets duplicates apart does not count here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import exp, lgamma, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

NEAR: Final = 0.6
"""Cosine from which a ticket counts for the centre of those like the newest one."""
WITHIN: Final = 0.72
"""Cosine to the centre from which a ticket is of the storm. Customers of one trade write about other things at up to .66."""
EARLIER: Final = 0.68
"""Cosine to the centre from which an earlier ticket is of the same topic: the centre is that of the recent ones, so those are nearer."""
LINK, LINKS, LOOSE = 0.7, 3, 0.5
"""An unusual wording is still of the storm if so many of its tickets are so near, and the centre is not far. No other ticket of
two trades came near three of an outage's at .64."""
MEET: Final = 0.5
"""Cosine of their centres from which a storm is part of one that is under way: two at once are rarer than one told in two ways."""


@dataclass(frozen=True)
class Period:
    """Earlier tickets.

    Attributes:
        alike: those of the same topic.
        tickets: all of them.
    """

    alike: int
    tickets: int


@dataclass(frozen=True)
class StormRule:
    """What counts as a storm.

    Attributes:
        customers: so many within `window`, at least.
        window: how close together they write.
        history: how far back the topic's usual share is counted, before `window`.
        times: so many times what is expected, at least.
        grown: so many times what came around the same time of an earlier day, at least.
        share: of all tickets that a topic is expected to have where nothing is known.
        assumed: tickets that are assumed where fewer are known.
        chance: the probability, at most, that as many write by chance. It is tiny since each ticket is looked at, and the centre
            lies where most are.
    """

    customers: int = 5
    window: timedelta = timedelta(minutes=10)
    history: timedelta = timedelta(days=7)
    times: float = 3.0
    grown: float = 1.5
    share: float = 0.015
    assumed: int = 120
    chance: float = 1e-6

    def is_storm(self, customers: int, tickets: int, usual: Period, same_time: Sequence[int] = ()) -> bool:
        """Whether recent tickets about one thing are a storm.

        Args:
            customers: who wrote about it within `window`.
            tickets: that came within `window`, of any topic.
            usual: what came before.
            same_time: alike tickets around the same time of earlier days; a peak that comes every Monday is no storm.
        """
        lack = max(0, self.assumed - usual.tickets)
        before = usual.tickets + lack
        expected = tickets * (usual.alike + self.share * lack) / before
        if customers < max(self.customers, self.times * expected, self.grown * max(same_time, default=0)):
            return False
        # If the topic's share had not changed, each of its tickets would be recent with the same probability as any ticket.
        trials = customers + usual.alike
        return at_least(customers, trials, tickets / (tickets + before)) <= self.chance


def at_least(hits: int, trials: int, probability: float) -> float:
    """The probability of at least so many hits in independent trials."""
    if hits <= 0 or probability >= 1:
        return 1.0
    return min(
        1.0,
        sum(
            exp(
                lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1)
                + k * log(probability) + (trials - k) * log(1 - probability)
            )
            for k in range(hits, trials + 1)
        ),
    )  # fmt: skip


def belongs(centre: float, links: int) -> bool:
    """Whether a ticket is of a storm.

    Args:
        centre: its cosine to the storm's centre.
        links: tickets of the storm whose cosine to it is `LINK` or more.
    """
    return centre >= WITHIN or (centre >= LOOSE and links >= LINKS)


def gathered(vectors: NDArray[np.float32], centre: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which tickets are of the storm around a centre: those near it, and those that belong to them, and so on.

    Args:
        vectors: shape (tickets, dimensions), unit length.
        centre: shape (dimensions,).

    Returns:
        Shape (tickets,).
    """
    to_centre = vectors @ (centre / np.linalg.norm(centre))
    linked = vectors @ vectors.T >= LINK
    inside: NDArray[np.bool_] = to_centre >= WITHIN
    while True:
        more = inside | ((to_centre >= LOOSE) & (linked[:, inside].sum(axis=1) >= LINKS))
        if (more == inside).all():
            return inside
        inside = more
