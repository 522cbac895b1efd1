"""Groups of points: what belongs together, what belongs to none, and what people fixed."""

import asyncio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from caseplane.clustering import NONE, Centres, Labels, Options, assign, group, group_apart, match, sameness
from caseplane.clustering.tree import Linkage, cut, tree

Points = NDArray[np.float32]


def blobs(groups: int, each: int, *, spread: float = 0.06, seed: int = 0) -> tuple[Points, NDArray[np.int64]]:
    """Points of unit length around centres that are far apart, and the centre of each."""
    chance = np.random.default_rng(seed)
    centres = np.linalg.qr(chance.normal(size=(48, 48)))[0][:groups]
    truth = np.repeat(np.arange(groups), each)
    points = centres[truth] + chance.normal(scale=spread, size=(groups * each, 48))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32), truth


def keys(points: Points) -> NDArray[np.int64]:
    return np.arange(len(points), dtype=np.int64)


def agreement(found: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """Share of texts whose group is mostly of their kind."""
    inside = [np.bincount(truth[found == each]).max() for each in set(found[found != NONE].tolist())]
    return float(sum(inside)) / len(truth)


def test_given_few_points_around_centres_when_they_are_grouped_then_each_centre_is_a_topic() -> None:
    points, truth = blobs(5, 30)

    made = group(points, keys(points))

    assert len(made.themes) == 5
    assert agreement(made.topics, truth) > 0.9


def test_given_many_points_when_they_are_grouped_then_dense_places_are_topics() -> None:
    points, truth = blobs(8, 150)

    made = group(points, keys(points))

    assert len(made.themes) == 8
    assert agreement(made.topics, truth) > 0.8


def test_given_a_text_with_a_thousand_copies_when_it_is_grouped_then_the_other_topics_are_the_same() -> None:
    points, _ = blobs(8, 150)
    crowd = np.vstack([points, np.repeat(points[:1], 1000, axis=0)])
    same = np.concatenate([keys(points), np.zeros(1000, dtype=np.int64)])

    alone, together = group(points, keys(points)), group(crowd, same)

    assert len(together.themes) == len(alone.themes)
    assert len(set(together.topics[len(points) :].tolist())) == 1


def test_given_the_same_text_only_when_it_is_grouped_then_it_is_one_topic() -> None:
    points = np.repeat(blobs(1, 1)[0], 700, axis=0)

    made = group(points, np.zeros(700, dtype=np.int64))

    assert set(made.topics.tolist()) == {0}


def test_given_nothing_when_it_is_grouped_then_there_is_no_topic() -> None:
    made = group(np.zeros((0, 48), dtype=np.float32), np.zeros(0, dtype=np.int64))

    assert (len(made.topics), len(made.themes)) == (0, 0)


def test_given_points_that_lie_apart_when_they_are_grouped_then_they_belong_to_none() -> None:
    points, _ = blobs(4, 40)
    strangers = np.eye(48, dtype=np.float32)[:3] * -1
    made = group(np.vstack([points, strangers]), np.arange(163))

    assert set(made.topics[160:].tolist()) == {NONE}


def test_given_fixed_topics_when_the_rest_is_grouped_then_they_stay_and_take_in_what_is_alike() -> None:
    points, truth = blobs(4, 40)
    fixed = np.full(160, NONE, dtype=np.int64)
    fixed[:10], fixed[40:50] = 0, 1  # of the first and the second kind
    fixed[80] = 0  # a person put one of the third kind into the first topic

    made = group(points, keys(points), fixed=fixed)

    held = fixed != NONE
    assert (made.topics[held] == fixed[held]).all()
    assert np.bincount(made.topics[(truth == 0) & (made.topics >= 0)]).argmax() == 0
    assert np.bincount(made.topics[(truth == 1) & (made.topics >= 0)]).argmax() == 1


def test_given_two_fixed_topics_that_are_alike_when_they_are_grouped_then_they_stay_two() -> None:
    points, _ = blobs(1, 40)
    fixed = np.arange(40, dtype=np.int64) % 2

    made = group(points, keys(points), fixed=fixed)

    assert (made.topics == fixed).all()


def test_given_a_group_process_when_it_ends_then_it_says_the_same_as_this_one() -> None:
    points, _ = blobs(3, 20)

    apart = asyncio.run(group_apart(points, keys(points), options=Options(smallest=3)))

    here = group(points, keys(points), options=Options(smallest=3))
    assert (apart.grouping.topics == here.topics).all()
    assert apart.peak_mb > 0


def test_given_new_points_when_they_are_assigned_then_only_those_within_reach_are() -> None:
    points, _ = blobs(3, 40)
    made = group(points, keys(points))

    places, _ = assign(np.vstack([made.centres.points, -made.centres.points[:1]]), made.centres)

    assert places.tolist() == [0, 1, 2, NONE]
    assert assign(points[:2], Centres(np.zeros((0, 48), np.float32), np.zeros(0, np.float32)))[
        0
    ].tolist() == [-1, -1]


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 25), st.integers(0, 10_000), st.sampled_from(Linkage))
def test_given_any_points_when_their_tree_is_cut_then_it_is_that_of_scipy(
    count: int, seed: int, linkage: Linkage
) -> None:
    points = np.random.default_rng(seed).normal(size=(count, 6)).astype(np.float32)

    merges = tree(points, linkage)

    metric = "euclidean" if linkage is Linkage.ward else "sqeuclidean"
    known = hierarchy.linkage(points.astype(float), linkage.value, metric=metric)[:, 2]
    expected = known if linkage is Linkage.ward else np.sqrt(known)
    assert [height for *_, height in merges] == pytest.approx(sorted(expected), rel=1e-3)
    for height in expected:
        groups = cut(count, merges, height * 1.0001)
        assert len(set(groups.tolist())) == count - int((expected <= height * 1.0001).sum())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=60))
def test_given_two_runs_when_they_are_matched_then_the_match_is_one_to_one_and_of_common_members(
    rows: list[tuple[int, int]],
) -> None:
    before, after = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])

    found = match(before, after)

    assert len(set(found.values())) == len(found)
    assert all(((before == old) & (after == new)).any() for new, old in found.items())


def test_given_renumbered_groups_with_new_members_when_they_are_matched_then_each_is_found() -> None:
    before = np.array([0] * 20 + [1] * 30 + [NONE] * 5)
    after = np.array([3] * 18 + [2] * 2 + [1] * 30 + [3] * 5)

    assert match(before, after) == {3: 0, 1: 1}


def test_given_texts_that_differ_in_numbers_when_they_are_compared_then_they_are_the_same() -> None:
    assert sameness("Order #123 shipped!") == sameness("order 98765  shipped")
    assert sameness("Order shipped") != sameness("Order lost")


def test_given_texts_of_groups_when_they_are_labelled_then_common_words_are_left_out() -> None:
    labels = Labels()
    for _ in range(5):
        labels.add(0, "please help, my parcel is lost at the depot")
        labels.add(1, "please help, refund my invoice")
        labels.add(-1, "please help me")

    assert {"parcel", "lost", "depot"} <= set(labels.of(0))
    assert "please" not in labels.of(0)[:3]
