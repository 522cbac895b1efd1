"""How an answer is shown on a channel."""

from caseplane.orchestrator.conversations.schemas import Channel, ContentFormat
from caseplane.text.markdown import safe
from caseplane.text.plain import plain

_TEXT_ONLY = frozenset({Channel.email, Channel.sms})
"""Channels that show a message as it is written; their senders take text, not HTML."""


def shown_on(channel: str, markdown: str) -> tuple[str, ContentFormat]:
    """An answer as its channel shows it, and what it is."""
    if channel in _TEXT_ONLY:
        return plain(markdown), ContentFormat.text
    return safe(markdown), ContentFormat.markdown
