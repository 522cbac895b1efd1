"""What the customer was shown already: the sources of earlier answers."""

from collections.abc import Sequence
from typing import Any

from caseplane.answering import Evidence
from caseplane.orchestrator.conversations.models import Message


def unshown(evidence: Sequence[Evidence], history: Sequence[Message]) -> list[Evidence]:
    """The evidence without what earlier answers quoted, without the rest of its sections, and without copies of it."""
    cited = [c for message in history for c in message.citations]
    chunks = {str(c["chunk_id"]) for c in cited}
    quotes = [_plain(str(c["quote"])) for c in cited]
    sections = {(e.document_id, e.heading) for e in evidence if str(e.chunk_id) in chunks and e.heading}
    return [
        e
        for e in evidence
        if str(e.chunk_id) not in chunks
        and (e.document_id, e.heading) not in sections
        and not any(quote in _plain(e.text) for quote in quotes)
    ]


def answers_of(history: Sequence[Message]) -> list[Message]:
    """The answers among some messages, in order."""
    return [message for message in history if message.meta.get("kind") == "answer"]


def source_of(message: Message | None) -> dict[str, str] | None:
    """What shows where an answer stands: title, quote, and where to read it; None if it cites nothing."""
    if message is None or not message.citations:
        return None
    cited: dict[str, Any] = message.citations[0]
    link = str(cited["uri"]) if str(cited["uri"]).startswith(("http://", "https://")) else ""
    where = f" ({link})" if link else ""
    return {"title": str(cited["title"]), "quote": " ".join(str(cited["quote"]).split()), "where": where}


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
