"""A question and a passage as the reader sees them: `[CLS] question [SEP] headings [SEP] text [SEP]`.

Each token also has a mark: whether it belongs to the question or the passage, and whether the other has it, too.
Training and use share this module, so that they cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST, LONGEST_QUESTION, LONGEST_HEADING = 192, 48, 40
CLS, SEP = 101, 102
OUTSIDE = (-1, -1)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One row.

    Attributes:
        ids: of word pieces, shape (tokens,).
        marks: 0 of the question, 1 if the passage has it too; 2 of the passage, 3 if the question has it too.
        offsets: of each token in the passage's text, `(start, end)`; `OUTSIDE` for the others.
    """

    ids: NDArray[np.int64]
    marks: NDArray[np.int64]
    offsets: list[tuple[int, int]]


def encode(tokenizer: Any, question: str, passages: Sequence[tuple[str, str]]) -> list[Tokens]:
    """One row per passage, a heading and a text; all of them share the question."""
    texts = [question, *(heading for heading, _ in passages), *(text for _, text in passages)]
    found = tokenizer.encode_batch(texts, add_special_tokens=False)
    asked = found[0].ids[:LONGEST_QUESTION]
    begin = len(asked) + 2
    rows = []
    for heading, text in zip(found[1 : 1 + len(passages)], found[1 + len(passages) :], strict=True):
        above = heading.ids[-LONGEST_HEADING:]
        said = text.ids[: LONGEST - len(asked) - len(above) - 4]
        ids = np.array([CLS, *asked, SEP, *above, SEP, *said, SEP], np.int64)
        marks = np.zeros(len(ids), np.int64)
        marks[begin:] = 2
        marks[:begin] += np.isin(ids[:begin], ids[begin:-1])
        marks[begin:] += np.isin(ids[begin:], asked)
        marks[[0, begin - 1, -1]] = (0, 0, 2)
        offsets = [OUTSIDE] * (begin + len(above) + 1) + list(text.offsets[: len(said)]) + [OUTSIDE]
        rows.append(Tokens(ids, marks, offsets))
    return rows
