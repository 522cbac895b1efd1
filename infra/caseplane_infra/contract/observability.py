from typing import Literal

import pulumi

from caseplane_infra.contract.part import Part, Section


class ObservabilityNeeds(Section):
    """Logs, dashboards, alarms."""

    log_days: Literal[7, 14, 30, 60, 90, 180, 365] = 30
    """Logs are kept so long. About 0.50 USD per GB taken in, then 0.03 USD per GB and month."""
    alarm_email: str = ""
    """Whom alarms reach; empty: they are recorded only."""
    dashboards: bool = True
    """A dashboard of the managed services. About 3 USD a month on AWS."""


class Observability(Part):
    """Log sinks encrypted with the own key, alarms on what people must act on."""

    logs: pulumi.Output[str]
    """Log group, workspace or bucket of the platform's logs."""
    alarms: pulumi.Output[list[str]]
    """Ids of the alarms."""
