"""Words are compared in one form, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.text.folding import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Überweisung  STRASSE", "uberweisung strasse"),
        ("Straße", "strasse"),
        ("ØRE Łódź Đorđe Æble Œuvre", "ore lodz dorde aeble oeuvre"),
        ("I can\u00b4t, I can\u2019t, I can`t", "i can't, i can't, i can't"),
        ("\U0001d407\U0001d41e\U0001d425\U0001d429", "help"),  # mathematical letters
        ("\ufb01nd", "find"),  # a ligature
        ("İstanbul", "istanbul"),
    ],
)
def test_given_many_ways_to_write_it_when_folded_then_it_is_one(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text(max_size=50))
def test_given_any_text_when_folded_again_then_nothing_changes(text: str) -> None:
    once = fold(text)

    assert fold(once) == once
