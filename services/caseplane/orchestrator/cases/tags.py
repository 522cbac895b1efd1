"""The subjects of a case, in one or two words each."""

import itertools
import re
from collections import Counter

from caseplane.text import stop_words

TAG_WORD = re.compile(r"[^\W\d_][\w-]{2,30}")
TAGS = 4


def tags_of(question: str, solution: str, *, count: int = TAGS) -> list[str]:
    """The subjects of a case in one or two words each: what the question names, above all if the solution does."""
    asked = [w.lower() for w in TAG_WORD.findall(question)]
    solved = {w.lower() for w in TAG_WORD.findall(solution)}
    good = [w for w in asked if w not in stop_words.TAGS]
    weight = Counter(good)
    for word in weight:
        weight[word] += 2 * (word in solved) + (len(word) > 6)
    chosen = [word for word, _ in weight.most_common(count)]
    pairs = Counter(
        f"{a} {b}" for a, b in itertools.pairwise(asked) if a in chosen and b in chosen and a != b
    )
    if pairs:  # the commonest neighbours read better as one tag
        pair = pairs.most_common(1)[0][0]
        chosen = [pair, *(word for word in chosen if word not in pair.split())]
    return chosen[:count]


def tidy_tag(tag: str) -> str:
    """At most two lower-case words (R000-54)."""
    return " ".join(tag.lower().split()[:2]).strip(".,;:")
