"""Reads what is compared of a ticket. It waits for the embedding model, so it runs outside of any transaction."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from caseplane.core.embeddings import Embedder
from caseplane.core.privacy import redact
from caseplane.triage.duplicates import Fingerprint, fingerprint


@dataclass(frozen=True)
class SeenTicket:
    """A ticket as it came."""

    ticket_id: UUID
    customer_id: str | None
    text: str
    created_at: datetime


@dataclass(frozen=True, eq=False)
class ReadTicket:
    """What is compared of a ticket; without personal data, which other tickets do not have in common anyway."""

    ticket_id: UUID
    fingerprint: Fingerprint
    profile: str
    digest: bytes


async def read(embedder: Embedder, seen: SeenTicket) -> ReadTicket:
    """What is compared of a ticket.

    Raises:
        EmbeddingError: the model cannot be used.
    """
    text = redact(seen.text).text
    (vector,) = await embedder.embed([text])
    found = fingerprint(text, vector, customer=seen.customer_id, at=seen.created_at)
    return ReadTicket(
        seen.ticket_id, found, embedder.profile.key, blake2b(text.encode(), digest_size=16).digest()
    )
