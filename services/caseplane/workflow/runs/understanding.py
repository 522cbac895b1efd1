"""What a ticket is about, and what stands in it: the steps that call the pure classifier and extraction."""

from caseplane.triage.classifying import classify
from caseplane.triage.extraction import extract
from caseplane.triage.results import Classification, Extraction
from caseplane.workflow.classifiers.likeness import prototypes_of
from caseplane.workflow.runs.consulting import read_by_model, second_opinion
from caseplane.workflow.runs.state import State


async def classify_ticket(state: State) -> Classification:
    """Classify by what was learned from earlier tickets, or by keywords and likeness to the categories' descriptions."""
    if not state.configuration.flags.ai_classification:
        return classify(state.text, state.configuration, None, None)
    context = state.context
    learned = state.learned
    prototypes = await prototypes_of(context.embedder, state.configuration)
    if state.vector is None:
        (state.vector,) = await context.embedder.embed([state.text.whole])
    found = classify(
        state.text,
        state.configuration,
        learned.classifier if learned else None,
        state.vector,
        prototypes=prototypes,
        model_version=learned.version if learned else "",
    )
    state.by_rules["classify"] = found
    return await second_opinion(state, found)


async def classify_by_rules(state: State) -> Classification:
    """What was found before a model failed, or by keywords alone."""
    found = state.by_rules.get("classify")
    return found if isinstance(found, Classification) else classify(state.text, state.configuration)


async def find_patterns(state: State) -> Extraction:
    """Find what has a form of its own, whatever the ticket is about (C002-2)."""
    return extract(state.text, state.configuration, None)


async def complete_fields(state: State) -> Extraction:
    """Find what the category asks for, and what it misses; with a language model also what only that can read."""
    return await read_by_model(state, await complete_by_rules(state), _category(state))


async def complete_by_rules(state: State) -> Extraction:
    """The same without a model."""
    return extract(state.text, state.configuration, _category(state))


def _category(state: State) -> str | None:
    found = state.result("classify", Classification)
    return found.category if found else None
