"""The plan for a knowledge base, executed on a small model of the platform, and what it leaves alone."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from caseplane_operator.actions import Action
from caseplane_operator.crds import ObjectStore, Upload
from caseplane_operator.crds import Source as WantedSource
from caseplane_operator.knowledge.plan import (
    AddBase,
    AddSource,
    PatchBase,
    PatchSource,
    RemoveSource,
    SeenBase,
    StartSync,
    WantedBase,
    overlap,
    plan,
    taken,
)
from caseplane_operator.platform_types import Ingestion, KnowledgeBase, Source

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Model:
    """A platform with one knowledge base."""

    seen: SeenBase
    counter: int = 100

    def apply(self, action: Action) -> None:
        self.counter += 1
        s = self.seen
        match action:
            case AddBase(body):
                base = KnowledgeBase(id="b", documents=0, chunks=0, version=1, **body)
                self.seen = replace(s, base=base, sources=())
            case PatchBase(change, version):
                assert s.base is not None
                assert version == s.base.version
                self.seen = replace(s, base=s.base.model_copy(update={**change, "version": version + 1}))
            case AddSource(name, body):
                assert all(source.name != name for source in s.sources), "a name is taken once"
                made = Source(id=f"s{self.counter}", documents=0, last_synced_at=None, **body)
                self.seen = replace(s, sources=(*s.sources, made), made=s.made | {name})
            case PatchSource(source_id, change):
                changed = [x.model_copy(update=change) if x.id == source_id else x for x in s.sources]
                self.seen = replace(s, sources=tuple(changed))
            case RemoveSource(source_id):
                self.seen = replace(s, sources=tuple(x for x in s.sources if x.id != source_id))
            case StartSync(source_id):
                done = [
                    x.model_copy(update={"last_synced_at": NOW}) if x.id == source_id else x
                    for x in s.sources
                ]
                self.seen = replace(s, sources=tuple(done), started=s.started | {source_id})


word = st.sampled_from(["a", "b", "c"])
acls = st.lists(word, max_size=2, unique=True)
wanted_sources = st.lists(
    st.one_of(
        st.builds(
            WantedSource, name=word, object_store=st.builds(ObjectStore, prefix=word), acl=acls, base_uri=word
        ),
        st.builds(WantedSource, name=word, upload=st.just(Upload()), acl=acls, base_uri=word),
    ),
    max_size=3,
    unique_by=lambda source: source.name,
).map(tuple)
wants = st.builds(
    WantedBase,
    name=st.just("ns/kb"),
    description=word,
    acl=acls,
    sources=wanted_sources,
    blocked=st.frozensets(word, max_size=1),
    asked=st.booleans(),
    interval=st.none() | st.just(timedelta(hours=1)),
)
seen_sources = st.lists(
    st.builds(
        Source,
        id=st.integers(1, 9).map(lambda n: f"s{n}"),
        name=st.sampled_from(["a", "b", "c", "own"]),
        kind=st.sampled_from(["object_store", "upload"]),
        prefix=word,
        acl=acls,
        base_uri=word,
        documents=st.just(0),
        last_synced_at=st.none() | st.integers(0, 3).map(lambda n: NOW - timedelta(hours=n)),
    ),
    max_size=4,
    unique_by=(lambda source: source.name, lambda source: source.id),
).map(tuple)
states = st.just(SeenBase()) | st.builds(
    SeenBase,
    base=st.builds(
        KnowledgeBase,
        id=st.just("b"),
        name=st.just("ns/kb"),
        description=word,
        acl=acls,
        documents=st.just(0),
        chunks=st.just(0),
        version=st.integers(1, 5),
    ),
    sources=seen_sources,
    made=st.frozensets(word, max_size=3),
)


def converge(wanted: WantedBase, seen: SeenBase) -> SeenBase:
    model = Model(seen)
    for _ in range(8):
        actions = plan(wanted, model.seen, now=NOW)
        if not actions:
            return model.seen
        for action in actions:
            model.apply(action)
    raise AssertionError("the plan never ends")


def scanned(prefix: str = "a", **fields: object) -> Source:
    whole = {"id": "s", "name": "a", "kind": "object_store", "prefix": prefix, "acl": [], "base_uri": ""}
    return Source(**{**whole, "documents": 0, "last_synced_at": NOW, **fields})


def seen(*sources: Source, ingestions: tuple[Ingestion, ...] = ()) -> SeenBase:
    base = KnowledgeBase(id="b", name="ns/kb", description="", acl=[], documents=0, chunks=0, version=1)
    return SeenBase(base=base, sources=sources, ingestions=ingestions, made=frozenset("a"))


WANTED = WantedBase(name="ns/kb", sources=(WantedSource(name="a", object_store=ObjectStore(prefix="a")),))


class TestPlan:
    @examples(deadline=None, max_examples=60)
    @given(wanted=wants, state=states)
    def test_given_any_state_when_planned_and_made_then_it_is_as_wanted_and_others_sources_are_untouched(
        self, wanted: WantedBase, state: SeenBase
    ) -> None:
        end = converge(wanted, state)

        assert end.base is not None
        assert (end.base.description, sorted(end.base.acl)) == (wanted.description, sorted(wanted.acl))
        there = {source.name: source for source in end.sources}
        skipped = {*wanted.blocked, *taken(wanted, end)}
        for source in wanted.sources:
            if source.name not in skipped:
                found = there[source.name]
                assert (found.kind, found.prefix, found.base_uri) == (
                    source.kind,
                    source.prefix,
                    source.base_uri,
                )
        if state.base is not None:
            own = [s for s in state.sources if s.name not in state.made]
            wanted_names = {source.name for source in wanted.sources}
            assert all(s in end.sources for s in own if s.name not in wanted_names)

    @pytest.mark.parametrize(
        ("source", "wanted", "starts"),
        [
            (scanned(last_synced_at=None), WANTED, True),
            (scanned(last_synced_at=NOW - timedelta(minutes=59)), WANTED, False),
            (scanned(last_synced_at=NOW - timedelta(minutes=60)), WANTED, True),
            (scanned(last_synced_at=None), replace(WANTED, interval=None), False),
            (scanned(), replace(WANTED, interval=None, asked=True), True),
            (scanned(), replace(WANTED, blocked=frozenset("a"), asked=True), False),
        ],
    )
    def test_given_a_schedule_when_planned_then_a_synchronisation_is_due_or_not(
        self, source: Source, wanted: WantedBase, starts: bool
    ) -> None:
        assert bool(plan(wanted, seen(source), now=NOW)) == starts

    @pytest.mark.parametrize(("minutes", "starts"), [(29, False), (31, True)])
    def test_given_a_running_ingestion_when_due_then_another_only_after_its_timeout(
        self, minutes: int, starts: bool
    ) -> None:
        started_at = NOW - timedelta(minutes=minutes)
        running = Ingestion(id="i", source_id="s", state="running", created_at=started_at, finished_at=None)

        actions = plan(WANTED, seen(scanned(last_synced_at=None), ingestions=(running,)), now=NOW)

        assert bool(actions) == starts


class TestOverlap:
    @pytest.mark.parametrize(
        ("one", "other", "overlaps"),
        [
            ("a", "a", True),
            ("a", "a/b", True),
            ("a/b", "a", True),
            ("", "a", True),
            ("a", "ab", False),
            ("a/b", "a/c", False),
        ],
    )
    def test_given_two_prefixes_when_compared_then_they_overlap_by_folders(
        self, one: str, other: str, overlaps: bool
    ) -> None:
        assert overlap(one, other) == overlaps
