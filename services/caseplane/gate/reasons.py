"""The reason codes of architecture §4: canonical strings, stored on events and tickets."""

from enum import StrEnum


class ReasonCode(StrEnum):
    """Why a case went to a person."""

    no_evidence = "no_evidence"
    """Nothing was retrieved above `min_relevance`."""
    insufficient_coverage = "insufficient_coverage"
    """Evidence exists, but a required part of the answer is not supported by it."""
    conflicting_sources = "conflicting_sources"
    """The best sources contradict one another."""
    missing_citations = "missing_citations"
    """The answer states something it does not cite, or cites what does not bear it out."""
    low_confidence = "low_confidence"
    """Every rule holds, but the answer is too likely to be wrong."""
    missing_entitlement = "missing_entitlement"
    """Evidence exists that this caller may not see."""
    llm_error = "llm_error"
    """The language model failed or answered nonsense."""
    evaluator_error = "evaluator_error"
    """The evaluator failed, or a signal the policy needs is missing: the gate closes."""
    customer_request = "customer_request"
    """The customer asked for a person."""
    policy = "policy"
    """A rule of the tenant sends this kind of question to a person, or closes the gate."""
    unsafe_input = "unsafe_input"
    """The message tries to steer the assistant, or is unsafe to answer."""
