"""How a customer sounds: words that praise or complain, in seven languages, with negation and emphasis.

A word list cannot hear irony, and a sober complaint counts as neutral: the score says how a ticket is worded, not how
content the customer is.
"""

from dataclasses import dataclass
from functools import lru_cache

from caseplane.triage.folding import Word, words_of
from caseplane.triage.results import Sentiment

NEUTRAL = 0.25
"""Distance from 0 up to which a ticket counts as neutral."""
_UP_TO = 1_000
_GOOD = """
great excellent wonderful perfect amazing awesome love lovely thank thanks happy pleased satisfied fantastic helpful friendly
brilliant superb delighted appreciate impressed beautiful nice kind glad recommend
toll super danke wunderbar perfekt zufrieden freundlich ausgezeichnet prima hervorragend begeistert klasse bestens schon
merci parfait excellente genial super content satisfait formidable ravi bravo
gracias perfecto excelente genial contento satisfecho encantado estupendo maravilloso
grazie perfetto ottimo eccellente contento soddisfatto fantastico bravi
obrigado obrigada perfeito otimo excelente satisfeito maravilhoso feliz
bedankt dank perfect geweldig uitstekend tevreden fijn vriendelijk prachtig
"""
_BAD = """
terrible awful horrible worst useless unacceptable ridiculous disgusting angry furious annoyed annoying frustrated frustrating
disappointed disappointing disappoint hate sick scam fraud liar lie ashamed shame outrageous rude incompetent joke nightmare
pathetic fed complaint complain disgrace unhappy poor sue lawyer never again waste wasted upset scandal
schlecht furchtbar schrecklich unverschamt unverschamtheit inakzeptabel frechheit wutend verargert enttauscht enttauschend
katastrophe frustriert frustrierend argerlich betrug anwalt nie unmoglich miserabel nutzlos beschwerde
inacceptable honteux horrible nul decu decevant furieux colere scandaleux arnaque inadmissible marre catastrophe
inaceptable horrible pesimo terrible decepcionado enfadado furioso estafa verguenza indignado harto
inaccettabile pessimo orribile deluso arrabbiato furioso truffa vergogna scandaloso
inaceitavel pessimo horrivel decepcionado irritado furioso vergonha golpe
onacceptabel slecht vreselijk teleurgesteld boos woedend schandalig oplichting belachelijk
"""
_STRONG = frozenset(
    "terrible awful horrible worst unacceptable furious disgusting outrageous scam fraud inakzeptabel unverschamt unverschamtheit frechheit inacceptable inadmissible inaceptable inaccettabile inaceitavel onacceptabel excellent wonderful amazing fantastic".split()
)
_IN_PASSING = frozenset(
    "thank thanks danke merci gracias grazie obrigado obrigada bedankt dank kind nice schon".split()
)
"""Said out of politeness, in complaints as well."""
_LESS = frozenset(
    "not no never isn't wasn't don't doesn't didn't without hardly kein keine nicht nie pas jamais sans no nunca sin non mai nao nunca niet geen".split()
)
_MORE = frozenset(
    "very really so extremely absolutely totally completely sehr wirklich absolut tres vraiment muy realmente molto davvero muito erg heel".split()
)


@dataclass(frozen=True)
class Mood:
    """A score from -1, furious, to 1, delighted."""

    score: float
    label: Sentiment


def sentiment(text: str) -> Mood:
    """How a text is worded."""
    words = [word for word in words_of(text) if not word.ends][:_UP_TO]
    total = 0.0
    for place, word in enumerate(words):
        total += _weight(words, place, word)
    total += _shouting(text, total)
    # The more is said, the more words have feelings in passing; one clear word in a short ticket decides.
    score = total / (1.0 + abs(total))
    score = round(max(-1.0, min(1.0, score)), 3)
    if abs(score) < NEUTRAL:
        return Mood(score, Sentiment.neutral)
    return Mood(score, Sentiment.positive if score > 0 else Sentiment.negative)


def _weight(words: list[Word], place: int, word: Word) -> float:
    good, bad = _stems()
    if word.stem in good or word.text in good:
        weight = 0.25 if word.text in _IN_PASSING else 0.7
    elif word.stem in bad or word.text in bad:
        weight = -0.7
    else:
        return 0.0
    weight *= 1.5 if word.text in _STRONG else 1.0
    before = [each.text for each in words[max(0, place - 3) : place]]
    if any(each in _MORE for each in before[-1:]):
        weight *= 1.4
    if any(each in _LESS for each in before) and word.text not in ("never", "nie"):
        weight *= -0.6  # "not great" is a complaint, though a mild one
    return weight


def _shouting(text: str, total: float) -> float:
    """Capitals and rows of exclamation marks strengthen what is said; alone they sound annoyed."""
    letters = [c for c in text[:2_000] if c.isalpha()]
    loud = len(letters) >= 20 and sum(c.isupper() for c in letters) > 0.6 * len(letters)
    marks = "!!" in text or "?!" in text
    if not (loud or marks):
        return 0.0
    strength = 0.3 * (loud + marks)
    return strength if total > 0.3 else -strength


@lru_cache(maxsize=1)
def _stems() -> tuple[frozenset[str], frozenset[str]]:
    good, bad = (
        frozenset(part for word in words_of(each) for part in (word.stem, word.text))
        for each in (_GOOD, _BAD)
    )
    return good - bad, bad - good
