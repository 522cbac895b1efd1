"""The first step: whether a ticket can be worked on, and what about it is suspicious.

A ticket that gives orders to an assistant is processed like any other; the finding is for people and for prompts.
"""

from caseplane.text.injection import detect_injection
from caseplane.text.language import detect_language
from caseplane.triage.results import Result, Share
from caseplane.workflow.runs.state import State


class Reading(Result):
    """What a ticket is like before anything is known of it."""

    characters: int
    language: str | None = None
    empty: bool = False
    injection_score: Share = 0.0
    injection_signs: tuple[str, ...] = ()


async def read(state: State) -> Reading:
    """Look at a ticket's text."""
    whole = state.text.whole
    verdict = detect_injection(whole)
    return Reading(
        characters=len(whole),
        language=detect_language(whole),
        empty=state.text.empty,
        injection_score=verdict.score,
        injection_signs=tuple(signal.name for signal in verdict.signals),
    )
