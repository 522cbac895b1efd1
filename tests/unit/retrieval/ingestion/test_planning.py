"""A plan turns the index into what was found, with as little work as the hashes allow."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from caseplane.retrieval.ingestion.planning import Found, Known, make_plan

uris = st.sampled_from([f"{c}.md" for c in "abcdefgh"])
hashes = st.sampled_from(["1", "2", "3", "4"])


def known(uri: str, sha: str, *, current: bool = True) -> Known:
    return Known(uuid4(), uri, sha, current)


class TestMakePlan:
    def test_given_same_files_when_planned_then_nothing_is_to_do(self) -> None:
        documents = [known("a", "1"), known("b", "2")]

        plan = make_plan(documents, [Found("a", "1"), Found("b", "2")])

        assert plan.unchanged == documents
        assert [plan.moved, plan.again, plan.needed, plan.gone] == [[], [], [], []]

    def test_given_changed_new_and_deleted_files_when_planned_then_each_is_named(self) -> None:
        a, b = known("a", "1"), known("b", "2")

        plan = make_plan([a, b], [Found("a", "9"), Found("c", "3")])

        assert plan.needed == [(a, Found("a", "9")), (None, Found("c", "3"))]
        assert plan.gone == [b]

    def test_given_renamed_file_when_planned_then_it_moves(self) -> None:
        a = known("a", "1")

        plan = make_plan([a], [Found("b", "1")])

        assert (plan.moved, plan.needed, plan.gone) == ([(a, Found("b", "1"))], [], [])

    def test_given_copy_of_a_file_that_stays_when_planned_then_it_is_new(self) -> None:
        a = known("a", "1")

        plan = make_plan([a], [Found("a", "1"), Found("b", "1")])

        assert (plan.unchanged, plan.needed) == ([a], [(None, Found("b", "1"))])

    def test_given_unreadable_file_when_planned_then_its_document_stays(self) -> None:
        plan = make_plan([known("a", "1")], [Found("b", "1")], kept=["a"])

        assert (plan.gone, plan.moved, len(plan.needed)) == ([], [], 1)

    def test_given_document_indexed_the_old_way_when_planned_then_indexed_again(self) -> None:
        old = known("a", "1", current=False)

        assert make_plan([old], [Found("a", "1")]).again == [old]

    @given(
        st.dictionaries(uris, st.tuples(hashes, st.booleans())), st.dictionaries(uris, hashes), st.sets(uris)
    )
    def test_given_any_states_when_planned_and_done_then_the_index_equals_the_source(
        self, before: dict[str, tuple[str, bool]], after: dict[str, str], kept: set[str]
    ) -> None:
        documents = [known(uri, sha, current=current) for uri, (sha, current) in before.items()]
        found = [Found(uri, sha) for uri, sha in after.items()]

        plan = make_plan(documents, found, kept=kept)

        index: dict[UUID, tuple[str, str]] = {d.id: (d.uri, d.sha256) for d in documents}
        for document in plan.gone:
            del index[document.id]
        for document, file in plan.moved:
            index[document.id] = (file.uri, file.sha256)
        for replaced, file in plan.needed:
            index[replaced.id if replaced else uuid4()] = (file.uri, file.sha256)
        left = {uri: before[uri][0] for uri in kept - set(after) if uri in before}
        assert sorted(index.values()) == sorted({**left, **after}.items())
