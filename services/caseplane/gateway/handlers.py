"""Forgets what is out of date."""

from caseplane.core.work import Handlers
from caseplane.gateway.context import Gateway
from caseplane.gateway.jobs import SWEEP

handlers = Handlers[Gateway]()


@handlers.every(SWEEP)
async def sweep(context: Gateway) -> None:
    await context.idempotency.sweep()
    await context.limiter.sweep()
    await context.sign_ins.sweep()
