"""Answers as people can use them: whole, with links, without what only surrounds a page's content."""

import pytest
from tests.unit.answering.factories import WordEmbedder, make_evidence

from caseplane.answering import DraftAnswer, Evidence, ExtractiveAnswerer
from caseplane.answering.display import decorated, target
from caseplane.gate import SHIPPED_POLICY, GateSignals, measure
from caseplane.retrieval.parsing.anchors import all_marks
from caseplane.retrieval.parsing.chunking import chunk_document
from caseplane.retrieval.parsing.marks import cut_marks
from caseplane.retrieval.parsing.parse import parse


def read(text: str, path: str = "guide.md", uri: str = "https://help.example/") -> list[Evidence]:
    """The evidence that a page becomes."""
    document = parse(text.encode(), name=path)
    return [
        make_evidence(
            chunk.raw_text,
            document=path,
            offset=chunk.start,
            heading=chunk.context,
            marks=cut_marks(all_marks(document), chunk.start, chunk.end),
            path=path,
            title=document.title,
            uri=uri + path,
            version=str(document.metadata.get("version", "")),
        )
        for chunk in chunk_document(document)
    ]


async def ask(question: str, *pages: list[Evidence]) -> DraftAnswer:
    evidence = [chunk for page in pages for chunk in page]
    return await ExtractiveAnswerer(WordEmbedder()).answer(question, evidence)


CLOSING = """# Close your shop

Learn what happens to your shop when you close it, and how to close your shop.

In this article:

- [Before you close your shop](#before)
- [Closing your shop](#closing)

## Closing your shop

1. Sign in as the owner.
2. Open **Settings**, then [Danger](danger.md#close).
   - Owners of two shops pick one.
3. Press Close.
4. Confirm by mail.
5. Wait for the receipt.
6. Print it.
7. Sign it.
8. Send it back.
9. Close the window.
10. Done.

## Fees

Closing is free. However, an open invoice stays due.
"""


class TestWhole:
    async def test_given_teaser_and_contents_when_asked_how_then_all_steps_are_the_answer(self) -> None:
        draft = await ask("How do I close my shop?", read(CLOSING))

        assert draft.content.startswith("1. Sign in as the owner.\n2. Open **Settings**, then ")
        assert "\n   - Owners of two shops pick one.\n3. Press Close." in draft.content
        assert draft.content.endswith("10. Done.")

    async def test_given_an_entry_of_an_faq_when_its_question_is_asked_then_it_is_quoted_to_its_end(
        self,
    ) -> None:
        entry = (
            "## How do I export a report?\n\nPress Export.\n\nIt arrives by mail.\n\n- Admins get a copy.\n"
        )
        page = read(f"# Reports\n\n{entry}\n## How do I delete a report?\n\nPress Delete.\n")

        draft = await ask("How do I export a report?", page)

        assert draft.content == "Press Export.\n\nIt arrives by mail.\n\n- Admins get a copy."

    async def test_given_a_rule_with_an_exception_when_asked_then_both_are_quoted(self) -> None:
        draft = await ask("Is closing my shop free?", read(CLOSING))

        assert draft.content == "Closing is free. However, an open invoice stays due."

    async def test_given_rows_by_plan_when_one_is_named_then_its_row_is_quoted_under_the_columns(
        self,
    ) -> None:
        page = read("# Plans\n\n| Plan | Price |\n|---|---|\n| Basic | $5 |\n| Pro | $20 |\n")

        one = await ask("What is the price of the Pro plan?", page)
        all_ = await ask("What is the price?", page)

        assert one.content == "| Plan | Price |\n| --- | --- |\n| Pro | $20 |"
        assert all_.content == "| Plan | Price |\n| --- | --- |\n| Basic | $5 |\n| Pro | $20 |"

    async def test_given_only_inner_items_when_quoted_then_they_are_a_list_and_not_code(self) -> None:
        chunk = make_evidence(
            "Checks:\n\n    - Open the firewall log.\n    - Allow the address.", heading="Firewall"
        )

        draft = await ask("How do I allow the address in the firewall?", [chunk])

        assert "- Open the firewall log.\n- Allow the address." in draft.content
        assert "    -" not in draft.content


class TestFurniture:
    @pytest.mark.parametrize(
        "noise",
        [
            "Learn how to reset your PIN.",
            "This article explains how to reset your PIN.",
            "In this guide you'll learn how to reset a PIN.",
            "Erfahren Sie, wie Sie Ihre PIN (reset your PIN) setzen.",
            "Cet article explique comment reset your PIN.",
            "On this page:\n\n- How to reset your PIN\n- How to reset your password",
            "- [Reset your PIN](a.md)\n- [Reset your password](b.md)",
            "Home > Cards > Reset your PIN",
            "Figure 2: Press the button to reset your PIN.",
            "Skip to content: how to reset your PIN",
            "Related articles\n\n- [Reset your PIN](a.md)",
        ],
    )
    async def test_given_what_only_surrounds_content_when_asked_then_it_is_never_quoted(
        self, noise: str
    ) -> None:
        page = read(f"# Cards\n\n{noise}\n\nPress the blue key for three seconds.\n")

        draft = await ask("How do I reset my PIN?", page)

        assert draft.content == "Press the blue key for three seconds."

    async def test_given_a_single_link_when_it_is_the_answer_then_it_is_quoted(self) -> None:
        page = read("# App\n\nGet the app for your phone [in the store](https://store.example/app).\n")

        draft = await ask("Where do I get the app?", page)

        assert "[in the store](https://store.example/app)" in draft.content


class TestLinks:
    async def test_given_a_link_when_answered_then_its_address_is_shown_and_the_quote_is_exact(self) -> None:
        (chunk,) = read("# PIN\n\nTo reset it, use the form [here](https://id.example/reset).\n")

        draft = await ask("How do I reset it?", [chunk])

        assert draft.content == "To reset it, use the form [here](https://id.example/reset)."
        assert draft.citations[0].quote == "To reset it, use the form here."

    @pytest.mark.parametrize(
        ("path", "uri", "link", "expected"),
        [
            ("a/b.md", "https://h.example/a/b.md", "../c.md#x", "https://h.example/c.md#x"),
            ("docs/a/b.md", "https://h.example/docs/a/b", "../c.md#x", "https://h.example/docs/c#x"),
            (
                "docs/a/b.rst",
                "https://h.example/en/docs/a/b.html",
                "c.rst",
                "https://h.example/en/docs/a/c.html",
            ),
            ("a.md", "https://h.example/a", "/shop", "https://h.example/shop"),
            ("a.md", "a.md", "b.md", None),
            ("a.md", "https://h.example/a", "javascript:alert(1)", None),
        ],
    )
    def test_given_a_link_between_documents_when_resolved_then_it_leads_to_where_they_are_shown(
        self, path: str, uri: str, link: str, expected: str | None
    ) -> None:
        assert target(make_evidence("x", path=path, uri=uri), link) == expected

    def test_given_stress_within_a_word_when_shown_then_no_marks_are_left_over(self) -> None:
        chunk = make_evidence("Press Saveas now", marks=[(6, 10, "strong", ""), (13, 16, "strong", "")])

        assert decorated(chunk, 0, 16) == "Press Saveas **now**"

    async def test_given_markup_in_the_words_of_a_page_when_answered_then_nothing_of_it_is_active(
        self,
    ) -> None:
        page = read(
            r"# PIN"
            "\n\n"
            r"To reset it \[click\](javascript:alert(1)) &lt;img src=x&gt; \![p](https://t.example/p.png)."
            "\n"
        )

        draft = await ask("How do I reset it?", page)

        assert r"[click\](javascript" in draft.content
        assert r"\<img" in draft.content


class TestSources:
    async def test_given_several_statements_of_a_passage_when_cited_then_it_is_one_source_with_its_section(
        self,
    ) -> None:
        draft = await ask("How do I close my shop?", read(CLOSING))

        (source,) = draft.citations
        assert source.uri == "https://help.example/guide.md#closing-your-shop"
        assert source.quote.startswith("1. Sign in")
        assert source.quote.endswith("10. Done.")
        assert len(draft.quotes) > 1

    async def test_given_a_page_of_a_pdf_when_cited_then_the_address_opens_it(self) -> None:
        chunk = make_evidence("Press the key.", uri="https://h.example/man ual.pdf", pages=[(0, 7)])

        draft = await ask("What do I press?", [chunk])

        assert draft.citations[0].uri == "https://h.example/man%20ual.pdf#page=7"


class TestVariants:
    OLD = "# Settings in Loftbox 2.9\n\n## How do I change the port?\n\nEdit `port` in loftbox.ini.\n"
    NEW = "# Settings in Loftbox 3.0\n\n## How do I change the port?\n\nRun `loftbox set port`.\n"

    def pages(self) -> tuple[list[Evidence], list[Evidence]]:
        return read(self.OLD, "old.md"), read(self.NEW, "new.md")

    async def test_given_two_versions_when_none_is_named_then_they_are_told_apart(self) -> None:
        draft = await ask("How do I change the port?", *self.pages())

        assert draft.content == (
            "In Loftbox 2.9: Edit `port` in loftbox.ini.\n\nIn Loftbox 3.0: Run `loftbox set port`."
        )
        assert [each.label for each in draft.variants] == ["Loftbox 2.9", "Loftbox 3.0"]

    async def test_given_more_versions_than_can_be_quoted_when_none_is_named_then_the_gate_lets_the_customer_choose(
        self,
    ) -> None:
        pages = [
            read(f"# Loftbox {n}.0\n\n## How do I change the port?\n\nPress {n} and save.\n", f"{n}.md")
            for n in range(1, 6)
        ]

        draft = await ask("How do I change the port?", *pages)

        base = GateSignals(unsafe_input=False, customer_request=False, llm_error=False)
        evidence = [chunk for page in pages for chunk in page]
        signals = measure(
            base, draft=draft, evidence=evidence, relevance=[0.8] * 5, withheld=0, policy=SHIPPED_POLICY
        )
        assert [each.label for each in draft.variants][:2] == ["Loftbox 1.0", "Loftbox 2.0"]
        assert signals.coverage == {"answer": True, "variant": False}

    @pytest.mark.parametrize(
        "said", ["in 2.9", "in Loftbox 2.9", "on v2.9", "in version 2", "with release 2.9.1"]
    )
    async def test_given_two_versions_when_one_is_named_then_it_alone_answers(self, said: str) -> None:
        draft = await ask(f"How do I change the port {said}?", *self.pages())

        assert draft.content == "Edit `port` in loftbox.ini."

    async def test_given_two_versions_when_a_third_is_named_then_none_answers(self) -> None:
        draft = await ask("How do I change the port in Loftbox 1.4?", *self.pages())

        assert draft.content == ""

    async def test_given_two_versions_that_say_the_same_when_asked_then_it_is_said_once(self) -> None:
        old, new = read(self.OLD, "old.md"), read(self.OLD.replace("2.9", "3.0"), "new.md")

        draft = await ask("How do I change the port?", old, new)

        assert draft.content == "Edit `port` in loftbox.ini."

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("Loftbox 2.9", "Loftbox 3.0 (latest)"),
            ("Loftbox 2.9 (no longer maintained)", "Loftbox 3.0"),
        ],
    )
    async def test_given_pages_that_say_which_is_current_when_asked_then_that_one_is_preferred(
        self, old: str, new: str
    ) -> None:
        pages = (
            read(self.OLD.replace("Loftbox 2.9", old), "old.md"),
            read(self.NEW.replace("Loftbox 3.0", new), "new.md"),
        )

        draft = await ask("How do I change the port?", *pages)

        assert draft.content == "In Loftbox 3.0: Run `loftbox set port`."

    @pytest.mark.parametrize(
        ("paths", "header"),
        [
            (("docs/v1/port.md", "docs/v2/port.md"), ("", "")),
            (("a.md", "b.md"), ("---\nversion: 1.0\n---\n", "---\nversion: 2.0\n---\n")),
        ],
    )
    async def test_given_versions_in_path_or_header_when_named_then_they_decide(
        self, paths: tuple[str, str], header: tuple[str, str]
    ) -> None:
        one = read(f"{header[0]}# Change the port\n\nEdit the file of ports.\n", paths[0])
        two = read(f"{header[1]}# Change the port\n\nRun the command of ports.\n", paths[1])

        draft = await ask("How do I change the port in v2?", one, two)
        both = await ask("How do I change the port?", one, two)

        assert draft.content == "Run the command of ports."
        assert both.content.count("In version ") == 2

    async def test_given_tabs_by_platform_when_asked_then_one_is_picked_or_all_are_named(self) -> None:
        page = read(
            "# Install the app\n\n**Windows:**\n\n1. Run setup.exe.\n\n**macOS:**\n\n1. Drag the app.\n"
        )

        mac = await ask("How do I install the app on my Mac?", page)
        any_ = await ask("How do I install the app?", page)

        assert mac.content == "1. Drag the app."
        assert any_.content == "Windows:\n\n1. Run setup.exe.\n\nmacOS:\n\n1. Drag the app."

    async def test_given_sections_by_plan_when_one_is_named_then_its_section_answers(self) -> None:
        page = read(
            "# Limits of storage\n\n## Free\n\nStorage is limited to 5 GB.\n\n## Pro plan\n\nStorage is limited to 90 GB.\n"
        )

        draft = await ask("What is the storage limit on the Pro plan?", page)

        assert "90 GB" in draft.content
        assert "5 GB" not in draft.content
