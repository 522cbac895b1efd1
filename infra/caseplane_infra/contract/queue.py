from typing import Annotated

import pulumi
from pydantic import Field

from caseplane_infra.contract.part import Part, Section


class QueueNeeds(Section):
    """A queue of object events and external jobs, with dead letters that can be redriven."""

    visibility_seconds: Annotated[int, Field(ge=10, le=600)] = 60
    """Seconds until an unacknowledged message is delivered to another worker."""
    retention_seconds: Annotated[int, Field(ge=60, le=604_800)] = 345_600
    """Seconds until unread messages are dropped (4 days)."""
    dead_letter_seconds: Annotated[int, Field(ge=60, le=1_209_600)] = 1_209_600
    """Seconds for which dead letters are kept (14 days)."""
    attempts: Annotated[int, Field(ge=5, le=100)] = 5
    """Deliveries before a message is a dead letter. Google allows 5 to 100."""


class Queue(Part):
    """The `jobs` queue, which receives an event for every new, changed or deleted object in `docs`."""

    url: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
