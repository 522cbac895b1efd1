"""Protocols of the answerers' dependencies, so that this package stays pure."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from pydantic import BaseModel

from caseplane.answering.models import DraftAnswer, Estimate, Evidence
from caseplane.core.llm import LlmRole, Message

M = TypeVar("M", bound=BaseModel)


class CompleteJson(Protocol):
    """One call to a language model that answers in a schema: `Llm.complete_json` with its account."""

    async def __call__(self, role: LlmRole, messages: Sequence[Message], schema: type[M]) -> M:
        """Return the validated answer; raises `LlmError` if there is none."""
        ...


class Estimator(Protocol):
    """Estimates the probability that evidence answers a question; `ExtractiveAnswerer` is one."""

    async def estimate(self, question: str, evidence: Sequence[Evidence]) -> Estimate: ...


class Answerer(Protocol):
    """Drafts an answer only from evidence."""

    async def answer(self, question: str, evidence: Sequence[Evidence]) -> DraftAnswer:
        """Draft an answer; `DraftAnswer.problems` has its faults."""
        ...
