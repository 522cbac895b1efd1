"""Runs erasures and exports, measures, and forgets what is out of date."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.gateway.context import Gateway
from caseplane.gateway.jobs import ERASE, EXPORT, MEASURE_STORAGE, SWEEP, EraseArgs, ExportArgs

handlers = Handlers[Gateway]()


@handlers.on(ERASE)
async def erase(g: Gateway, who: Principal, args: EraseArgs) -> None:
    await g.erasure.erase(who.tenant, requested_by=args.requested_by)


@handlers.on(EXPORT)
async def export(g: Gateway, who: Principal, args: ExportArgs) -> None:
    await g.exports.write(who.tenant, args.export_id)


@handlers.every(SWEEP)
async def sweep(g: Gateway) -> None:
    await g.idempotency.sweep()
    await g.limiter.sweep()


@handlers.every(MEASURE_STORAGE)
async def measure_storage(g: Gateway) -> None:
    await g.costs.measure_storage()
