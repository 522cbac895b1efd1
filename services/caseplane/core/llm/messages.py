"""Prompts, and the account that pays for a call."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, repr=False)
class Message:
    """One turn of a prompt. Its repr leaves out the content, so that logs cannot contain it."""

    role: Literal["system", "user", "assistant"]
    content: str

    def __repr__(self) -> str:
        return f"Message(role={self.role!r}, content=<{len(self.content)} characters>)"


@dataclass(frozen=True)
class CallAccount:
    """Who pays for a call."""

    tenant_id: UUID
    session_id: UUID | None = None
