"""Measures by the clock."""

from caseplane.core.work import Handlers
from caseplane.platform.context import Platform
from caseplane.platform.costs.jobs import MEASURE_STORAGE
from caseplane.platform.costs.measuring import measure_storage

handlers = Handlers[Platform]()
handlers.every(MEASURE_STORAGE)(measure_storage)
