"""One way of writing each value, so that the same value counts as the same however it is written."""

from collections.abc import Callable, Iterator

from caseplane.triage.configuration import FieldKind
from caseplane.triage.extraction.amounts import amounts
from caseplane.triage.extraction.contacts import phone_number
from caseplane.triage.extraction.dates import dates
from caseplane.triage.found import Found


def canonical(kind: FieldKind, written: str) -> str:
    """The value in its canonical form; text that has none stays, without case and superfluous spaces."""
    plain = " ".join(written.split())
    match kind:
        case FieldKind.date:
            return _only(dates, plain)
        case FieldKind.amount:
            return _only(amounts, plain)
        case FieldKind.phone:
            return phone_number(plain)[0]
        case FieldKind.order_id | FieldKind.error_code:
            return plain.upper().replace("0X", "0x", 1) if plain[:2].upper() == "0X" else plain.upper()
        case _:
            return plain.casefold()


def _only(find: Callable[[str], Iterator[Found]], text: str) -> str:
    found = list(find(text))
    return found[0].value if len(found) == 1 else text.casefold()
