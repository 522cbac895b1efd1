"""Sentence vectors of what a configuration says of its categories."""

from cachetools import LRUCache

from caseplane.core.embeddings import Embedder
from caseplane.triage.classifying import Prototypes, prototype_texts
from caseplane.triage.configuration import Configuration

_made: LRUCache[tuple[str, str], Prototypes] = LRUCache(64)
"""By embedding model and what is embedded."""


async def prototypes_of(embedder: Embedder, configuration: Configuration) -> Prototypes:
    """The vectors of a configuration's categories, which change with the configuration alone."""
    texts = prototype_texts(configuration)
    key = (embedder.profile.key, repr(texts))
    known = _made.get(key)
    if known is None:
        vectors = await embedder.embed([text for _, text in texts])
        known = _made[key] = Prototypes(tuple(category for category, _ in texts), vectors)
    return known
