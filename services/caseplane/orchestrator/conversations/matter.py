"""What a conversation is about: the question that was asked last, not a greeting and not the request for a person."""

import re
from collections.abc import Sequence

from caseplane.dialogue import After, Said, understand
from caseplane.dialogue.intents import wants_person
from caseplane.orchestrator.conversations.models import Message
from caseplane.orchestrator.conversations.schemas import MessageRole
from caseplane.orchestrator.conversations.summaries import clip

SUBJECT_LENGTH = 120
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*|\n")
_MARKUP = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)|(?<!\w)[*_`~#>|]+|[*`~|]+(?!\w)|</?\w[^<>\n]{0,200}>")


def asked_in(text: str, *, after: Said = Said.answer) -> str:
    """The question in a message; empty if it only greets, thanks, reacts or asks for a person."""
    questions = "\n".join(understand(text, after=After(after)).questions)
    return _without_request(questions) if wants_person(questions) else questions


def _without_request(text: str) -> str:
    """The sentences that do not ask for a person."""
    left = "".join(each for each in _SENTENCE.findall(text) if not wants_person(each))
    return "\n".join(understand(left, after=After(Said.answer)).questions) if left.strip() else ""


def question_of(messages: Sequence[Message]) -> Message | None:
    """The customer's message with the question that the end of these messages is about."""
    for at in reversed(range(len(messages))):
        message = messages[at]
        if message.role != MessageRole.customer or not asked_in(message.asked_redacted):
            continue
        if "?" in message.asked or not _answers_clarification(messages[:at]):
            return message
    return None


def _answers_clarification(before: Sequence[Message]) -> bool:
    said = next((m for m in reversed(before) if m.role != MessageRole.customer), None)
    return said is not None and said.meta.get("kind") == "clarification"


def subject_of(text: str) -> str:
    """One line without markup."""
    line = clip(_MARKUP.sub(lambda mark: mark[1] or "", text), SUBJECT_LENGTH)
    return line or clip(text, SUBJECT_LENGTH)
