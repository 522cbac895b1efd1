"""Answers from evidence: what may be said, and where each sentence of it stands.

Pure: no SQL, no HTTP. The pipeline hands in a question and the evidence the caller may see, and
gets back a draft whose every sentence is quoted to the character. Whether the draft may be sent is
the gate's business (`caseplane.gate`).
"""

from caseplane.answering.extractive import ExtractiveAnswerer
from caseplane.answering.llm import LlmAnswerer
from caseplane.answering.models import (
    AnswerProblem,
    AnswerSentence,
    Citation,
    DraftAnswer,
    Estimate,
    Evidence,
    ProblemKind,
)
from caseplane.answering.ports import Answerer, CompleteJson, Estimator

__all__ = [
    "AnswerProblem",
    "AnswerSentence",
    "Answerer",
    "Citation",
    "CompleteJson",
    "DraftAnswer",
    "Estimate",
    "Estimator",
    "Evidence",
    "ExtractiveAnswerer",
    "LlmAnswerer",
    "ProblemKind",
]
