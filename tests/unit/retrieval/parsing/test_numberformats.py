"""Values as their spreadsheet shows them."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.retrieval.parsing.numberformats import Value, shown

NOON = datetime(2026, 12, 3, 14, 5, 9)  # noqa: DTZ001 - a sheet has no zone
ACCOUNT = '_-* #,##0.00 "€"_-;-* #,##0.00 "€"_-;_-* "-"?? "€"_-;_-@_-'


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.035, "0.0%", "3.5%"),
        (0.035, "0.0 %", "3.5 %"),
        (12, '#,##0 "€"', "12 €"),
        (12, "#,##0\\ [$€-407]", "12 €"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (-1234.5, "#,##0.00;[Red](#,##0.00)", "(1,234.50)"),
        (-1234.5, "$#,##0.00", "-$1,234.50"),
        (1234.5, ACCOUNT, "1,234.50 €"),
        (0, ACCOUNT, "- €"),
        (7, "00000", "00007"),
        (5551234567, "(000) 000-0000", "(555) 123-4567"),
        (1234567, '0.0,,"M"', "1.2M"),
        (1234567, '#,##0,"k"', "1,235k"),
        (1.25, "# ?/4", "1 1/4"),
        (2.75, "# ??/??", "2 3/4"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (50, '[<100]"low";[>=100]"high"', "low"),
        (150, '[<100]"low";[>=100]"high"', "high"),
        (0, '0.00;-0.00;"none"', "none"),
        (1.005, "0.00", "1.01"),
        (2.5, "0", "3"),
        (-0.001, "0.0", "0.0"),
        (0.1 + 0.2, "General", "0.3"),
        (123456789012.0, "General", "123456789012"),
        (5, "@", "5"),
        (True, "General", "yes"),
        ("text", "0.00", "text"),
        (None, "0", ""),
        (NOON, "dd.mm.yyyy", "03.12.2026"),
        (NOON, "d mmmm yyyy", "3 December 2026"),
        (NOON, "yyyy-mm-dd hh:mm", "2026-12-03 14:05"),
        (NOON, "h:mm AM/PM", "2:05 PM"),
        (NOON, "mm:ss", "05:09"),
        (NOON, "dd/mm/yyyy;@", "03/12/2026"),
        (NOON, "mm-dd-yy", "2026-12-03"),
        (NOON, "[$-F800]dddd, mmmm dd, yyyy", "2026-12-03"),
        (date(2026, 1, 2), "General", "2026-01-02"),
        (time(9, 30), "h:mm", "9:30"),
        (timedelta(hours=30, minutes=5), "[h]:mm:ss", "30:05:00"),
    ],
)
def test_given_value_and_format_when_shown_then_as_in_the_spreadsheet(
    value: Value, code: str, text: str
) -> None:
    assert shown(value, code) == text


@given(
    st.one_of(st.floats(), st.integers(), st.datetimes(), st.timedeltas(), st.booleans()),
    st.text('0#?.,%/E+-@;[]$€\\"_* dmyhsAMP<>=9', max_size=20),
)
def test_given_any_format_when_shown_then_it_is_text(value: Value, code: str) -> None:
    assert isinstance(shown(value, code), str)
