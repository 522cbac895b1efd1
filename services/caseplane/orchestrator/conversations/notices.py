"""What the assistant says about itself and the conversation: in the customer's language, in the tenant's words."""

import re
from dataclasses import dataclass, field
from typing import Any

from caseplane.core.tenant_settings import tenant_section
from caseplane.dialogue.notices import ASSISTANT, in_language, unlike, variants
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.models import Session

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Voice:
    """How the assistant speaks in a conversation.

    Attributes:
        language: ISO 639-1 code of the customer's; None for English.
        settings: the tenant's section `conversation`.
        last: what was last said to the customer; the same is not said again.
    """

    language: str | None
    settings: dict[str, Any] = field(default_factory=dict)
    last: str = ""

    @property
    def greets_first(self) -> bool:
        """Whether the first reply begins with the greeting, whatever the customer wrote."""
        return self.settings.get("greet") == "first_reply"

    @property
    def answers_beside_person(self) -> bool:
        """Whether the assistant answers new questions while a person has the case."""
        return bool(self.settings.get("answer_beside_person"))

    def notice(self, kind: str, **values: str) -> str:
        """The text of a kind, unlike what was last said if there is another."""
        values = {"assistant": self._name(), **values}
        candidates = [*self._own(kind), *variants(kind, self.language)]
        return unlike([_filled(text, values) for text in candidates], self.last)

    def _own(self, kind: str) -> list[str]:
        texts: dict[str, str] = (self.settings.get("texts") or {}).get(kind) or {}
        return [in_language(texts, self.language)] if texts else []

    def _name(self) -> str:
        return self.settings.get("assistant_name") or in_language(ASSISTANT, self.language)


async def voice_of(work: Work, session: Session, *, language: str | None = None, last: str = "") -> Voice:
    """How the assistant speaks in a session.

    Args:
        work: of the session's tenant.
        session: whose customer is spoken to.
        language: that the customer's latest words show; None for the session's.
        last: what was last said to the customer.
    """
    settings = await tenant_section(work.tx, session.tenant_id, "conversation")
    return Voice(language or session.language, settings, last)


def _filled(text: str, values: dict[str, str]) -> str:
    """The text with its placeholders filled; one that is unknown stays, and values are not read for placeholders."""
    filled = _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
    return filled[:1].upper() + filled[1:]
