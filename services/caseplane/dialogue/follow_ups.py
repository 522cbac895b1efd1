"""What a follow-up asks in full: its pronouns and gaps filled with the topic of the question before it."""

import re

from caseplane.dialogue.grammar import (
    CLAUSES,
    CONNECTIVES,
    DETERMINERS,
    PREPOSITIONS,
    QUESTION_WORDS,
    Token,
    tokens,
    topic,
)
from caseplane.dialogue.segments import normal

_WHAT_ABOUT = re.compile(
    r"\s*(?:(?:what|how) about|what (?:is it|is|happens) (?:with|for)|what if (?:it is|it's)?|was ist mit|wie (?:sieht es|ist es|ist das|steht es|schaut es)"
    r"(?: aus)? (?:mit|bei|f[uü]r|aus mit)|und wie bei|qu.en est[- ]il (?:de|du|des|pour)|et pour|et avec|qu[eé] (?:hay de|pasa con|tal con)|c[oó]mo es con|(?:che|cosa) (?:dire|mi dice) di"
    r"|e per|e quanto a|e quanto (?:ao|à|aos)|e sobre|hoe zit (?:het|dat) met|en voor|same (?:for|with|question for)|the same for)\b\s*(.+)",
    re.IGNORECASE | re.DOTALL,
)
_DUTCH = frozenset(
    "hoe wat waar wanneer waarom wie welke kan kunnen mag moet op met als is ook dan voor de het een ik wij".split()
)
_WORDS = re.compile(r"\w+")
_CLAUSE_END = re.compile(r"[,.;:!?\n]")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_LONGEST_FRAGMENT = 8
_LONGEST_BARE = 3
_EXPLETIVE = re.compile(
    r"\b(?:is|was|will|would|does|can|makes?|take) it\b.{0,40}\b(?:to|that|if)\b|\bit (?:is|was|would be|seems)\b.{0,30}\b(?:to|that)\b"
    r"|\bil (?:est|y a|faut)\b|\bgibt es\b|\bist es (?:m[oö]glich|erlaubt)\b|\bes (?:m[oö]glich|gibt)\b|\bhow is it that\b",
    re.IGNORECASE,
)


def wordings(text: str, asked: str) -> tuple[str, ...]:
    """What to search for, the fullest wording first.

    Args:
        text: what the customer asks now.
        asked: the question before it, in full; empty if there is none.
    """
    bare, asked = without_connective(text), core(asked)
    if not asked or stands_alone(text):
        return (bare,)
    about = _WHAT_ABOUT.match(text) or _WHAT_ABOUT.match(bare)
    if about:
        return _either(asked, about[1])
    found = tokens(bare)
    if any(t.kind == "anaphor" for t in found) and len(found) > 1:
        return _distinct(_filled(bare, found, asked), joined(asked, bare))
    nouns = [t for t in found if t.kind == "noun"]
    if nouns and found[0].word in QUESTION_WORDS and len(_WORDS.findall(bare)) > _LONGEST_BARE:
        return _distinct(joined(asked, bare), bare)  # "when will I be refunded?" may ask anew
    if nouns and found[0].word in PREPOSITIONS | CLAUSES:
        return (joined(asked, bare),)
    if nouns and all(t.kind == "noun" or t.word in DETERMINERS for t in found):
        return _distinct(*_either(asked, bare), bare)
    if nouns:
        return _distinct(joined(asked, bare), bare)
    return _distinct(f"{_ended(bare)} {_named(asked)}?", joined(asked, bare))


def stands_alone(text: str) -> bool:
    """Whether a message names what it is about, so that nothing before it is needed."""
    bare = without_connective(text)
    connected = bare != text.strip()
    if _WHAT_ABOUT.match(text) or _WHAT_ABOUT.match(bare):
        return False
    found = tokens(bare)
    nouns = [t for t in found if t.kind == "noun"]
    if not nouns:
        return False
    anaphors = [] if _EXPLETIVE.search(bare) else [t for t in found if t.kind == "anaphor"]
    if anaphors:
        return _named_before(bare, found, anaphors[0])
    if any(t.kind == "verb" for t in found) or len(found) > _LONGEST_FRAGMENT:
        return True
    asks = found[0].word in QUESTION_WORDS or bare.rstrip().endswith("?")
    telling = len(nouns) > 1 or found[0].word in QUESTION_WORDS
    return (
        not connected
        and asks
        and telling
        and len(found) > _LONGEST_BARE
        and found[0].word not in PREPOSITIONS
    )


def _named_before(text: str, found: list[Token], anaphor: Token) -> bool:
    """Whether an earlier clause of the text has a noun that a pronoun may stand for."""
    nouns = [t for t in found if t.kind == "noun" and t.end <= anaphor.start]
    if not nouns:
        return False
    between = text[nouns[0].end : anaphor.start]
    return bool(_CLAUSE_END.search(between)) or any(t.word in CLAUSES for t in tokens(between))


def without_connective(text: str) -> str:
    """The text without "and", "but" and the like at its start."""
    bare = text.strip()
    while True:
        first, _, rest = bare.partition(" ")
        word, following = normal(first), normal(rest.split()[0]) if rest.split() else ""
        if word not in CONNECTIVES or not following or (word == "en" and following not in _DUTCH):
            return bare
        bare = rest.lstrip(" ,")


def joined(asked: str, fragment: str) -> str:
    """The question before, with what is added to it; "on Windows" takes the place of "on Linux"."""
    found, added = tokens(asked), tokens(fragment)
    if added and added[0].word in PREPOSITIONS:
        same = [t for t in found if t.word == added[0].word]
        rest = [t for t in found if same and t.start > same[-1].start]
        if rest and all(t.kind == "noun" or t.word in DETERMINERS for t in rest):
            asked = asked[: same[-1].start]
    return f"{_ended(asked)} {_ended(fragment)}?"


def replaced(asked: str, fragment: str) -> str:
    """The question before, about something else."""
    nouns = topic(asked)
    if not nouns:
        return joined(asked, fragment)
    named = " ".join(t.text for t in topic(fragment)) or fragment
    return f"{asked[: nouns[0].start]}{named}{asked[nouns[-1].end :]}"


def _either(asked: str, fragment: str) -> tuple[str, ...]:
    """With what is added, and about it instead; the latter first if both are of one kind: "the Pro plan", "the Business plan"."""
    before, now = topic(asked), topic(fragment)
    alike = bool(before and now) and len(now) > 1 and before[-1].word == now[-1].word
    both = joined(asked, fragment), replaced(asked, fragment)
    return _distinct(*(reversed(both) if alike else both))


def _filled(text: str, found: list[Token], asked: str) -> str:
    """The text with its first pronoun replaced by the topic of the question before."""
    pronoun = next(t for t in found if t.kind == "anaphor")
    return f"{text[: pronoun.start]}{_named(asked)}{text[pronoun.end :]}"


def _named(asked: str) -> str:
    """The topic as it is written, with small words between its nouns: "espacio de trabajo"."""
    nouns = topic(asked)
    if not nouns:
        return ""
    between = [t for t in tokens(asked) if nouns[0].start <= t.start < nouns[-1].end]
    if any(t.kind == "verb" for t in between):
        return " ".join(t.text for t in nouns)
    return asked[nouns[0].start : nouns[-1].end]


def core(asked: str) -> str:
    """The last of a message's questions; what is before it says who asks, and with what."""
    parts = [part for part in _SENTENCE.split(asked.strip()) if part.strip()]
    questions = [part for part in parts if part.rstrip().endswith("?")]
    return (questions or parts or [asked])[-1].strip()


def _ended(text: str) -> str:
    return text.strip().rstrip("?!.,;: ")


def _distinct(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
