from collections.abc import Sequence

import numpy as np
import pytest

from caseplane.triage.learning import Classifier, Example, TooFewExamplesError, train
from caseplane.triage.learning.linear import Matrix
from caseplane.triage.learning.model import UnreadableModelError
from caseplane.triage.learning.training import Trained

TOPICS = {
    "billing": "invoice refund payment charge card bill price receipt".split(),
    "account": "login password user profile access permission email account".split(),
    "technical": "crash error timeout router device screen update network".split(),
}
FILLER = "please the my help with since today again new old it and".split()
DIMENSION = 16


def texts_of(topic: str, count: int, seed: int) -> list[str]:
    draw = np.random.default_rng(seed)
    return [" ".join([*draw.choice(TOPICS[topic], 3), *draw.choice(FILLER, 4)]) for _ in range(count)]


def examples(count: int = 40, seed: int = 1) -> list[Example]:
    return [Example(text, topic) for topic in TOPICS for text in texts_of(topic, count, seed)]


def vectors_of(labels: Sequence[str], seed: int = 3) -> Matrix:
    """Vectors near one corner for each topic."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(0, 0.15, (len(labels), DIMENSION))
    for row, label in zip(rows, labels, strict=True):
        row[list(TOPICS).index(label)] += 1
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def trained() -> Trained:
    known = examples()
    return train(known, vectors_of([each.label for each in known]), embedding="m/16/fp32")


def test_given_labelled_texts_when_trained_then_new_ones_are_recognised(trained: Trained) -> None:
    labels = [topic for topic in TOPICS for _ in range(10)]
    texts = [text for topic in TOPICS for text in texts_of(topic, 10, seed=9)]

    found = trained.classifier.predict(texts, vectors_of(labels, seed=8))

    assert [each.label for each in found] == labels
    assert min(each.confidence for each in found) > 0.5
    assert sum(each.unknown for each in found) <= 3


def test_given_a_text_far_from_all_when_predicted_then_it_is_unknown(trained: Trained) -> None:
    far = np.zeros((1, DIMENSION), np.float32)
    far[0, -1] = -1

    (found,) = trained.classifier.predict(["zebra giraffe savanna"], far)

    assert found.unknown


def test_given_a_text_of_two_matters_when_predicted_then_both_are_told() -> None:
    both = [f"{one} {other}" for one, other in zip(TOPICS["billing"] * 6, TOPICS["account"] * 6, strict=True)]
    mixed = [Example(text, ("billing", "account")[i // 8 % 2]) for i, text in enumerate(both)]

    (found,) = train([*examples(20), *mixed], None).classifier.predict(["invoice login"])

    assert {found.label, *(label for label, _ in found.others)} == {"billing", "account"}


def test_given_a_classifier_when_stored_and_read_then_it_says_the_same(trained: Trained) -> None:
    texts, vectors = texts_of("billing", 5, seed=11), vectors_of(["billing"] * 5)

    again = Classifier.load(trained.classifier.dump())

    before, after = (each.predict(texts, vectors) for each in (trained.classifier, again))
    assert [each.label for each in before] == [each.label for each in after]
    assert [each.confidence for each in before] == pytest.approx(
        [each.confidence for each in after], abs=0.01
    )
    assert again.embedding == "m/16/fp32"


@pytest.mark.parametrize("data", [b"", b"PK", b"\x93NUMPY" + b"\0" * 100])
def test_given_bytes_that_are_no_classifier_when_read_then_it_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableModelError):
        Classifier.load(data)


def test_given_a_classifier_when_asked_without_its_vectors_then_it_is_refused(trained: Trained) -> None:
    with pytest.raises(ValueError, match="needs vectors of 16 dimensions"):
        trained.classifier.predict(["invoice"])


def test_given_no_vectors_when_trained_then_words_alone_decide() -> None:
    known = examples()

    found = train(known, None).classifier.predict(["refund of the invoice payment", "login password"])

    assert [each.label for each in found] == ["billing", "account"]


def test_given_the_same_examples_when_trained_twice_then_the_classifiers_are_equal() -> None:
    known = examples(20)

    assert train(known, None).classifier.dump() == train(known, None).classifier.dump()


def test_given_noise_in_the_labels_when_trained_then_confidence_is_no_more_than_held_back_accuracy() -> None:
    draw = np.random.default_rng(5)
    known = [
        Example(each.text, str(draw.choice(list(TOPICS))) if draw.random() < 0.4 else each.label)
        for each in examples(80)
    ]

    judged = train(known, None).held_back

    right = np.mean([a == b for a, b in zip(judged.labels, judged.predicted, strict=True)])
    assert np.mean(judged.confidence) == pytest.approx(right, abs=0.05)


def test_given_a_class_with_few_examples_when_trained_then_it_is_left_out_and_named() -> None:
    found = train([*examples(), Example("a rare thing", "rare")], None)

    assert found.left_out == {"rare": 1}
    assert "rare" not in found.classifier.labels


def test_given_too_few_examples_when_trained_then_it_says_how_many_are_needed() -> None:
    with pytest.raises(TooFewExamplesError, match="at least 40 of two classes"):
        train(examples(5), None)


def test_given_examples_of_one_group_when_held_back_then_they_are_not_in_both_parts() -> None:
    known = [Example(each.text, each.label, group="one") for each in examples(20)]
    others = [Example(each.text, each.label, group=f"g{i}") for i, each in enumerate(examples(20, seed=2))]

    found = train([*known, *others], None)

    assert len(found.held_back.labels) == len(known) + len(others)


def test_given_hostile_texts_when_predicted_then_each_has_an_answer() -> None:
    classifier = train(examples(20), None).classifier

    found = classifier.predict(["", "\x00\ud800", "a" * 1_000_000, "😀" * 5_000, " \n "])

    assert len(found) == 5
    assert all(np.isfinite(each.confidence) for each in found)
