"""What is said to a model, and on whose account."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, repr=False)
class Message:
    """One turn of a prompt. Its content has no place in a log, and so none in its repr."""

    role: Literal["system", "user", "assistant"]
    content: str

    def __repr__(self) -> str:
        return f"Message(role={self.role!r}, content=<{len(self.content)} characters>)"


@dataclass(frozen=True)
class CallAccount:
    """Who pays for a call."""

    tenant_id: UUID
    session_id: UUID | None = None
