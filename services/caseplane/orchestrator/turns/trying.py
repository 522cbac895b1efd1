"""What would become of a question now, without a conversation: the pipeline of real turns, and nothing is written."""

from caseplane.core.auth import Principal
from caseplane.core.ids import new_id
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations.models import Message, Session
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.states import SessionStatus
from caseplane.orchestrator.policies.versions import active_policy
from caseplane.orchestrator.schemas import QuestionTried, QuestionTry
from caseplane.orchestrator.turns.outcome import Outcome
from caseplane.orchestrator.turns.pipeline import run
from caseplane.orchestrator.turns.question import Question


async def try_question(context: Orchestrator, principal: Principal, body: QuestionTry) -> QuestionTried:
    """Answer a question as for a new customer who writes it as their first message; nobody is asked back."""
    async with context.work(principal) as work:
        policy, version = await active_policy(work)
    session = Session(
        tenant_id=principal.tenant,
        id=new_id(),
        channel="api",
        customer_id="",
        status=SessionStatus.open,
        language=None,
        entitlements=body.entitlements,
        knowledge_base_ids=body.knowledge_base_ids,
        meta={},
        clarifications=1,
    )
    asked = Message(
        tenant_id=principal.tenant,
        id=new_id(),
        session_id=session.id,
        seq=1,
        role=MessageRole.customer,
        content=body.question,
        content_redacted=body.question,
        citations=[],
        meta={},
    )
    return _tried(await run(context, Question(session, [asked], [], policy, version)))


def _tried(outcome: Outcome) -> QuestionTried:
    """Answered if every question of the message is."""
    attempts = outcome.attempts
    left = [attempt for attempt in attempts if not attempt.passed]
    drafts = [attempt.draft for attempt in attempts if attempt.passed and attempt.draft]
    decided = [attempt.decision for attempt in left if attempt.decision and attempt.decision.reason]
    return QuestionTried(
        answered=bool(attempts) and not left,
        reason=str(decided[0].reason) if decided else None,
        answer="\n\n".join(draft.content for draft in drafts) or None,
        confidence=min((a.decision.confidence for a in attempts if a.decision), default=None),
        cited_documents=list(dict.fromkeys(c.document_id for draft in drafts for c in draft.citations)),
    )
