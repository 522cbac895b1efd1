"""Files of tickets: formats, charsets, columns, dates."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.insights.datasets.reading.columns import Desk, TicketField, desk_of, recognise
from caseplane.insights.datasets.reading.dates import DayOrder, order_of, read_date
from caseplane.insights.datasets.reading.errors import FileUnreadableError
from caseplane.insights.datasets.reading.files import open_rows, outline
from caseplane.insights.datasets.reading.rows import FileFormat, Row, format_of


def rows(path: Path, content: bytes | str, name: str = "file.csv") -> list[Row]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(open_rows(path, name=name))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_given_any_delimiter_and_charset_when_a_file_is_read_then_its_values_are_the_same(
    path: Path, delimiter: str, charset: str
) -> None:
    text = (
        delimiter.join(["id", "subject", "name"])
        + "\r\n"
        + delimiter.join(["1", "Größe falsch", "Zoé"])
        + "\r\n"
    )

    (row,) = rows(path, text.encode(charset))

    assert row == Row(2, {"id": "1", "subject": "Größe falsch", "name": "Zoé"})


def test_given_bytes_late_in_a_file_that_are_not_utf_8_when_it_is_read_then_they_decide_the_charset(
    path: Path,
) -> None:
    filler = "".join(f"{number},plain text of a ticket\n" for number in range(20_000))

    found = rows(
        path, b"id,subject\n" + filler.encode() + "x,caf\xe9 cr\xe8me br\xfbl\xe9e\n".encode("latin-1")
    )

    assert found[-1].values["subject"] == "café crème brûlée"


def test_given_a_line_that_names_the_delimiter_when_a_file_is_read_then_lines_are_counted_with_it(
    path: Path,
) -> None:
    assert rows(path, "sep=;\na;b\n1;2,3\n") == [Row(3, {"a": "1", "b": "2,3"})]


def test_given_a_quotation_mark_that_is_never_closed_when_a_file_is_read_then_its_line_is_reported(
    path: Path,
) -> None:
    body = "".join(f"{number},text\n" for number in range(300))

    found = rows(path, f'id,subject\n1,good\n2,"never closed\n{body}')

    assert found[0] == Row(2, {"id": "1", "subject": "good"})
    assert found[1].line == 3
    assert "quotation mark" in found[1].problem


def test_given_titles_and_repeated_names_when_a_table_is_read_then_its_columns_are_told_apart(
    path: Path,
) -> None:
    (row,) = rows(path, "Report,,\n\nid,comment,comment\n1,one,two\n")

    assert row.values == {"id": "1", "comment": "one", "comment (2)": "two"}


ISSUE = {"key": "SUP-1", "fields": {"summary": "Broken", "status": {"name": "Open"}, "labels": ["a", "b"]}}


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (json.dumps([ISSUE]), FileFormat.json),
        (json.dumps({"total": 1, "issues": [ISSUE]}, indent=2), FileFormat.json),
        (json.dumps({"issues": [ISSUE]}), FileFormat.json),
        (json.dumps(ISSUE) + "\n" + json.dumps(ISSUE) + "\n", FileFormat.jsonl),
    ],
)
def test_given_json_of_any_form_when_it_is_read_then_nested_fields_are_columns(
    path: Path, content: str, form: FileFormat
) -> None:
    found = rows(path, content)

    assert format_of(path) is form
    assert found[0].values == {
        "key": "SUP-1", "fields.summary": "Broken", "fields.status.name": "Open", "fields.labels": "a, b",
    }  # fmt: skip


def test_given_json_that_breaks_off_when_it_is_read_then_whole_records_come_first(path: Path) -> None:
    path.write_text('[{"id": 1, "subject": "x"},\n {"id": 2, "sub')
    reader = open_rows(path, name="file.json")

    assert next(reader).values["id"] == "1"
    with pytest.raises(FileUnreadableError, match="near line 2"):
        next(reader)


def test_given_many_json_records_when_they_are_read_then_lines_are_right(path: Path) -> None:
    content = (
        "[\n" + ",\n".join(json.dumps({"id": number, "subject": "x" * 900}) for number in range(1000)) + "\n]"
    )

    found = rows(path, content)

    assert [row.line for row in found] == list(range(2, 1002))


@pytest.mark.parametrize(
    ("columns", "desk", "subject"),
    [
        (["Id", "Subject", "Requester", "Created at"], Desk.zendesk, "Subject"),
        (["Number", "Short description", "Opened", "Close notes"], Desk.servicenow, "Short description"),
        (["Issue key", "Summary", "Created", "Resolved"], Desk.jira, "Summary"),
        (["Ticket ID", "Subject", "Created time", "Resolved time"], Desk.freshdesk, "Subject"),
        (["a", "b"], Desk.other, None),
    ],
)
def test_given_columns_of_a_desk_when_they_are_recognised_then_it_is_known(
    columns: list[str], desk: Desk, subject: str | None
) -> None:
    assert desk_of(columns) is desk
    assert recognise(columns).get(TicketField.subject) == subject


def test_given_no_known_name_when_a_file_is_outlined_then_the_longest_text_is_the_body(path: Path) -> None:
    path.write_text("nr,wort,anliegen\n1,x y,Meine Karte ist noch nicht angekommen\n")

    assert outline(path, name="f.csv").mapping == {TicketField.body: "anliegen"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-04T05:06:07Z", datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2025-03-04 05:06", datetime(2025, 3, 4, 4, 6, tzinfo=UTC)),
        ("2025-07-04T05:06:07+05:30", datetime(2025, 7, 3, 23, 36, 7, tzinfo=UTC)),
        ("2025-03-04 05:06:07 UTC", datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("31.12.2024 23:30", datetime(2024, 12, 31, 22, 30, tzinfo=UTC)),
        ("12/31/2024 1:05 PM", datetime(2024, 12, 31, 12, 5, tzinfo=UTC)),
        ("25/Mar/24 3:45 PM", datetime(2024, 3, 25, 14, 45, tzinfo=UTC)),
        ("Mar 25, 2024", datetime(2024, 3, 24, 23, 0, tzinfo=UTC)),
        ("1735689600", datetime(2025, 1, 1, tzinfo=UTC)),
        ("1735689600000", datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_given_a_date_of_any_kind_when_it_is_read_then_it_is_a_time_with_a_zone(
    text: str, expected: datetime
) -> None:
    assert read_date(text, order=None, zone=ZoneInfo("Europe/Berlin")) == expected


@pytest.mark.parametrize("text", ["someday", "2025-13-01", "31/31/2025", "0001-01-01", "99999999999999", ""])
def test_given_no_date_when_it_is_read_then_it_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_date(text, order=None)


def test_given_a_column_of_dates_when_one_shows_the_order_then_it_counts_for_all() -> None:
    assert order_of(["03/04/2025", "25/04/2025"]) is DayOrder.day_first
    assert order_of(["03/04/2025", "04/25/2025"]) is DayOrder.month_first
    assert order_of(["03/04/2025"]) is None
    assert read_date("03/04/2025", order=DayOrder.day_first).month == 4
    assert read_date("03/04/2025", order=None).month == 3


@given(st.text(max_size=60))
def test_given_any_text_when_it_is_read_as_a_date_then_it_is_one_or_is_refused(text: str) -> None:
    try:
        found = read_date(text, order=None)
    except (ValueError, OverflowError, OSError):
        return
    assert found.tzinfo is not None
