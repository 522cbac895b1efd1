"""A customer's opinion of an answer or of the whole case."""

from uuid import UUID

from caseplane.core.errors import InvalidInputError, NotFoundError
from caseplane.core.ids import new_id
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.history import record
from caseplane.orchestrator.conversations.models import Feedback
from caseplane.orchestrator.conversations.repository import Messages, Ratings
from caseplane.orchestrator.conversations.schemas import FeedbackCreate
from caseplane.orchestrator.conversations.sessions import visible_session
from caseplane.orchestrator.conversations.telling import tell_of


async def give_feedback(work: Work, session_id: UUID, body: FeedbackCreate) -> Feedback:
    """Store it; it is also an event, so that agents see it in its place."""
    if body.rating is None and body.helpful is None and not body.comment:
        raise InvalidInputError("Give at least one of `rating`, `helpful` and `comment`.")
    session = await visible_session(work, session_id, lock=True)
    if body.message_id is not None:
        message = await work.repo(Messages).get(body.message_id)
        if message.session_id != session.id:
            raise NotFoundError(f"There is no message {body.message_id} in this session.")
    row = work.repo(Ratings).add(id=new_id(), session_id=session.id, **body.model_dump())
    payload = {"feedback_id": str(row.id), "rating": body.rating, "helpful": body.helpful}
    record(work, session, "feedback", payload)
    await tell_of(work, session)
    return row
