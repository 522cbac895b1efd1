"""Answers written by a language model, limited to the evidence and checked sentence by sentence.

The model does not decide whether its answer is sent, and its confidence is not used: the estimate comes
from question and evidence alone, with the same signals as without a model.
"""

from collections.abc import Sequence

from caseplane.answering import prompt
from caseplane.answering.display import target
from caseplane.answering.models import (
    AnswerProblem,
    AnswerSentence,
    DraftAnswer,
    Estimate,
    Evidence,
    ProblemKind,
    sources_of,
)
from caseplane.answering.ports import CompleteJson, Estimator
from caseplane.answering.verify import verify
from caseplane.core.llm import LlmError, LlmRole
from caseplane.text.markdown import Allowed, escaped_uri, safe, web_address

_NO_EVIDENCE = Estimate(confidence=0.0)


class LlmAnswerer:
    """Drafts answers with a language model.

    Args:
        complete_json: the call, with its account already set.
        estimator: estimates whether the evidence answers.
    """

    def __init__(self, complete_json: CompleteJson, *, estimator: Estimator) -> None:
        self._complete_json = complete_json
        self._estimator = estimator

    async def answer(self, question: str, evidence: Sequence[Evidence]) -> DraftAnswer:
        """Draft an answer; if the model fails, the draft has the problem `llm_error`.

        Raises:
            EmbeddingError: the estimate cannot be made.
        """
        if not evidence:  # without evidence the model is not called
            return _refused(ProblemKind.no_evidence, "Nothing was retrieved.")
        estimate = await self._estimator.estimate(question, evidence)
        try:
            drafted = await self._complete_json(
                LlmRole.answer, prompt.messages(question, evidence), prompt.Drafted
            )
        except LlmError as exc:
            return _refused(ProblemKind.llm_error, f"{exc.title}.", estimate)
        if not drafted.answerable or not drafted.sentences:
            return _refused(
                ProblemKind.insufficient_coverage,
                "The model found no answer in the evidence.",
                estimate,
            )
        sentences, problems = verify(drafted.sentences, evidence, question=question)
        return DraftAnswer(
            content=safe(_content(sentences), allowed=_known_to(evidence)),
            sentences=tuple(sentences),
            sources=sources_of(sentences, evidence),
            confidence=estimate.confidence,
            signals=estimate.signals,
            relevance=estimate.relevance,
            problems=tuple(problems),
            origin=prompt.VERSION,
        )


def _known_to(evidence: Sequence[Evidence]) -> Allowed:
    """Links of the evidence; one that a model makes up, or is talked into, leads a customer astray."""
    known = {target(chunk, mark.value) for chunk in evidence for mark in chunk.marks if mark.kind == "link"}
    known |= {escaped_uri(chunk.uri) for chunk in evidence}

    def allowed(address: str) -> bool:
        found = web_address(address, "")
        return found is not None and (found in known or any(address in chunk.text for chunk in evidence))

    return allowed


def _content(sentences: Sequence[AnswerSentence]) -> str:
    return " ".join(sentence.text for sentence in sentences)


def _refused(kind: ProblemKind, detail: str, estimate: Estimate = _NO_EVIDENCE) -> DraftAnswer:
    return DraftAnswer(
        content="",
        sentences=(),
        confidence=estimate.confidence,
        signals=estimate.signals,
        relevance=estimate.relevance,
        problems=(AnswerProblem(kind=kind, detail=detail),),
        origin=prompt.VERSION,
    )
