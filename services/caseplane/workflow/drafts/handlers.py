"""Runs the jobs of drafts."""

from caseplane.core.auth import Principal
from caseplane.core.errors import RemoteProblemError
from caseplane.core.jobs import RetryLater
from caseplane.core.telemetry import get_logger
from caseplane.core.work import Handlers
from caseplane.workflow.context import Workflow
from caseplane.workflow.drafts import deciding
from caseplane.workflow.drafts.jobs import SEND, SendArgs

log = get_logger(__name__)
handlers = Handlers[Workflow]()


@handlers.on(SEND)
async def send_draft(context: Workflow, who: Principal, args: SendArgs) -> None:
    """What the agent's own request did not finish; a refusal is on the draft, where the agent sees it."""
    try:
        await deciding.send(context, who, args.draft_id)
    except RemoteProblemError as exc:
        if exc.code >= 500 or exc.code == 429:
            raise RetryLater("The ticket's service cannot take the reply now.") from exc
        log.info("draft_refused", draft_id=str(args.draft_id), status=exc.code)
