"""Labels for the gate from stored conversations: what became of an answer shows whether it was right.

Pure: it reads rows of one session. An uncertain outcome gives no label. Where two signs disagree, the customer's
opinion of the answer counts first, then any sign against it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from caseplane.gate import GateSignals
from caseplane.orchestrator.conversations.models import Event, Feedback, Message
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.states import Resolution, SessionStatus
from caseplane.text.stop_words import ANSWER as STOP_WORDS
from caseplane.text.words import words

SAME, OTHERWISE = 0.5, 0.2
"""Share of the shorter text's words that the other has. From `SAME` on, an agent said the same as the draft; up to
`OTHERWISE`, something else; between them it is undecided."""
_GOOD, _BAD = 4, 2


_TURNED_AWAY = frozenset({"customer_request", "unhelpful_answer"})


class LabelSource(StrEnum):
    """What a label rests on."""

    feedback = "feedback"
    """The customer rated the answer or called it helpful or not."""
    reopened = "reopened"
    """The customer came back after it was resolved: wrong."""
    person_wanted = "person_wanted"
    """The customer asked for a person after the answer, or said that it did not help: wrong."""
    confirmed = "confirmed"
    """The customer said that it is solved: right."""
    assumed = "assumed"
    """The customer wrote no more: right, if silence is to be counted."""
    agent = "agent"
    """An agent solved what the draft was kept back for, with the same words or with others."""


@dataclass(frozen=True, slots=True)
class Label:
    """A draft with its signals, and whether it was wrong."""

    session_id: UUID
    signals: GateSignals
    wrong: bool
    source: LabelSource


@dataclass
class Story:
    """All of a session that labels can rest on.

    Attributes:
        followed_up: a later session continues this one after the reopen window.
    """

    session_id: UUID
    customer_id: str
    events: list[Event] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    followed_up: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """A judged draft, and everything up to the next one."""

    signals: GateSignals
    text: str
    sent: UUID | None
    after: list[Event]
    next_reason: str | None
    last: bool


def labels_of(story: Story, *, count_silence: bool = False) -> list[Label]:
    """The labels of one session, in its order.

    Args:
        story: the session.
        count_silence: take an answer for right if the customer wrote no more after it.
    """
    found = []
    for draft in _drafts(story):
        judged = _of_sent(story, draft, count_silence) if draft.sent else _of_kept_back(story, draft)
        if judged is not None:
            found.append(Label(story.session_id, draft.signals, judged[0], judged[1]))
    return found


def agreement(one: str, other: str) -> float | None:
    """Share of the content words of the shorter text that the other has too; None where one has none."""
    first, second = _content(one), _content(other)
    shorter = min(len(first), len(second))
    return len(first & second) / shorter if shorter else None


def _content(text: str) -> frozenset[str]:
    return frozenset(word.key for word in words(text) if word.lower not in STOP_WORDS)


def _drafts(story: Story) -> list[_Draft]:
    """Drafts that the gate judged, sent or kept back, each with what happened until the next."""
    said: Mapping[UUID, Message] = {message.id: message for message in story.messages}
    begun: list[tuple[Event, Event, Event | None]] = []
    evaluation: Event | None = None
    escalation: Event | None = None
    for event in story.events:
        if event.type == "evaluation":
            evaluation, escalation = event, None
        elif event.type == "escalation":
            escalation = event
        elif event.type == "turn" and evaluation is not None:
            begun.append((event, evaluation, escalation))
            evaluation = escalation = None
    found = []
    for place, (turn, judged, handed_over) in enumerate(begun):
        following = begun[place + 1] if place + 1 < len(begun) else None
        end = following[1].seq if following else float("inf")
        signals = GateSignals.model_validate(judged.payload["signals"])
        sent = UUID(turn.payload["message_id"]) if turn.payload["outcome"] == "answered" else None
        if sent is not None:
            text = said[sent].content if sent in said else ""
        else:
            text = str(handed_over.payload.get("draft", "")) if handed_over else ""
        if signals.confidence is None or not text:
            continue
        found.append(
            _Draft(
                signals=signals,
                text=text,
                sent=sent,
                after=[e for e in story.events if turn.seq < e.seq < end],
                next_reason=following[2].payload["reason"] if following and following[2] else None,
                last=following is None,
            )
        )
    return found


def _of_sent(story: Story, draft: _Draft, count_silence: bool) -> tuple[bool, LabelSource] | None:
    rated = [_opinion(row) for row in _feedback_on(story, draft)]
    opinions = [wrong for wrong in rated if wrong is not None]
    if opinions:
        return any(opinions), LabelSource.feedback
    resolved = [e.payload["resolution"] for e in draft.after if e.type == "resolution"]
    back = any(e.type == "status" and e.payload["from"] == SessionStatus.resolved for e in draft.after)
    if back or (resolved and draft.last and story.followed_up):
        return True, LabelSource.reopened
    reasons = [e.payload["reason"] for e in draft.after if e.type == "escalation"]
    if _TURNED_AWAY & {*reasons, draft.next_reason}:
        return True, LabelSource.person_wanted
    if reasons or not resolved:
        return None
    if resolved[-1] == Resolution.confirmed:
        return False, LabelSource.confirmed
    if resolved[-1] == Resolution.assumed and count_silence:
        return False, LabelSource.assumed
    return None


def _of_kept_back(story: Story, draft: _Draft) -> tuple[bool, LabelSource] | None:
    solved = any(e.type == "resolution" and e.payload["resolution"] == Resolution.agent for e in draft.after)
    if not solved:
        return None
    seqs = {e.seq for e in draft.after}
    replies = [m.content for m in story.messages if m.role == MessageRole.agent and m.seq in seqs]
    shared = agreement(draft.text, "\n".join(replies))
    if shared is None or OTHERWISE < shared < SAME:
        return None
    return shared <= OTHERWISE, LabelSource.agent


def _feedback_on(story: Story, draft: _Draft) -> Iterable[Feedback]:
    """What names the answer, and what names none but came after it and before the next."""
    after = {e.payload.get("feedback_id") for e in draft.after if e.type == "feedback"}
    for row in story.feedback:
        if row.message_id == draft.sent or (row.message_id is None and str(row.id) in after):
            yield row


def _opinion(row: Feedback) -> bool | None:
    """Whether the customer found the answer wrong; None for a rating in the middle or a mere comment."""
    if row.helpful is not None:
        return not row.helpful
    if row.rating is not None and (row.rating >= _GOOD or row.rating <= _BAD):
        return row.rating <= _BAD
    return None


def sources(labels: Sequence[Label]) -> dict[str, int]:
    """How many labels rest on what."""
    counts = {source.value: 0 for source in LabelSource}
    for label in labels:
        counts[label.source.value] += 1
    return counts
