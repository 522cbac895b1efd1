import pytest

from caseplane.retrieval.index.bm25 import MOST_WEIGHT, term_counts, term_number, term_weights
from caseplane.text.terms import terms


class TestWords:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("The parcels were shipped", ["parcel", "ship"]),
            ("maxUnavailable", ["maxunavail", "max", "unavail"]),
            ("boundary-layer flow", ["boundari", "layer", "flow"]),
            ("Größe, contraseña", ["grosse", "contrasena"]),
            ("日本語", ["日本", "本語"]),
            ("isn't it", []),
            ("", []),
        ],
    )
    def test_given_a_text_when_analysed_then_its_terms(self, text: str, expected: list[str]) -> None:
        assert terms(text) == expected

    def test_given_a_dotted_identifier_when_analysed_then_whole_and_parts(self) -> None:
        assert {"app.kubernetes.io/name", "kubernet", "name"} <= set(terms("app.kubernetes.io/name"))


class TestWeights:
    def test_given_more_of_a_term_when_weighed_then_more_but_bounded(self) -> None:
        once, often = (term_weights(term_counts("router " * n))[term_number("router")] for n in (1, 9))

        assert 0 < once < often < MOST_WEIGHT

    def test_given_a_longer_text_when_weighed_then_the_same_term_weighs_less(self) -> None:
        short, long = term_counts("router"), term_counts("router " + "cable " * 200)

        number = term_number("router")
        assert term_weights(long)[number] < term_weights(short)[number]
