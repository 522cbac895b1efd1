"""Masking removes personal data and keeps every offset."""

import re
from collections.abc import Iterator

from caseplane.retrieval.parsing.masking import mask, mask_document
from caseplane.retrieval.parsing.parse import parse


def emails(text: str) -> Iterator[tuple[int, int, str]]:
    for match in re.finditer(r"\S+@\S+\w|\b\d{3}\b", text):
        yield match.start(), match.end(), "email" if "@" in match[0] else "code"


class TestMask:
    def test_given_finds_when_masked_then_length_is_kept_and_nothing_is_readable(self) -> None:
        assert mask("To ann@example.org, 123.", emails) == "To [email]        , ***."

    def test_given_document_when_masked_then_blocks_still_lie_on_their_text(self) -> None:
        document = parse(b"# Ask ann@example.org\n\nMail bob@example.org today.", name="a.md")

        masked = mask_document(document, emails)

        assert [masked.text[b.start : b.end] for b in masked.blocks] == [
            "# Ask [email]        ",
            "Mail [email]         today.",
        ]
        assert (masked.title, masked.blocks[0].title) == ("Ask [email]", "Ask [email]")
        assert masked.metadata["masked"] == {"email": 2}

    def test_given_nothing_personal_when_masked_then_the_document_is_the_same(self) -> None:
        document = parse(b"# A\n\nText.", name="a.md")

        assert mask_document(document, emails) is document
