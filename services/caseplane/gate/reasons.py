"""Why a case goes to a person (architecture §4). A reason is one entry here; events and tickets store its code."""

from enum import StrEnum

_NEEDS_A_PERSON = "This needs a person."
"""The explanation for the customer if the reason concerns only agents."""


class ReasonCode(StrEnum):
    """A reason's code, the explanation for the customer and the next step for the agent.

    Attributes:
        explanation: why a person takes over, in words for the customer.
        next_step: for the agent who takes over.
    """

    explanation: str
    next_step: str

    def __new__(cls, code: str, explanation: str, next_step: str) -> "ReasonCode":
        reason = str.__new__(cls, code)
        reason._value_ = code
        reason.explanation, reason.next_step = explanation, next_step
        return reason

    no_evidence = (
        "no_evidence",
        "The documentation does not cover this.",
        "Nothing in the knowledge base covers this: answer it, then consider adding an article.",
    )
    """Nothing was retrieved above `min_relevance`."""
    insufficient_coverage = (
        "insufficient_coverage",
        "The documentation answers only a part of this.",
        "The evidence answers only a part: fill in what the explanation names.",
    )
    conflicting_sources = (
        "conflicting_sources",
        "The documentation says different things about this.",
        "The sources disagree: find out which one holds, and correct the other.",
    )
    missing_citations = (
        "missing_citations",
        "No answer could be proven from the documentation.",
        "The draft could not be proven: check it against the evidence before using it.",
    )
    """The answer states something without a citation, or its citation does not support it."""
    low_confidence = (
        "low_confidence",
        "The documentation may not answer exactly this.",
        "The evidence may hold the answer: check the quoted passages first.",
    )
    """Every rule holds, but the answer is too likely to be wrong."""
    missing_entitlement = (
        "missing_entitlement",
        "A person has to decide what may be shared about this.",
        "A document exists that this customer may not see: decide whether to share it.",
    )
    llm_error = (
        "llm_error",
        _NEEDS_A_PERSON,
        "The language model failed: answer from the evidence, and look at the model's status.",
    )
    evaluator_error = (
        "evaluator_error",
        _NEEDS_A_PERSON,
        "The assistant could not judge its answer: answer from the evidence, and look at the logs.",
    )
    """The evaluator failed, or a signal the policy needs is missing: the gate closes."""
    customer_request = (
        "customer_request",
        "A person was asked for.",
        "The customer wants a person: greet them, and go on from where the conversation stands.",
    )
    unhelpful_answer = (
        "unhelpful_answer",
        "The answers from the documentation did not help.",
        "What the answers say was tried and did not help: do not repeat it.",
    )
    """The gate passed an answer, and the customer says that it did not help."""
    policy = (
        "policy",
        "Questions like this are always answered by a person.",
        "A rule sends this kind of question to a person.",
    )
    """A rule of the tenant sends this kind of question to a person, or closes the gate."""
    unsafe_input = (
        "unsafe_input",
        _NEEDS_A_PERSON,
        "The message may try to steer the assistant: read it with care before acting on it.",
    )

    @classmethod
    def known(cls, code: str) -> "ReasonCode | None":
        """The reason of a stored code; None if only a newer version knows it."""
        return next((reason for reason in cls if reason == code), None)

    @classmethod
    def explain(cls, code: str) -> str:
        """The customer's explanation of a stored code."""
        reason = cls.known(code)
        return reason.explanation if reason else _NEEDS_A_PERSON
