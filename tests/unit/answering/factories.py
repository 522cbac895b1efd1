"""Evidence and an embedder for tests that need no model."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid5

import numpy as np

from caseplane.answering import Evidence
from caseplane.core.embeddings import EmbeddingProfile, Vectors

SPACE = UUID("01890000-0000-7000-8000-000000000000")


def make_evidence(text: str, *, document: str | None = None, offset: int = 0, **fields: Any) -> Evidence:
    """A chunk at `offset` in its document."""
    given = {
        "chunk_id": uuid5(SPACE, f"chunk {text}"),
        "document_id": uuid5(SPACE, document or f"document {text}"),
        "title": document or "Guide",
        "uri": "guide.md",
        "score": 0.5,
    } | fields
    return Evidence(text=text, start=offset, end=offset + len(text), **given)


class WordEmbedder:
    """Unit vectors by the words of a text: equal words have equal vectors, nothing is learned."""

    dimension = 256

    def __init__(self) -> None:
        self.embedded: list[str] = []

    @property
    def profile(self) -> EmbeddingProfile:
        return EmbeddingProfile(model="words", dimension=self.dimension)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return np.array([self._vector(text) for text in texts], np.float32).reshape(-1, self.dimension)

    async def embed_query(self, text: str) -> Vectors:
        return np.array(self._vector(text), np.float32)

    def _vector(self, text: str) -> list[float]:
        counts = Counter(re.findall(r"\w+", text.lower()))
        values = [0.0] * self.dimension
        for word, count in counts.items():
            place = int.from_bytes(blake2b(word.encode(), digest_size=4).digest()) % self.dimension
            values[place] += count
        length = math.hypot(*values) or 1.0
        return [value / length for value in values]
