"""What became of a draft."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.triage.drafting import Relation, compare


@pytest.mark.parametrize(
    ("drafted", "sent", "distance", "relation"),
    [
        ("Hello Ada, all is well.", "Hello Ada,  all\nis well.", 0, Relation.unchanged),
        ("Hello Ada, all is well.", "Hello Ada, all is very well.", 1, Relation.edited),
        ("a b c d", "a x c d", 1, Relation.edited),
        ("a b c d", "w x y z", 4, Relation.rewritten),
        ("", "", 0, Relation.unchanged),
        ("", "a", 1, Relation.rewritten),
        ("a b c", "c b a", 2, Relation.rewritten),
    ],
)
def test_given_two_texts_when_compared_then_changed_words_are_counted(
    drafted: str, sent: str, distance: int, relation: Relation
) -> None:
    found = compare(drafted, sent)

    assert (found.distance, found.relation) == (distance, relation)


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12))
def test_given_any_texts_when_compared_then_it_is_the_textbook_distance(
    one: list[str], two: list[str]
) -> None:
    expected = list(range(len(two) + 1))
    for row, left in enumerate(one, 1):
        last, expected[0] = expected[0], row
        for column, right in enumerate(two, 1):
            last, expected[column] = (
                expected[column],
                min(expected[column] + 1, expected[column - 1] + 1, last + (left != right)),
            )

    assert compare(" ".join(one), " ".join(two)).distance == expected[-1]
