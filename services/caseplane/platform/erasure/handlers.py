"""Runs erasures."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.platform.context import Platform
from caseplane.platform.erasure import erasing
from caseplane.platform.erasure.jobs import ERASE, EraseArgs

handlers = Handlers[Platform]()


@handlers.on(ERASE)
async def erase(context: Platform, who: Principal, args: EraseArgs) -> None:
    await erasing.erase(context, who.tenant, requested_by=args.requested_by)
