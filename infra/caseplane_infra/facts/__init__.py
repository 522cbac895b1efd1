"""What other people's products offer, and until when.

The data lies in the YAML files beside this one, each with its sources and the day on which they were read (`checked`).
Nothing here changes with the calendar: callers say what day it is.
"""

from caseplane_infra.facts.kubernetes import DEFAULT, checked_on, ends_on, versions
from caseplane_infra.facts.models import Model, listed, models
from caseplane_infra.facts.notices import NOTICE_DAYS, notices

__all__ = [
    "DEFAULT",
    "NOTICE_DAYS",
    "Model",
    "checked_on",
    "ends_on",
    "listed",
    "models",
    "notices",
    "versions",
]
