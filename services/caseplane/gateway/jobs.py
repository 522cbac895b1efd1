"""What runs by the clock."""

from caseplane.core.jobs import Periodic

SWEEP = Periodic("platform.sweep", "platform", "*/10 * * * *", repeat="deleting again does nothing")
