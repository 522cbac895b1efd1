import pytest
from tests.unit.answering.factories import WordEmbedder, make_evidence

from caseplane.answering import ExtractiveAnswerer
from caseplane.answering.phrasing import asks_for_news, is_news

RELEASE = make_evidence(
    "Exports of orders can now be made as CSV files.", path="docs/changelog/recent.md", heading="Exports"
)
PAGE = make_evidence("You can export your orders under Reports.", path="docs/orders.md", heading="Orders")


class TestNews:
    @pytest.mark.parametrize(
        "path", ["CHANGELOG.md", "docs/release-notes/2.4.md", "whats_new.md", "a/releases/b.md"]
    )
    def test_given_a_page_on_releases_when_its_path_is_read_then_it_is_news(self, path: str) -> None:
        assert is_news(make_evidence("It can be exported now.", path=path))

    @pytest.mark.parametrize("path", ["docs/orders.md", "docs/release-a-payment.md", "docs/newsletter.md"])
    def test_given_another_page_when_its_path_is_read_then_it_is_not(self, path: str) -> None:
        assert not is_news(make_evidence("It can be exported.", path=path))

    async def test_given_a_release_note_when_the_page_answers_too_then_the_page_is_quoted(self) -> None:
        draft = await ExtractiveAnswerer(WordEmbedder()).answer("Can orders be exported?", [RELEASE, PAGE])

        assert draft.content == PAGE.text

    async def test_given_a_release_note_when_asked_what_is_new_then_it_is_quoted(self) -> None:
        question = "Since when can exports of orders be made?"

        draft = await ExtractiveAnswerer(WordEmbedder()).answer(question, [RELEASE, PAGE])

        assert asks_for_news(question)
        assert draft.content == RELEASE.text
