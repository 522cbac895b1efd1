"""Drafts answers from evidence, with exact citations.

Pure: no SQL, no HTTP. The pipeline passes a question and the evidence the caller may see, and gets a
draft with a character-exact citation for every sentence. The gate (`caseplane.gate`) decides whether the
draft is sent.
"""

from caseplane.answering.extractive import ExtractiveAnswerer
from caseplane.answering.llm import LlmAnswerer
from caseplane.answering.meant import SectionAnswerer
from caseplane.answering.models import (
    MOST_SHOWN,
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
    "MOST_SHOWN",
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
    "SectionAnswerer",
]
