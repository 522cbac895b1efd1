"""What a plan is made of."""

from typing import ClassVar, NamedTuple

from caseplane_operator.conditions import Reason


class Event(NamedTuple):
    """A Kubernetes event that reports a change."""

    reason: str
    message: str


class Action:
    """One change of the platform or of a Secret. Making it twice is harmless: a crash may follow any of them."""

    reported_as: ClassVar[Event | None] = None
    refused_as: ClassVar[Reason] = Reason.PlatformRefused
    """The reason of the fault when the platform refuses the change."""

    @property
    def event(self) -> Event | None:
        """The event to post after the change; None if it is not worth one."""
        return self.reported_as
