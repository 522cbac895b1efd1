"""How many tokens a text will take, near enough and without a tokenizer.

Fitted to MiniLM's WordPiece vocabulary over two documentation sets (median ratio 1.01, 5th to 95th
percentile 0.85 to 1.22). Where the real tokenizer is at hand, the chunker takes that instead.
"""

import re
from collections.abc import Callable

TokenCounter = Callable[[str], int]

_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_FIRST_UNSPACED = 0x2E80  # from here on, scripts that write no spaces: a token per character


def estimate_tokens(text: str) -> int:
    """Estimate the WordPiece tokens of a text; additive over pieces cut at white space."""
    total = 0
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isdigit():
            total += (len(word) + 1) // 2
        elif not word[0].isalpha():
            total += 1
        elif ord(word[0]) >= _FIRST_UNSPACED:
            total += len(word)
        else:
            total += 1 if len(word) < 8 else 1 + (len(word) - 2) // 5
    return total
