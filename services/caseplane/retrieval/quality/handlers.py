"""Runs the job of quality reports."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.quality.jobs import QUALITY, QualityArgs
from caseplane.retrieval.quality.measuring import make_report

handlers = Handlers[Retrieval]()


@handlers.on(QUALITY)
async def quality(context: Retrieval, principal: Principal, args: QualityArgs) -> None:
    await make_report(context, principal, args.knowledge_base_id)
