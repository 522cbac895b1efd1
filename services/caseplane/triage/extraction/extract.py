"""Finds the fields of a configuration in a ticket, checks them, and says which are missing."""

from collections.abc import Iterable, Iterator

from caseplane.triage.configuration import Configuration, FieldKind, FieldRule
from caseplane.triage.extraction.amounts import amounts
from caseplane.triage.extraction.canonical import canonical
from caseplane.triage.extraction.codes import codes
from caseplane.triage.extraction.contacts import emails, phones
from caseplane.triage.extraction.dates import dates
from caseplane.triage.extraction.names import names
from caseplane.triage.found import Found
from caseplane.triage.keywords import indicators_in
from caseplane.triage.patterns import pattern
from caseplane.triage.results import ExtractedField, Extraction
from caseplane.triage.ticket_text import TicketText
from caseplane.triage.urgency import widened

MOST = 50
"""Values of one field; a ticket with more is a list, which a person should read."""
_EXAMINED = 20_000
"""Characters that are searched: values that matter stand where the customer tells what is wrong."""
_ORDER = (
    FieldKind.email,
    FieldKind.error_code,
    FieldKind.order_id,
    FieldKind.pattern,
    FieldKind.phone,
    FieldKind.date,
    FieldKind.amount,
)
"""Of two values that overlap, the one of the earlier kind counts: a date is not a telephone number as well."""
_OVERLAPPING = (FieldKind.product_name, FieldKind.keywords)


def extract(text: TicketText, configuration: Configuration, category: str | None) -> Extraction:
    """All values of the configuration's fields that stand in a ticket.

    Args:
        text: the ticket.
        configuration: which fields there are, and which each category needs.
        category: the ticket's; None while it is not known: then fields of certain categories are not looked for, and
            nothing is missing.
    """
    whole = text.whole[:_EXAMINED]
    taken = bytearray(len(whole))
    fields: list[ExtractedField] = []
    faults: list[str] = []
    for name, rule in _wanted(configuration, category):
        seen: set[str] = set()
        for found in sorted(_find(whole, rule, configuration), key=lambda each: (each.start, -each.end)):
            free = rule.kind in _OVERLAPPING or taken.find(1, found.start, found.end) == -1
            fault = found.fault or _malformed(rule, found.value)
            if not free or len(seen) == MOST:
                continue
            if rule.kind not in _OVERLAPPING:
                taken[found.start : found.end] = b"\x01" * (found.end - found.start)
            if fault:
                faults.append(f"{name}: {fault}")
            elif (value := _written(rule, found)) not in seen:
                seen.add(value)
                span = (found.start, found.end)
                fields.append(ExtractedField(name=name, value=value, confidence=found.confidence, span=span))
    present = {field.name for field in fields}
    needed = configuration.categories[category].required if category in configuration.categories else ()
    return Extraction(
        fields=tuple(sorted(fields, key=lambda field: field.span or (0, 0))),
        missing_required=tuple(name for name in needed if name not in present),
        validation_errors=tuple(dict.fromkeys(faults)),
    )


def _wanted(configuration: Configuration, category: str | None) -> Iterable[tuple[str, FieldRule]]:
    rules = [
        (name, rule)
        for name, rule in configuration.fields.items()
        if not rule.categories or category in rule.categories
    ]
    return sorted(
        rules, key=lambda each: _ORDER.index(each[1].kind) if each[1].kind in _ORDER else len(_ORDER)
    )


def _find(text: str, rule: FieldRule, configuration: Configuration) -> Iterator[Found]:
    yield from codes(text, rule)
    match rule.kind:
        case FieldKind.email:
            yield from emails(text)
        case FieldKind.phone:
            yield from phones(text)
        case FieldKind.date:
            yield from dates(text)
        case FieldKind.amount:
            yield from amounts(text)
        case FieldKind.keywords:
            indicators = [
                word for severity in configuration.severities.values() for word in severity.indicators
            ]
            yield from indicators_in(text, widened((*rule.catalogue, *indicators)))
        case _:
            yield from names(text, rule.catalogue)


def _written(rule: FieldRule, found: Found) -> str:
    if rule.kind in (FieldKind.order_id, FieldKind.error_code):
        return canonical(rule.kind, found.value)
    return found.value


def _malformed(rule: FieldRule, value: str) -> str:
    if rule.format is None or pattern(rule.format, case_sensitive=rule.case_sensitive).fits(value):
        return ""
    return f"{value} has not the form that {rule.title or rule.kind.value} must have"
