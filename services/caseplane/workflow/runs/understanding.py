"""What a ticket is about, and what stands in it: the steps that call the pure classifier and extraction."""

from cachetools import LRUCache

from caseplane.core.embeddings import Embedder
from caseplane.triage.classifying import Prototypes, classify
from caseplane.triage.configuration import Configuration
from caseplane.triage.extraction import extract
from caseplane.triage.results import Classification, Extraction
from caseplane.workflow.runs.state import State

_prototypes: LRUCache[tuple[str, str], Prototypes] = LRUCache(64)
"""By embedding model and what is embedded of a configuration."""


def category_texts(configuration: Configuration) -> list[tuple[str, str]]:
    """What a configuration says of its categories, as texts that tickets are compared with."""
    found = []
    for name, category in configuration.categories.items():
        title = category.title or name.replace("_", " ")
        found.append((name, f"{title}: {category.description}" if category.description else title))
        if category.keywords:
            found.append((name, ", ".join(category.keywords)))
        found += [(name, example) for example in category.examples]
    return found


async def prototypes_of(embedder: Embedder, configuration: Configuration) -> Prototypes:
    """The sentence vectors of a configuration's categories; the categories of one seldom change."""
    texts = category_texts(configuration)
    key = (embedder.profile.key, repr(texts))
    known = _prototypes.get(key)
    if known is None:
        vectors = await embedder.embed([text for _, text in texts])
        known = _prototypes[key] = Prototypes(tuple(category for category, _ in texts), vectors)
    return known


async def classify_ticket(state: State) -> Classification:
    """Classify by keywords and likeness to the categories' descriptions."""
    if not state.configuration.flags.ai_classification:
        return classify(state.text, state.configuration, None, None)
    embedder = state.context.embedder
    prototypes = await prototypes_of(embedder, state.configuration)
    (vector,) = await embedder.embed([state.text.whole])
    return classify(state.text, state.configuration, None, vector, prototypes=prototypes)


async def classify_by_rules(state: State) -> Classification:
    """Classify by keywords alone."""
    return classify(state.text, state.configuration, None, None)


async def find_patterns(state: State) -> Extraction:
    """Find what has a form of its own, whatever the ticket is about (C002-2)."""
    return extract(state.text, state.configuration, None)


async def complete_fields(state: State) -> Extraction:
    """Find what the category asks for, and what it misses."""
    found = state.result("classify", Classification)
    return extract(state.text, state.configuration, found.category if found else None)
