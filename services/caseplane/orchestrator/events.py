"""What happens to conversations, as jobs that another service runs: this one defers them and knows no receiver."""

from uuid import UUID

from caseplane.core.jobs import Job, JobArgs


class SessionChanged(JobArgs):
    """A conversation went on: it was answered, handed over, resolved, rated."""

    session_id: UUID


SESSION_CHANGED = Job(
    "insights.session_changed",
    SessionChanged,
    queue="insights",
    after="each turn, and each change of a conversation's status",
    repeat="the receiver reads the conversation as it is, and keeps the newest reading",
)
