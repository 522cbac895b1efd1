"""Tables fit the terminal, whatever they hold."""

from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from caseplane.cli.tables import lines_of

NAMES = ["number", "status", "subject", "created_at", "ticket_id"]
ROWS: list[dict[str, Any]] = [
    {
        "number": 12,
        "status": "open",
        "subject": "How do I connect Caseplane to our Lotus Notes helpdesk database?",
        "created_at": "2026-03-01T12:00:00.123456Z",
        "ticket_id": "0198c1d2-7a3e-7c4b-9f00-5b8f6a1e2d3c",
    }
]


def shown(width: int, rows: list[dict[str, Any]] = ROWS) -> list[str]:
    return [line for line, _ in lines_of(rows, NAMES, width=width)]


class TestLines:
    def test_given_a_wide_terminal_when_shown_then_ids_are_whole_and_a_row_is_a_line(self) -> None:
        head, row = shown(200)

        assert head.split() == ["NUMBER", "STATUS", "SUBJECT", "CREATED", "TICKET", "ID"]
        assert "0198c1d2-7a3e-7c4b-9f00-5b8f6a1e2d3c" in row
        assert "2026-03-01 12:00:00" in row

    def test_given_80_columns_when_shown_then_ids_are_short_and_texts_are_folded_between_words(self) -> None:
        head, *rest = shown(80)

        assert head.startswith("NUMBER")
        assert rest[0].endswith("6a1e2d3c")
        assert "2026-03-01 12:00 " in rest[0]
        assert all(len(line) <= 80 for line in rest)

    def test_given_40_columns_when_shown_then_each_row_is_a_record(self) -> None:
        lines = shown(40)

        assert lines[0].split() == ["NUMBER", "12"]
        assert lines[1].split() == ["STATUS", "open"]
        assert lines[-1] == ""

    def test_given_a_column_that_is_empty_everywhere_when_shown_then_it_is_left_out(self) -> None:
        assert "STATUS" not in shown(200, [{**ROWS[0], "status": None}])[0]

    @given(
        width=st.integers(30, 200),
        subjects=st.lists(
            st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Mn", "Me", "Cf"])),
            min_size=1,
            max_size=3,
        ),
    )
    def test_given_any_texts_when_shown_then_no_line_is_wider_and_no_text_is_lost(
        self, width: int, subjects: list[str]
    ) -> None:
        rows = [{**ROWS[0], "subject": text, "ticket_id": str(uuid4())} for text in subjects]

        lines = shown(width, rows)

        assert all(cell_len(line) <= width for line in lines)
        letters = "".join("".join(lines).split())
        assert all(char in letters for text in subjects for char in "".join(text.split()))
