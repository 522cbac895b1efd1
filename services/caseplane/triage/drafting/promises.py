"""Finds what a reply commits the company to: money, dates, guarantees, and things said to be done.

Sentence by sentence, in English, German, French, Spanish and Italian. Only a sentence that both names such a thing and
commits to it counts: a question or a condition ("if you were charged twice, …") does not. What is doubtful counts: a
person then reads one sentence more.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from caseplane.text.personal import is_personal

Kind = Literal["money", "amount", "date", "guarantee", "act"]

_SENTENCE: Final = re.compile(r"[^.!?\n]+(?:[.!?](?=[\w/])[^.!?\n]+)*[.!?]*")
_QUESTION: Final = re.compile(r"\?\s*$")
_CONDITION: Final = re.compile(
    r"^\W*(?:if|when(?:ever)?|in case|unless|should you|wenn|falls|sofern|sobald|si|quand|lorsque|cuando|en caso|se|quando|qualora)\b",
    re.IGNORECASE,
)
_COMMITS: Final = re.compile(
    r"\b(?:will|shall|'ll|going to|promise[sd]?|guarantee[sd]?|have (?:already )?\w+ed|has been|have been|are entitled|you (?:get|receive)"
    r"|we (?:refund|credit|reimburse|waive|pay|send)"
    r"|wird|werden|werde|verspreche\w*|garantier\w*|sichern? \w+ zu|zusicher\w*|erhalten Sie|Sie (?:erhalten|bekommen)|haben (?:wir|ich)|wir (?:erstatten|zahlen|senden|schreiben)"
    r"|recevrez|rembourserons|allons|vais|garantiss\w+|promett\w+|sera|seront|avons"
    r"|recibirá\w*|reembolsaremos|vamos a|garantizamos|prometemos|será\w*|hemos"
    r"|riceverà|rimborseremo|garantiamo|promettiamo|sarà|saranno|abbiamo)\b"
    r"|\w'll\b",
    re.IGNORECASE,
)
_MONEY: Final = re.compile(
    r"\b(?:refund\w*|reimburs\w*|money back|compensat\w*|goodwill|voucher\w*|discount\w*|credit(?:ed)? (?:to )?your|free of charge|for free|waive[sd]?"
    r"|erstatt\w*|rückerstatt\w*|rückzahl\w*|entschädig\w*|kulanz\w*|gutschein\w*|gutschr\w*|gutgeschr\w*|rabatt\w*|kostenlos\w*|kostenfrei\w*|geld zurück"
    r"|rembours\w*|dédommag\w*|indemnis\w*|bon d'achat|remise|gratuit\w*|geste commercial"
    r"|reembols\w*|compensa\w*|indemniz\w*|vale|descuento\w*|gratis|gratuit[oa]s?"
    r"|rimbors\w*|risarc\w*|indennizz\w*|buono|sconto|sconti)\b",
    re.IGNORECASE,
)
_AMOUNT: Final = re.compile(
    r"(?:[$€£¥]|\b(?:eur|usd|chf|gbp)\b)\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£¥%]|(?:eur|usd|chf|gbp|euros?|dollars?|pounds?|francs?|franken|percent|prozent)\b)",
    re.IGNORECASE,
)
_UNIT: Final = (
    r"(?:minutes?|hours?|(?:business |working )?days?|weeks?|months?|minuten?|stunden?|(?:werk|arbeits)?tage?n?|wochen?|monate?n?"
    r"|heures?|jours?(?: ouvrés)?|semaines?|mois|horas?|días?(?: hábiles)?|semanas?|mes(?:es)?|ore|ora|giorni|giorno|settiman[ae]|mes[ei])"
)
_DATE: Final = re.compile(
    r"\b(?:by|until|before|on|bis(?: zum)?|am|avant(?: le)?|d'ici|el|antes del?|entro(?: il)?|il) "
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|\b(?:by|until|before|bis|avant|antes del?|entro) (?:the )?(?:end of (?:the )?(?:day|week|month)|tomorrow|today|tonight|noon"
    r"|morgen|heute|ende (?:der|des) \w+|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag"
    r"|demain|lundi|mardi|mercredi|jeudi|vendredi|mañana|lunes|martes|miércoles|jueves|viernes|domani|lunedì|martedì|mercoledì|giovedì|venerdì)\b"
    rf"|\b(?:within|in|innerhalb von|binnen|in den nächsten|sous|dans(?: les)?|en|dentro de|entro|in) (?:the next )?(?:\d{{1,3}}|an?|one|two|three|few|einer?m?|zwei|drei|une?|deux|trois|un[ao]?|dos|tres|due|tre)(?: ?[-–] ?\d{{1,3}})? {_UNIT}\b"  # noqa: RUF001
    r"|\b(?:\d{1,2}(?:\.|st|nd|rd|th)? ?(?:of |de )?(?:jan|feb|m[aä]r|apr|ma[iyg]|jun|jul|aug|ago|sep|o[ck]t|nov|d[eé][czi])\w*|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d\d-\d\d)\b"
    r"|\b(?:immediately|right away|today|tomorrow|sofort|umgehend|noch heute|morgen früh|immédiatement|hoy mismo|subito)\b",
    re.IGNORECASE,
)
_GUARANTEE: Final = re.compile(
    r"\b(?:guarantee[sd]?|we promise|i promise|you have my word|100 ?%|never happen again|definitely will|will definitely"
    r"|garantier\w*|verspreche[n]?|auf jeden fall|nie wieder vorkomm\w*|mit sicherheit"
    r"|garantiss\w+|promett\w+|garantizamos|prometemos|garantiamo|promettiamo)\b",
    re.IGNORECASE,
)


BLANK: Final = "…"


class Promise(NamedTuple):
    """A sentence that commits, by its place in the text."""

    kind: Kind
    sentence: str
    start: int
    end: int


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Sentences with the place where each begins."""
    for found in _SENTENCE.finditer(text):
        said = found[0].strip()
        if said:
            yield found.start() + found[0].index(said[0]), said


def promises(text: str) -> list[Promise]:
    """What a text commits to, the gravest first for each sentence and that only."""
    made = []
    for start, sentence in sentences(text):
        kind = _kind(sentence)
        if kind is not None:
            made.append(Promise(kind, sentence, start, start + len(sentence)))
    return made


def carried(promise: Promise, sources: str, *, filled: Iterable[str] = ()) -> bool:
    """Whether sources say as much: the sentence itself, or one that commits to the same kind with the same numbers.

    Args:
        promise: of a reply.
        sources: what may be said.
        filled: values that were filled into the sentence, for which the sources have `BLANK`.
    """
    said, known = _flat(promise.sentence), _flat(sources)
    if said in known:
        return True
    for value in sorted(filled, key=len, reverse=True):
        said = said.replace(_flat(value), BLANK)
    if said in known:
        return True
    if promise.kind == "act":
        return False  # no document knows what was done for this customer
    wanted = _numbers(promise.sentence)
    return any(
        _speaks_of(promise.kind, sentence) and wanted <= _numbers(sentence)
        for _, sentence in sentences(sources)
    )


def _kind(sentence: str) -> Kind | None:
    if _QUESTION.search(sentence) or _CONDITION.search(sentence):
        return None
    if _GUARANTEE.search(sentence):
        return "guarantee"
    if _COMMITS.search(sentence):
        if _MONEY.search(sentence):
            return "money"
        if _AMOUNT.search(sentence):
            return "amount"
        if _DATE.search(sentence):
            return "date"
    return "act" if is_personal(sentence) else None


def _speaks_of(kind: Kind, sentence: str) -> bool:
    pattern = {"money": _MONEY, "amount": _AMOUNT, "date": _DATE, "guarantee": _GUARANTEE}[kind]
    return pattern.search(sentence) is not None


def _numbers(sentence: str) -> frozenset[str]:
    return frozenset(number.rstrip(".,") for number in re.findall(r"\d[\d.,]*", sentence))


def _flat(text: str) -> str:
    return " ".join(re.sub(r"[*_`>#|]+", " ", text).split()).casefold()
