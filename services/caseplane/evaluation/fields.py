"""`caseplane eval extraction`: are the values found that stand in the tickets, and no others?

A value counts as found if its canonical form is that of a labelled one of the same field, wherever it stands. A field
that no line labels is not judged.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from caseplane.core.errors import InvalidInputError
from caseplane.evaluation.labelled_texts import FieldsOfText, load_fields
from caseplane.triage.configuration import Configuration, FieldKind
from caseplane.triage.extraction import canonical, extract
from caseplane.triage.loading import BadConfigurationError, load, shipped
from caseplane.triage.ticket_text import read_ticket


class Score(BaseModel):
    """Of the values found, the share that is right; of the right ones, the share that is found."""

    model_config = ConfigDict(frozen=True)

    precision: float | None
    recall: float | None
    f1: float
    labelled: int

    @classmethod
    def of(cls, right: int, found: int, labelled: int) -> "Score":
        total = found + labelled
        return cls(
            precision=right / found if found else None,
            recall=right / labelled if labelled else None,
            f1=2 * right / total if total else 1.0,
            labelled=labelled,
        )


class FieldReport(BaseModel):
    """Overall, over all values of all fields, and for each field."""

    model_config = ConfigDict(frozen=True)

    tickets: int
    precision: float | None
    recall: float | None
    f1: float
    fields: dict[str, Score]
    not_configured: tuple[str, ...]
    """Labelled fields that the configuration does not have; their values count as missed."""


def evaluate_fields(data: Path, configuration: Path | None) -> FieldReport:
    """Extract from every line, and compare.

    Raises:
        InvalidInputError: a file cannot be used.
    """
    rows = load_fields(data)
    if not rows:
        raise InvalidInputError(f"{data} has no lines.")
    return score_fields(rows, _configuration(configuration))


def _configuration(path: Path | None) -> Configuration:
    if path is None:
        return shipped()
    try:
        return load(path.read_text(encoding="utf-8"))
    except BadConfigurationError as exc:
        raise InvalidInputError(f"{path}: {exc}") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidInputError(f"{path} cannot be read as UTF-8: {exc}") from exc


def score_fields(rows: Sequence[FieldsOfText], configuration: Configuration) -> FieldReport:
    """Compare what is extracted with what is labelled."""
    names = sorted({name for row in rows for name in row.fields})
    own = {name: _own(name, configuration) for name in names}
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    labelled: Counter[str] = Counter()
    for row in rows:
        text = read_ticket(row.subject, row.body or row.text)
        extracted = extract(text, configuration, row.category)
        for name in names:
            field = own[name]
            kind = configuration.fields[field].kind if field else FieldKind.pattern
            got = {canonical(kind, each.value) for each in extracted.fields if each.name == field}
            wanted = {canonical(kind, value) for value in row.fields.get(name, ())}
            right[name] += len(got & wanted)
            found[name] += len(got)
            labelled[name] += len(wanted)
    overall = Score.of(right.total(), found.total(), labelled.total())
    return FieldReport(
        tickets=len(rows),
        precision=overall.precision,
        recall=overall.recall,
        f1=overall.f1,
        fields={name: Score.of(right[name], found[name], labelled[name]) for name in names},
        not_configured=tuple(name for name in names if own[name] is None),
    )


def _own(name: str, configuration: Configuration) -> str | None:
    """The configuration's field of that name, or the only one of that kind."""
    if name in configuration.fields:
        return name
    alike = [field for field, rule in configuration.fields.items() if rule.kind.value == name]
    return alike[0] if len(alike) == 1 else None
