"""Reads customers' facts from CSV: all of a file or nothing of it, with every mistake named by its line."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from caseplane.core.errors import InvalidInputError
from caseplane.workflow.context import Work
from caseplane.workflow.customers.repository import Customers, Entitlements, Facts, Orders
from caseplane.workflow.customers.schemas import (
    CustomerKey,
    EntitlementPut,
    ImportKind,
    ImportReport,
    OrderPut,
    ProfilePut,
    Short,
)

MOST_ERRORS: Final = 100


class ImportRefusedError(InvalidInputError):
    """Lines of the file cannot be used; nothing of it was written."""

    slug, title = "import-refused", "The file has mistakes; nothing of it was imported"


class ProfileRow(ProfilePut):
    """A line of profiles."""

    customer_id: CustomerKey


class OrderRow(OrderPut):
    """A line of orders."""

    customer_id: CustomerKey
    order_number: Short


class EntitlementRow(EntitlementPut):
    """A line of entitlements."""

    customer_id: CustomerKey
    name: Short


KINDS: Final[Mapping[ImportKind, tuple[type[BaseModel], type[Facts[Any]]]]] = {
    ImportKind.profiles: (ProfileRow, Customers),
    ImportKind.orders: (OrderRow, Orders),
    ImportKind.entitlements: (EntitlementRow, Entitlements),
}


async def import_facts(work: Work, kind: ImportKind, rows: list[dict[str, Any]]) -> ImportReport:
    """Write rows in one transaction; the same file again changes nothing."""
    created, updated = await work.repo(KINDS[kind][1]).put(rows, work.now) if rows else (0, 0)
    await work.audit(
        "customers.imported",
        target_type="import",
        target_id=kind,
        rows=len(rows),
        created=created,
        updated=updated,
    )
    return ImportReport(
        rows=len(rows), created=created, updated=updated, unchanged=len(rows) - created - updated
    )


def read_rows(kind: ImportKind, content: bytes) -> list[dict[str, Any]]:
    """The rows of a CSV file in UTF-8 with a header.

    Raises:
        ImportRefusedError: with the mistakes, by line and column.
    """
    model, facts = KINDS[kind]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise _refused([_mistake(line, None, "is not UTF-8; save the file as UTF-8")]) from exc
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise _refused([_mistake(line, None, "holds a NUL character; remove it")])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[dict[str, Any]] = []
    mistakes: list[dict[str, Any]] = []
    seen: dict[tuple[Any, ...], int] = {}
    try:
        header = [name.strip() for name in next(reader, [])]
        mistakes += _header(header, model)
        line = reader.line_num + 1
        for cells in () if mistakes else reader:
            if cells:
                _read(cells, header, model, line, rows, mistakes)
                if rows and not mistakes:
                    key = tuple(rows[-1][name] for name in facts.key)
                    if key in seen:
                        mistakes.append(_mistake(line, facts.key[-1], f"is the same as in line {seen[key]}"))
                    seen[key] = line
            if len(mistakes) >= MOST_ERRORS:
                break
            line = reader.line_num + 1
    except csv.Error as exc:
        mistakes.append(_mistake(reader.line_num, None, f"is not CSV: {exc}"))
    if mistakes:
        raise _refused(mistakes)
    return rows


def _header(header: list[str], model: type[BaseModel]) -> list[dict[str, Any]]:
    known = model.model_fields
    needed = [name for name, field in known.items() if field.is_required() and name not in header]
    mistakes = [
        _mistake(1, name, f"is no column of this kind; the columns are {', '.join(known)}")
        for name in header
        if name not in known
    ]
    mistakes += [_mistake(1, name, "is missing from the header") for name in needed]
    mistakes += [_mistake(1, name, "is there twice") for name in {n for n in header if header.count(n) > 1}]
    return mistakes


def _read(
    cells: list[str],
    header: list[str],
    model: type[BaseModel],
    line: int,
    rows: list[dict[str, Any]],
    mistakes: list[dict[str, Any]],
) -> None:
    if len(cells) != len(header):
        mistakes.append(
            _mistake(line, None, f"has {len(cells)} values; the header has {len(header)} columns")
        )
        return
    given = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
    try:
        rows.append(model.model_validate(given).model_dump())
    except ValidationError as exc:
        mistakes += [
            _mistake(line, str(each["loc"][0]) if each["loc"] else None, each["msg"]) for each in exc.errors()
        ]


def _mistake(line: int, column: str | None, problem: str) -> dict[str, Any]:
    return {"line": line, "column": column, "problem": problem}


def _refused(mistakes: list[dict[str, Any]]) -> ImportRefusedError:
    first = mistakes[0]
    where = f"line {first['line']}" + (f", {first['column']}" if first["column"] else "")
    more = f", and {len(mistakes) - 1} more" if len(mistakes) > 1 else ""
    return ImportRefusedError(f"In {where}: {first['problem']}{more}.", errors=mistakes)
