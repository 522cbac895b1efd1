import math

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.orchestrator.answering.factories import WordEmbedder, make_evidence
from tests.unit.orchestrator.answering.test_segments import MARKDOWN

from caseplane.orchestrator.answering import Evidence, ExtractiveAnswerer, ProblemKind

PASSWORD = (
    "The initial admin password is generated at installation. You can read it with one command:\n\n"
    "```sh\ndeskctl password show\n```\n\nIt is deleted after a day."
)


def answerer() -> ExtractiveAnswerer:
    return ExtractiveAnswerer(WordEmbedder())


class TestAnswer:
    async def test_given_no_evidence_when_asked_then_nothing_is_said(self) -> None:
        draft = await answerer().answer("Where is it?", [])

        assert draft.content == ""
        assert draft.confidence == 0
        assert [p.kind for p in draft.problems] == [ProblemKind.no_evidence]

    async def test_given_prose_when_asked_then_the_sentence_that_answers_leads(self) -> None:
        chunk = make_evidence("Parcels leave on Monday. Refunds take 14 days. Shops open at nine.")

        draft = await answerer().answer("How many days do refunds take?", [chunk])

        assert draft.lead == "Refunds take 14 days."

    async def test_given_how_to_when_asked_then_lead_in_and_command_are_both_said(self) -> None:
        draft = await answerer().answer("How do I read the admin password?", [make_evidence(PASSWORD)])

        assert "deskctl password show" in draft.content
        assert "You can read it with one command:" in draft.content

    async def test_given_list_when_an_item_is_chosen_then_its_neighbours_and_lead_in_are_said(self) -> None:
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

    async def test_given_table_row_when_chosen_then_its_header_is_said(self) -> None:
        text = "| Service | Port |\n|---|---|\n| gateway | 8080 |\n| worker | 9090 |"

        draft = await answerer().answer("Which port has the gateway service?", [make_evidence(text)])

        assert draft.content.startswith("| Service | Port |\n| gateway | 8080 |")

    async def test_given_two_cases_solved_by_the_same_words_when_asked_then_said_once(self) -> None:
        solved = "Connect the helpdesk with the generic connector."
        cases = [make_evidence(f"{solved} Ask {who} for access.") for who in ("Ann", "Bob")]

        draft = await answerer().answer("How do I connect the helpdesk with the generic connector?", cases)

        assert draft.content.count(solved) == 1

    async def test_given_same_evidence_when_asked_again_then_nothing_is_embedded_anew(self) -> None:
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


class TestCitations:
    @given(
        st.lists(st.tuples(MARKDOWN, st.integers(0, 50)), max_size=4),
        st.text(max_size=60) | st.sampled_from(["How do I step?", "Who is Dr. Smith?", "Which row?"]),
    )
    async def test_given_any_documents_when_answered_then_every_quote_stands_where_it_says(
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
        for sentence in draft.sentences:
            assert sentence.text in draft.content
            assert sentence.citations[0].quote == sentence.text
        assert draft.confidence is not None
        assert 0 <= draft.confidence <= 1
        assert all(math.isfinite(value) for value in draft.signals.values())
        assert bool(draft.sentences) == (not draft.problems)
