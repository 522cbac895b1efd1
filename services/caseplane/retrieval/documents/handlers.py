"""Runs the job of documents."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.documents.jobs import FORGET, ForgetArgs
from caseplane.retrieval.documents.removal import forget_files

handlers = Handlers[Retrieval]()


@handlers.on(FORGET)
async def forget(context: Retrieval, principal: Principal, args: ForgetArgs) -> None:
    await forget_files(context, principal.tenant, args.source, args.document_ids)
