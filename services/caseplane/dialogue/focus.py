"""What a long message asks: the sentence that asks, and the one that says most about it.

A mail of several hundred words says who writes, what works, what was tried and when it is due. Searched as a whole, those
words decide what is found. Each sentence is scored by what the searched documents know of it, by whether it asks, and by
words of need or failure; what people call fine is rarely what they ask about.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from caseplane.dialogue.asking import asks
from caseplane.text.folding import fold
from caseplane.text.sentences import all_sentences
from caseplane.text.words import words

LONG_WORDS = 100
"""From here on a message is reduced; shorter ones are searched as they are."""
MOST_SENTENCES = 60
ASKING, NEEDING, FINE = 0.3, 0.1, 0.2
"""Weights beside scores and cosines within [0, 1]; chosen on 107 stories over two products' documentation."""
_NEED = re.compile(
    r"\b(?:"
    r"need|want|wants|would like|wish|should|must|has to|have to|trying|looking for|how (?:do|can|to)|possible"
    r"|cannot|can'?t|couldn'?t|could not|do(?:es)?n'?t|do(?:es)? not|didn'?t|did not|never|no longer|unable|nobody knows"
    r"|fail(?:s|ed|ure)?|error|problem|issue|hang(?:s|ing)?|stuck|wrong|refused|rejected|missing|crash\w*|broken|instead"
    r"|although|for ever|forever"
    r"|mochte\w*|wollen|brauch\w*|muss|mussen|soll\w*|nicht|kein\w*|fehl\w*|problem\w*|kaputt|statt|obwohl|nie"
    r"|veux|voudr\w+|besoin|faut|doit|dois|impossible|pas|jamais|aucun\w*|erreur|probleme|echou\w+|bloque\w*"
    r"|quiero|queremos|necesit\w+|debe\w*|deber\w+|imposible|nunca|ningun\w*|error\w*|problema\w*|falla\w*"
    r"|vorre\w+|bisogno|deve|devo|non|mai|nessun\w*|errore|precis\w+|nao|erro|falha\w*"
    r"|wil|willen|nodig|moet\w*|niet|geen|fout\w*|nooit"
    r")\b"
)
_FINE = re.compile(
    r"\b(?:fine|works?|working|well|correctly|no problems?|nobody complains|happy|nice|gut|einwandfrei|funktioniert|lauft|zufrieden"
    r"|bien|marche|fonctionne|content\w*|funciona|contento\w*|funziona|bene|funciona|bem|goed|werkt|tevreden)\b"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a message, and what can be said of it without the documents."""

    text: str
    asks: bool
    needs: int
    fine: int


def is_long(text: str) -> bool:
    """Whether a message is a story, of which a part asks."""
    return len(words(text)) >= LONG_WORDS


def sentences(text: str) -> list[Sentence]:
    """The sentences that have content, in order; the first `MOST_SENTENCES` and the last of a very long text."""
    found = [each for each in all_sentences(text) if sum(word.is_content for word in words(each)) > 1]
    if len(found) > MOST_SENTENCES:
        found = found[: MOST_SENTENCES // 2] + found[-MOST_SENTENCES // 2 :]
    return [_seen(each) for each in found]


def _seen(text: str) -> Sentence:
    folded = fold(text)
    return Sentence(
        text,
        asks=text.rstrip().endswith(("?", "\uff1f")) or asks(text),
        needs=min(len(_NEED.findall(folded)), 2),
        fine=min(len(_FINE.findall(folded)), 2),
    )


def likely(found: Sequence[Sentence], most: int) -> list[int]:
    """Positions of the sentences that may ask something, the likeliest first: those worth a look at the documents."""
    order = sorted(range(len(found)), key=lambda i: (-found[i].asks, -found[i].needs, found[i].fine, i))
    return order[:most]


def leading(found: Sequence[Sentence], scores: dict[int, float]) -> int:
    """Position of the sentence that asks.

    Args:
        found: of the message, at least one.
        scores: of the best passage found for a sentence, by position, within [0, 1].
    """
    return max(scores, key=lambda i: scores[i] + ASKING * found[i].asks + NEEDING * found[i].needs)


def with_support(found: Sequence[Sentence], lead: int, nearness: Sequence[float]) -> str:
    """The leading sentence together with the one that says most about it, in the order of the message.

    Args:
        found: of the message.
        lead: position of the sentence that asks.
        nearness: cosine of each sentence to that one.
    """

    def support(i: int) -> float:
        own = found[i]
        return nearness[i] + ASKING * own.asks - FINE * own.fine

    others = [i for i in range(len(found)) if i != lead]
    kept = sorted({lead, *sorted(others, key=support, reverse=True)[:1]})
    return " ".join(found[i].text for i in kept)
