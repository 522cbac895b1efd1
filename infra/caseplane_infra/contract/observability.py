from typing import Literal

import pulumi

from caseplane_infra.contract.part import Part, Section


class ObservabilityNeeds(Section):
    """Logs, dashboards, alarms."""

    log_days: Literal[7, 14, 30, 60, 90, 180, 365] = 30
    """Days for which logs are kept. About 0.50 USD per GB ingested, then 0.03 USD per GB and month."""
    alarm_email: str = ""
    """Recipient of alarms; empty: alarms are only recorded."""
    dashboards: bool = True
    """A dashboard of the managed services. About 3 USD a month on AWS."""


class Observability(Part):
    """Logs encrypted with the stack's key, and alarms that people must act on."""

    logs: pulumi.Output[str]
    """Log group, workspace or bucket of the platform's logs."""
    alarms: pulumi.Output[list[str]]
    """Ids of the alarms."""
