"""What is measured by the clock."""

from caseplane.core.jobs import Periodic

MEASURE_STORAGE = Periodic(
    "platform.measure_storage", "platform", "20 2 * * *", repeat="the day's measure is replaced"
)
