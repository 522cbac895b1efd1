from typing import Annotated

import pulumi
from pydantic import Field

from caseplane_infra.contract.part import Part, Section


class QueueNeeds(Section):
    """One queue of object events and jobs from outside, with a dead end that can be redriven."""

    visibility_seconds: Annotated[int, Field(ge=10, le=600)] = 60
    """A message is another worker's after this without acknowledgement, seconds."""
    retention_seconds: Annotated[int, Field(ge=60, le=604_800)] = 345_600
    """Unread messages are dropped after this, seconds (4 days)."""
    dead_letter_seconds: Annotated[int, Field(ge=60, le=1_209_600)] = 1_209_600
    """Dead letters are kept for so long, seconds (14 days)."""
    attempts: Annotated[int, Field(ge=5, le=100)] = 5
    """Deliveries before a message is a dead letter. Google allows 5 to 100."""


class Queue(Part):
    """The `jobs` queue; new, changed and deleted objects of `docs` are announced on it."""

    url: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
