"""Tickets and documents of these tests."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from caseplane.answering import AnswerSentence, Citation, DraftAnswer, Evidence
from caseplane.triage.configuration import Category, Configuration, Severity, Team, Template, Tone
from caseplane.triage.drafting import Situation

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DOCUMENT = UUID(int=1)


def ticket(**known: Any) -> Situation:
    given = {
        "subject": "Invoice",
        "body": "Where do I find my invoice?",
        "language": "en",
        "category": "billing",
    }
    return Situation(received_at=NOW, **(given | known))


def configuration(**more: Any) -> Configuration:
    given: dict[str, Any] = {
        "categories": {
            "billing": Category(team="billing", template="billing"),
            "general": Category(team="billing"),
        },
        "severities": {"medium": Severity(priority=3, response="24h")},
        "teams": {"billing": Team()},
        "tones": {"formal": Tone(greeting={"en": "Dear {name},"}, closing={"en": "Yours sincerely"})},
        "templates": {
            "billing": Template(
                text={"en": "Thank you for writing about {{ fields.order_id or 'your bill' }}."},
                actions=("Compare the charges with the order",),
            )
        },
    }
    return Configuration(**(given | more))


def document(text: str, **more: Any) -> Evidence:
    given = {"title": "Billing", "uri": "https://help.example.com/billing", "score": 1.0}
    return Evidence(
        chunk_id=UUID(int=2), document_id=DOCUMENT, text=text, start=0, end=len(text), **(given | more)
    )


def answer(evidence: Evidence) -> DraftAnswer:
    """The whole of a document as an answer."""
    citation = Citation.of(evidence, 0, len(evidence.text), score=1.0)
    sentence = AnswerSentence(text=evidence.text, citations=(citation,))
    return DraftAnswer(
        content=evidence.text,
        sentences=(sentence,),
        confidence=0.8,
        origin="extractive-9",
        sources=(citation,),
    )
