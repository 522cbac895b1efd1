"""The score of two tickets, with vectors made here: what the words and names of the texts change."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from caseplane.triage.duplicates import Fingerprint, Rarity, compare, fingerprint, score

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def read(text: str, *, angle: float = 0.0, customer: str | None = None, at: datetime = NOW) -> Fingerprint:
    """A fingerprint whose vector lies `angle` radians from that of every other text."""
    vector = np.array([np.cos(angle), np.sin(angle)], np.float32)
    return fingerprint(text, vector, customer=customer, at=at)


class TestScore:
    def test_given_the_same_text_when_scored_then_it_is_alike(self) -> None:
        text = "The parcel for order ORD-104233 never arrived"

        found = score(read(text), read(text))

        assert found > 0.9

    def test_given_nothing_in_common_when_scored_then_it_is_another_matter(self) -> None:
        found = score(read("The parcel never arrived"), read("How do I turn off dark mode?", angle=1.4))

        assert found < 0.1

    def test_given_two_tickets_when_swapped_then_the_score_is_equal(self) -> None:
        a, b = read("Login fails with AUTH-310"), read("AUTH-310 since the update", angle=0.5)

        assert score(a, b) == score(b, a)

    @pytest.mark.parametrize(
        ("a", "same", "other"),
        [
            ("Refund for order ORD-104233", "Refund of order ORD-104233", "Refund for order ORD-104333"),
            ("Export fails with ERR-4012", "The export fails, ERR-4012", "Export fails with ERR-4021"),
            ("Sync stopped after 4.2.1", "Since 4.2.1 the sync stopped", "Sync stopped after 4.1.2"),
            ("Photos crash on upload", "On upload photos crash", "Photos crash on download"),
            ("Totals of March are wrong", "Wrong totals of March", "Totals of April are wrong"),
            ("The card was charged", "My card was charged", "The card was not charged"),
        ],
    )
    def test_given_one_word_that_matters_when_it_differs_then_the_score_falls(
        self, a: str, same: str, other: str
    ) -> None:
        alike, apart = score(read(a), read(same, angle=0.2)), score(read(a), read(other, angle=0.2))

        assert alike > apart + 0.15

    def test_given_other_words_and_a_close_meaning_when_scored_then_it_is_alike(self) -> None:
        a, b = read("Cancel my plan before the renewal"), read("I wish to end the contract", angle=0.5)

        assert score(a, b) > 0.5

    def test_given_the_same_customer_when_scored_then_a_recent_ticket_counts_more_than_an_old_one(
        self,
    ) -> None:
        a = read("The app is slow", customer="c-1")
        stranger = read("Everything takes ages", angle=1.0, customer="c-2")
        recent = read("Everything takes ages", angle=1.0, customer="c-1", at=NOW - timedelta(hours=1))
        old = read("Everything takes ages", angle=1.0, customer="c-1", at=NOW - timedelta(days=60))

        assert score(a, recent) > score(a, old) > score(a, stranger) - 1e-6

    def test_given_an_empty_text_when_scored_then_there_is_a_number(self) -> None:
        assert 0 <= score(read(""), read("")) <= 1


class TestReason:
    def test_given_another_code_in_the_same_words_when_asked_why_then_it_says_so(self) -> None:
        found = compare(read("Export fails with ERR-4012"), read("Export fails with ERR-4021"))

        assert "but other numbers or codes" in found.reason

    def test_given_only_a_close_meaning_when_asked_why_then_the_similarity_is_named(self) -> None:
        found = compare(read("Cancel my plan"), read("I wish to end this", angle=0.5))

        assert found.reason == "a similar meaning (0.88)"


class TestNames:
    def test_given_codes_versions_and_numbers_when_read_then_each_is_of_its_kind(self) -> None:
        names = read("ORD-104233, #88120 and 0x80070005 since v4.2.1, twice 39 euros, 5 days").names

        assert names.codes == {"ord-104233", "88120", "0x80070005"}
        assert names.versions == {"4.2.1"}
        assert names.numbers == {"39", "5"}

    def test_given_one_order_in_two_spellings_when_read_then_it_is_one(self) -> None:
        assert read("order #88120").names.codes == read("order 88120").names.codes


class TestRarity:
    def test_given_a_common_and_a_rare_term_when_weighed_then_the_rare_one_counts_more(self) -> None:
        rarity = Rarity.of([frozenset({"invoice"})] * 50 + [frozenset({"flang"})])

        assert rarity.weight({"flang"}) > 3 * rarity.weight({"invoice"})
