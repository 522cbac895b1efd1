import pytest

from caseplane.dialogue.notices import ASSISTANT, NOTICES, PLACEHOLDERS, check_text

LANGUAGES = set(ASSISTANT)


@pytest.mark.parametrize("kind", NOTICES)
class TestNotices:
    def test_given_a_kind_when_read_then_it_speaks_every_language(self, kind: str) -> None:
        assert set(NOTICES[kind]) == LANGUAGES
        assert all(texts and all(texts) for texts in NOTICES[kind].values())

    def test_given_our_own_texts_when_checked_as_a_tenants_then_they_may_be_said(self, kind: str) -> None:
        for texts in NOTICES[kind].values():
            for text in texts:
                check_text(kind, text)


class TestCheckText:
    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("nonsense", "Hello"),
            ("greeting", "Hello {customer}"),
            ("greeting", "Hello {assistant.__class__}"),
            ("greeting", "Hello {assistant"),
            ("source", "It is in {title}"),
        ],
    )
    def test_given_a_text_that_could_not_be_said_when_checked_then_refused(
        self, kind: str, text: str
    ) -> None:
        with pytest.raises(ValueError, match=kind):
            check_text(kind, text)

    def test_given_placeholders_when_named_then_a_text_of_the_kind_exists(self) -> None:
        assert set(PLACEHOLDERS) <= set(NOTICES)
