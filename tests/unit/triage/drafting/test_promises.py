"""What a reply commits to."""

import pytest

from caseplane.triage.drafting.promises import carried, promises

COMMITTING = {
    "We will refund you the full amount.": "money",
    "You will receive your money back.": "money",
    "I can offer a discount, and it will be applied.": "money",
    "You will get $20 off the next bill.": "amount",
    "We will get back to you tomorrow.": "date",
    "Your parcel will arrive within two days.": "date",
    "This will never happen again, we promise.": "guarantee",
    "I have unlocked your account.": "act",
    "Wir erstatten Ihnen den Betrag.": "money",
    "Sie erhalten einen Gutschein.": "money",
    "Das Paket wird bis Freitag zugestellt.": "date",
    "Wir garantieren, dass es hilft.": "guarantee",
    "Ihr Konto wurde entsperrt.": "act",
    "Nous vous rembourserons.": "money",
    "Le reembolsaremos el importe.": "money",
    "Le rimborseremo l'importo.": "money",
}
HARMLESS = [
    "If you were charged twice, we will refund you.",
    "Which refund do you mean?",
    "Refunds are paid within 14 days.",
    "Open the settings, and choose Export.",
    "You can export in 3 steps.",
    "Wenn Sie doppelt belastet wurden, erstatten wir den Betrag.",
    "Öffnen Sie die Einstellungen.",
    "A colleague looks into it.",
]


@pytest.mark.parametrize(("sentence", "kind"), COMMITTING.items())
def test_given_committing_sentence_when_read_then_its_kind_is_named(sentence: str, kind: str) -> None:
    assert [found.kind for found in promises(f"Hello. {sentence} Bye.")] == [kind]


@pytest.mark.parametrize("sentence", HARMLESS)
def test_given_question_condition_or_instruction_when_read_then_no_promise(sentence: str) -> None:
    assert promises(sentence) == []


def test_given_promise_when_found_then_its_place_is_exact() -> None:
    text = "Hello,\n\nthis helps. We will refund you.\nBye."

    (found,) = promises(text)

    assert text[found.start : found.end] == "We will refund you."


@pytest.mark.parametrize(
    ("sentence", "source", "expected"),
    [
        (
            "You will get a refund within 14 days.",
            "Customers get a refund within 14 days of the return.",
            True,
        ),
        (
            "You will get a refund within 7 days.",
            "Customers get a refund within 14 days of the return.",
            False,
        ),
        ("We will refund you.", "Parcels are sent on Mondays.", False),
        ("I have unlocked your account.", "An administrator can unlock an account.", False),
        ("I have unlocked your account.", "Say: **I have unlocked your account.**", True),
    ],
)
def test_given_sources_when_asked_whether_they_carry_it_then_only_with_the_same_numbers(
    sentence: str, source: str, expected: bool
) -> None:
    (promise,) = promises(sentence)

    assert carried(promise, source) is expected
