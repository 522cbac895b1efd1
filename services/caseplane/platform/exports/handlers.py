"""Runs exports."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.platform.context import Platform
from caseplane.platform.exports.jobs import EXPORT, ExportArgs
from caseplane.platform.exports.writing import write_export

handlers = Handlers[Platform]()


@handlers.on(EXPORT)
async def export(context: Platform, who: Principal, args: ExportArgs) -> None:
    await write_export(context, who, args.export_id)
