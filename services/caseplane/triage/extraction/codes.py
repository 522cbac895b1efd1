"""Values that have a form: order numbers, error codes, and whatever a tenant gives a pattern for."""

import re
from collections.abc import Iterator

from caseplane.triage.configuration import FieldKind, FieldRule
from caseplane.triage.found import Found
from caseplane.triage.patterns import pattern

_NEAR = 60
_ABOUT = {
    FieldKind.order_id: re.compile(
        r"order|invoice|purchase|bought|parcel|refund|return|bestell|auftrag|rechnung|commande|pedido|ordine|encomenda",
        re.I,
    ),
    FieldKind.error_code: re.compile(r"err|code|fehler|fail|stop|erreur|fallo|errore|fout|exception", re.I),
}
_ALMOST = {
    FieldKind.order_id: re.compile(r"(?<![\w-])ORD[-_ ]?\d{1,20}(?![\w-])", re.I),
    FieldKind.error_code: re.compile(r"(?<![\w-])(?:ERR[-_ ]\w{1,20}|0x\w{1,16})(?![\w-])", re.I),
}
_CERTAIN, _LIKELY, _PERHAPS = 0.97, 0.85, 0.65


def codes(text: str, rule: FieldRule) -> Iterator[Found]:
    """Matches of the rule's patterns; what looks like such a value and does not match is reported as a fault."""
    taken: list[tuple[int, int]] = []
    for source in rule.patterns:
        for match in pattern(source, case_sensitive=rule.case_sensitive).find(text):
            if not _overlaps(taken, match.start, match.end):
                taken.append((match.start, match.end))
                yield Found(
                    match.start,
                    match.end,
                    match.value,
                    _confidence(rule.kind, text, match.start, match.value),
                )
    almost = _ALMOST.get(rule.kind)
    for like in almost.finditer(text) if almost and rule.patterns else ():
        if not _overlaps(taken, *like.span()):
            fault = f"{like[0]} has not the form of {rule.title or rule.kind.value}"
            yield Found(*like.span(), like[0], 0.3, fault)


def _confidence(kind: FieldKind, text: str, start: int, value: str) -> float:
    if value[:1].isalpha():
        return _CERTAIN
    about = _ABOUT.get(kind)
    if about is None:
        return _LIKELY
    # "#7" may be anything; with a word for an order before it, or as long as numbers of orders are, it hardly is.
    told = about.search(text, max(0, start - _NEAR), start) is not None
    return _LIKELY if told or len(value) >= 5 else _PERHAPS


def _overlaps(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(begin < end and start < until for begin, until in taken)
