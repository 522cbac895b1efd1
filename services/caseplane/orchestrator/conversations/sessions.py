"""Sessions: who may see them, how one begins, and how they are read."""

from datetime import datetime
from uuid import UUID

from caseplane.core.auth import Principal, Role
from caseplane.core.errors import InvalidInputError, NotFoundError
from caseplane.core.pagination import Page, page
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.models import Message, Session
from caseplane.orchestrator.conversations.repository import Messages, Sessions
from caseplane.orchestrator.conversations.schemas import REPLIES, MessageRead, SessionCreate, SessionRead
from caseplane.orchestrator.conversations.states import SessionStatus

NAME_THE_CUSTOMER = "Name the customer in `customer_id`: the credential speaks for many."


def may_see(principal: Principal, session: Session) -> bool:
    """Agents see all of the tenant's sessions; a customer their own; a channel those of its customers."""
    if principal.has_any(Role.agent, Role.analyst):
        return True
    return principal.has(Role.customer) and principal.customer_id in (None, session.customer_id)


async def visible_session(work: Work, session_id: UUID, *, lock: bool = False) -> Session:
    """The session, if the caller may see it; otherwise it does not exist for them."""
    session = await work.repo(Sessions).find(session_id, lock=lock)
    if session is None or not may_see(work.principal, session):
        raise NotFoundError(f"There is no session {session_id}.")
    return session


async def create_session(work: Work, body: SessionCreate) -> Session:
    """Begin a conversation."""
    principal = work.principal
    customer_id = principal.customer_id or body.customer_id
    if customer_id is None:
        raise InvalidInputError(NAME_THE_CUSTOMER)
    if body.customer_id not in (None, customer_id):
        raise InvalidInputError("`customer_id` differs from the customer that the credential names.")
    # Only a channel or an agent vouches for groups; a customer's own token carries theirs.
    vouched = set() if principal.customer_id else set(body.entitlements)
    return await work.repo(Sessions).begin(
        work.now,
        channel=body.channel,
        customer_id=customer_id,
        entitlements=sorted(principal.entitlements | vouched),
        knowledge_base_ids=body.knowledge_base_ids,
        meta=body.metadata,
    )


async def list_sessions(
    work: Work,
    *,
    customer_id: str | None,
    status: list[SessionStatus],
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> Page[SessionRead]:
    """Sessions that the caller may see, the most recently active first."""
    principal = work.principal
    if not principal.has_any(Role.agent, Role.analyst):
        customer_id = principal.customer_id or customer_id
        if customer_id is None:
            raise InvalidInputError(NAME_THE_CUSTOMER)
    rows = await work.repo(Sessions).page(
        customer_id=customer_id, status=status, before=before, limit=limit + 1
    )
    return page(
        rows,
        limit,
        read=lambda session: session_read(work, session),
        position=lambda session: (session.last_activity_at, session.id),
    )


async def read_session(work: Work, session: Session) -> SessionRead:
    """The session with its latest reply."""
    return session_read(work, session, await work.repo(Messages).latest(session.id, *REPLIES))


def session_read(work: Work, session: Session, latest: Message | None = None) -> SessionRead:
    """The session as the caller may see it: its summary is for agents."""
    read = SessionRead.model_validate(session)
    if work.principal.has(Role.agent):
        read.summary = session.summary_current
    if latest is not None:
        read.latest_reply = MessageRead.model_validate(latest)
    return read
