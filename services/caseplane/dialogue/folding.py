"""Words and numbers of a short message."""

import re
from functools import lru_cache

from caseplane.text.folding import fold

_WORD = re.compile(r"\d+(?:\.\d+)+|\d+|[^\W\d_]+")


@lru_cache(maxsize=8192)
def tokens(text: str) -> tuple[str, ...]:
    """The folded words and numbers of a text."""
    return tuple(_WORD.findall(fold(text)))
