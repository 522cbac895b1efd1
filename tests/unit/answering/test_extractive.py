import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.answering.factories import WordEmbedder, make_evidence
from tests.unit.answering.test_segments import MARKDOWN

from caseplane.answering import Evidence, ExtractiveAnswerer, ProblemKind

PASSWORD = (
    "The initial admin password is generated at installation. You can read it with one command:\n\n"
    "```sh\ndeskctl password show\n```\n\nIt is deleted after a day."
)


def answerer() -> ExtractiveAnswerer:
    return ExtractiveAnswerer(WordEmbedder())


class TestAnswer:
    async def test_given_no_evidence_when_asked_then_the_answer_is_empty(self) -> None:
        draft = await answerer().answer("Where is it?", [])

        assert draft.content == ""
        assert draft.confidence == 0
        assert [p.kind for p in draft.problems] == [ProblemKind.no_evidence]

    async def test_given_prose_when_asked_then_the_sentence_that_answers_leads(self) -> None:
        chunk = make_evidence("Parcels leave on Monday. Refunds take 14 days. Shops open at nine.")

        draft = await answerer().answer("How many days do refunds take?", [chunk])

        assert draft.lead == "Refunds take 14 days."

    async def test_given_how_to_when_asked_then_lead_in_and_command_are_both_quoted(self) -> None:
        draft = await answerer().answer("How do I read the admin password?", [make_evidence(PASSWORD)])

        assert "deskctl password show" in draft.content
        assert "You can read it with one command:" in draft.content

    async def test_given_list_when_an_item_is_chosen_then_its_neighbours_and_lead_in_are_quoted(self) -> None:
        text = (
            "To return a parcel:\n\n1. Print the label.\n2. Bring the parcel to a shop.\n3. Keep the receipt."
        )

        draft = await answerer().answer("How do I return a parcel?", [make_evidence(text)])

        assert [sentence.text for sentence in draft.sentences] == [
            "To return a parcel:",
            "1. Print the label.",
            "2. Bring the parcel to a shop.",
            "3. Keep the receipt.",
        ]

    async def test_given_table_row_when_chosen_then_its_header_is_quoted(self) -> None:
        text = "| Service | Port |\n|---|---|\n| gateway | 8080 |\n| worker | 9090 |"

        draft = await answerer().answer("Which port has the gateway service?", [make_evidence(text)])

        assert draft.content == "| Service | Port |\n| --- | --- |\n| gateway | 8080 |"

    async def test_given_two_cases_solved_by_the_same_words_when_asked_then_quoted_once(self) -> None:
        solved = "Connect the helpdesk with the generic connector."
        cases = [
            make_evidence(f"{said} Ask {who} for access.")
            for who, said in (("Ann", solved), ("Bob", solved), ("Cy", solved.upper()))
        ]

        draft = await answerer().answer("How do I connect the helpdesk with the generic connector?", cases)

        assert draft.content.casefold().count(solved.casefold()) == 1

    async def test_given_same_evidence_when_asked_again_then_nothing_is_embedded_again(self) -> None:
        embedder = WordEmbedder()
        warm = ExtractiveAnswerer(embedder)
        chunk = make_evidence(PASSWORD)

        first = await warm.answer("How do I read the password?", [chunk])
        embedder.embedded.clear()
        second = await warm.answer("How do I read the password?", [chunk])

        assert embedder.embedded == []
        assert second == first

    async def test_given_sentences_the_search_compared_when_asked_then_nothing_is_embedded(self) -> None:
        embedder = WordEmbedder()
        text = "The first sentence says this. The second sentence says that. The third one is other."
        near = [(0, 29, 0.1), (30, 60, 0.9), (61, 84, 0.2)]
        chunk = make_evidence(text, component_scores={"vector": 0.5}, sentences=near)

        draft = await ExtractiveAnswerer(embedder).answer("What does it tell?", [chunk])

        assert draft.lead == "The second sentence says that."
        assert draft.signals["unit_similarity"] == 0.9
        assert embedder.embedded == []

    async def test_given_a_list_item_of_several_sentences_when_compared_then_the_nearest_counts(self) -> None:
        text = "- One thing is here. Another one is there.\n- A third thing is nowhere."
        near = [(0, 20, 0.1), (21, 42, 0.9), (43, 70, 0.5)]
        chunk = make_evidence(text, component_scores={"vector": 0.5}, sentences=near)

        draft = await answerer().answer("What of it?", [chunk])

        assert draft.lead == "- One thing is here. Another one is there."

    async def test_given_name_that_the_evidence_lacks_when_asked_then_confidence_falls(self) -> None:
        chunk = make_evidence("The office in Berlin opens at nine every day.")

        known = await answerer().answer("When does the office in Berlin open?", [chunk])
        unknown = await answerer().answer("When does the office in Paris open?", [chunk])

        assert (unknown.confidence or 0) < (known.confidence or 0)


def compared(*units: tuple[str, float], heading: str = "") -> Evidence:
    """A chunk of these units, with their similarity to the question from the search."""
    text, sentences = "", []
    for unit, similarity in units:
        text += "\n\n" * bool(text)
        sentences.append((len(text), len(text) + len(unit), similarity))
        text += unit
    return make_evidence(text, heading=heading, component_scores={"vector": 0.5}, sentences=sentences)


class TestDocumentation:
    """Where the search ranks all alike, knowledge of documentation decides."""

    async def test_given_facts_and_steps_when_asked_how_then_the_steps_are_quoted(self) -> None:
        facts = compared(("- The parcel is returned late.", 0.5))
        steps = compared(("1. The parcel is returned here.", 0.5))

        draft = await answerer().answer("How do I return a parcel?", [facts, steps])

        assert draft.lead == "1. The parcel is returned here."

    async def test_given_other_words_for_the_task_when_asked_how_then_they_count(self) -> None:
        other, same = (
            compared(("Clusters are painted here.", 0.5)),
            compared(("Clusters are deleted here.", 0.5)),
        )

        draft = await answerer().answer("How do I remove clusters?", [other, same])

        assert draft.lead == "Clusters are deleted here."

    async def test_given_a_word_of_the_same_family_when_asked_then_it_counts(self) -> None:
        other, same = compared(("Quick syncing is off.", 0.5)), compared(("Automated syncing is off.", 0.5))

        draft = await answerer().answer("Is automatic syncing off?", [other, same])

        assert draft.lead == "Automated syncing is off."

    async def test_given_the_task_in_none_of_its_words_when_asked_how_then_meaning_decides(self) -> None:
        worded, meant = (
            compared(("The drawer of one desk is open.", 0.4)),
            compared(("Pull it out here.", 0.9)),
        )

        draft = await answerer().answer("How do I open the drawer gently and safely?", [worded, meant])

        assert draft.lead == "Pull it out here."

    async def test_given_a_list_of_options_when_asked_how_then_the_command_is_quoted(self) -> None:
        options = compared(("```\n--force   delete a project\n--yes   delete a project\n```", 0.6))
        command = compared(("```\ndeskctl delete project NAME\n```", 0.5))

        draft = await answerer().answer("How do I delete a project?", [options, command])

        assert draft.lead == "```\ndeskctl delete project NAME\n```"

    async def test_given_a_text_that_repeats_the_words_when_asked_then_it_does_not_rank_higher(self) -> None:
        repeated = compared(("Red apple, red apple, red apple, red apple, red apple, they say.", 0.4))
        once = compared(("The red apple, they say, is ripe.", 0.7))

        draft = await answerer().answer("Which red apple?", [repeated, once])

        assert draft.lead == "The red apple, they say, is ripe."

    async def test_given_a_chunk_that_begins_in_a_list_of_options_when_asked_then_none_is_cut(self) -> None:
        text = "  --wait   Wait for it. Off by default.\n  --yes    Ask nothing."

        draft = await answerer().answer("What does the option wait do?", [make_evidence(text)])

        assert draft.lead == text.strip()

    async def test_given_a_sentence_that_refers_back_when_it_answers_then_what_it_refers_to_is_quoted(
        self,
    ) -> None:
        text = "A sync window is a span of time. It opens at nine o'clock. Coffee is served."

        draft = await answerer().answer("At what o'clock does the window open?", [make_evidence(text)])

        assert draft.content == "A sync window is a span of time. It opens at nine o'clock."

    @pytest.mark.parametrize(
        "dependent",
        [
            "This lets you open the drawer of a desk.",
            "And then open the drawer of a desk.",
            "Open the drawer of a desk as the example above does.",
            "See elsewhere how to open the drawer of a desk.",
            "- Learn how to open the drawer of a desk.",
            "Note: do not open the drawer of a desk.",
        ],
    )
    async def test_given_a_sentence_that_is_useless_alone_when_asked_how_then_another_is_quoted(
        self, dependent: str
    ) -> None:
        useful = compared(("A key is there to open the drawer of a desk.", 0.5))

        draft = await answerer().answer("How do I open the drawer?", [compared((dependent, 0.55)), useful])

        assert draft.lead == "A key is there to open the drawer of a desk."

    async def test_given_a_statement_under_the_name_when_asked_what_it_is_then_that_is_quoted(self) -> None:
        other = compared(("Every flavor belongs to a group.", 0.5))
        named = compared(("An object that tells which machines there are.", 0.7), heading="Concepts > Flavor")

        draft = await answerer().answer("What is a flavor?", [other, named])

        assert draft.lead == "An object that tells which machines there are."

    async def test_given_how_to_do_one_thing_without_another_when_asked_then_the_exception_counts(
        self,
    ) -> None:
        whole = compared(("An app is deleted with its resources.", 0.55))
        kept = compared(("An app is deleted, not its resources.", 0.5))

        draft = await answerer().answer("How do I delete an app without its resources?", [whole, kept])

        assert draft.lead == "An app is deleted, not its resources."

    async def test_given_text_under_whats_next_when_asked_how_then_it_is_left_out(self) -> None:
        onward = compared(("- Open the drawer of a small wooden desk.", 0.6), heading="Desks > What's next?")
        useful = compared(("A key is there to open the drawer of a desk.", 0.5))

        draft = await answerer().answer("How do I open the drawer?", [onward, useful])

        assert draft.lead == "A key is there to open the drawer of a desk."

    async def test_given_steps_without_the_first_ones_when_asked_how_then_a_complete_list_is_quoted(
        self,
    ) -> None:
        rest = compared(("3. Open the drawer of a desk.", 0.55))
        whole = compared(("1. Open the drawer of a desk.", 0.5))

        draft = await answerer().answer("How do I open the drawer?", [rest, whole])

        assert draft.lead == "1. Open the drawer of a desk."

    async def test_given_a_bare_name_when_asked_how_then_it_is_no_step(self) -> None:
        draft = await answerer().answer(
            "How do I configure exchanges?", [compared(("- rabbit/Exchange", 0.5))]
        )

        assert draft.signals["fits"] == 0

    async def test_given_a_word_of_the_task_that_the_evidence_lacks_when_asked_then_confidence_falls(
        self,
    ) -> None:
        chunk = compared(("To configure the broker, set its address.", 0.5))

        known = await answerer().answer("How do I configure the broker?", [chunk])
        unknown = await answerer().answer("How do I configure the broker's topics?", [chunk])
        two = await answerer().answer("How do I configure the broker's blue topics?", [chunk])
        greeted = await answerer().answer("Hello from Bergen. How do I configure the broker?", [chunk])

        assert [draft.signals["missing_task_terms"] for draft in (known, greeted, unknown, two)] == [
            0,
            0,
            1,
            2,
        ]
        assert (two.confidence or 0) < 0.7 * (unknown.confidence or 0)


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


class TestCitations:
    @given(
        st.lists(st.tuples(MARKDOWN, st.integers(0, 50)), max_size=4),
        st.text(max_size=60) | st.sampled_from(["How do I step?", "Who is Dr. Smith?", "Which row?"]),
    )
    async def test_given_any_documents_when_answered_then_every_quote_is_at_its_offsets(
        self, parts: list[tuple[str, int]], question: str
    ) -> None:
        documents: dict[object, str] = {}
        evidence: list[Evidence] = []
        for number, (text, offset) in enumerate(parts):
            chunk = make_evidence(text, document=f"document {number}", offset=offset)
            documents[chunk.document_id] = "\N{SNOWMAN}" * offset + text + "tail"
            evidence.append(chunk)

        draft = await answerer().answer(question, evidence)

        for citation in draft.citations:
            assert documents[citation.document_id][citation.start : citation.end] == citation.quote
        shown = letters(draft.content)
        for sentence in draft.sentences:
            assert letters(sentence.text) in shown
            assert sentence.citations[0].quote == sentence.text
        assert draft.confidence is not None
        assert 0 <= draft.confidence <= 1
        assert all(math.isfinite(value) for value in draft.signals.values())
        assert bool(draft.sentences) == (not draft.problems)
