"""What the answerers need from outside, as protocols, so that this package stays pure."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from pydantic import BaseModel

from caseplane.answering.models import DraftAnswer, Estimate, Evidence
from caseplane.core.llm import LlmRole, Message

M = TypeVar("M", bound=BaseModel)


class CompleteJson(Protocol):
    """One call to a language model that answers in a schema: `Llm.complete_json` with its account."""

    async def __call__(self, role: LlmRole, messages: Sequence[Message], schema: type[M]) -> M:
        """Return the checked answer; raise `LlmError` if there is none to be had."""
        ...


class Estimator(Protocol):
    """Says how likely some evidence answers a question; `ExtractiveAnswerer` is one."""

    async def estimate(self, question: str, evidence: Sequence[Evidence]) -> Estimate:
        """Judge from question and evidence alone."""
        ...


class Answerer(Protocol):
    """Drafts an answer from evidence and nothing else."""

    async def answer(self, question: str, evidence: Sequence[Evidence]) -> DraftAnswer:
        """Draft an answer; what is wrong with it is told in `DraftAnswer.problems`."""
        ...
