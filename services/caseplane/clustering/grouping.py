"""Topics and themes of many texts.

Copies of a text count once. Dense places among the rest are small groups, often several for one topic; Ward's tree over
their centres joins them to topics, and higher up to themes. Groups that people fixed take part in the tree as they are.
What no group reaches is said to belong to none.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from caseplane.clustering.density import dense_groups
from caseplane.clustering.nearest import Centres, Matrix, Places, centres_of, nearest, reach_of
from caseplane.clustering.tree import Linkage, cut, tree

NONE: Final = -1
_FEW = 400
"""Texts of which a tree is made at once, because too few for density lie in each place."""
_NEAR = 0.85
"""Share of a topic's height up to which these texts are one small group."""
_LEAST, _MOST = 5, 25
_TEXTS_PER_SIZE = 1_500


@dataclass(frozen=True)
class Options:
    """How fine the groups are.

    Attributes:
        topics: height of Ward's tree up to which groups are one topic; measured with all-MiniLM-L6-v2.
        themes: likewise for themes.
        smallest: fewest tickets of a topic; 0 lets their number decide.
    """

    topics: float = 1.0
    themes: float = 2.0
    smallest: int = 0


@dataclass(frozen=True)
class Grouping:
    """The result for each text, and for each topic.

    Attributes:
        topics: of each text, or `NONE`; those that were fixed come first and keep their number.
        similarities: of each text to the centre of its topic, or of the nearest.
        themes: of each topic.
        centres: of the topics.
    """

    topics: Places
    similarities: NDArray[np.float32]
    themes: Places
    centres: Centres


def group(
    points: Matrix,
    keys: NDArray[np.int64],
    *,
    fixed: Places | None = None,
    options: Options | None = None,
) -> Grouping:
    """Group texts.

    Args:
        points: their vectors, of unit length.
        keys: equal for texts that count as one.
        fixed: the topic of each text that people decided on, from 0, or `NONE`; every number must occur.
        options: how fine.
    """
    options = options or Options()
    if not len(points):
        return _nothing(points.shape[1])
    held = np.full(len(points), NONE, dtype=np.int64) if fixed is None else fixed
    standing = int(held.max()) + 1
    free = np.flatnonzero(held == NONE)
    first, texts, copies = _without_copies(keys[free])
    single = points[free[first]]
    smallest = options.smallest or _smallest(len(single))
    small, core = _small_groups(single, copies, smallest, options.topics)
    count = int(small.max(initial=NONE)) + 1
    middles = np.vstack([centres_of(points, held, standing), centres_of(single, small, count)])
    of_small, themes = _joined(middles, standing, options)
    topics = np.where(small >= 0, of_small[standing + small], NONE) if count else small
    return _settled(points, held, free, topics[texts], core[texts], of_small, themes, smallest)


def _nothing(width: int) -> Grouping:
    none = np.zeros(0, dtype=np.int64)
    nothing = np.zeros(0, dtype=np.float32)
    return Grouping(none, nothing, none, Centres(np.zeros((0, width), dtype=np.float32), nothing))


def _without_copies(keys: NDArray[np.int64]) -> tuple[Places, Places, Places]:
    """The first of each text, which text each is, and how often each text comes."""
    _, first, texts, copies = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    return first, texts.reshape(-1), copies


def _smallest(texts: int) -> int:
    return min(_MOST, max(_LEAST, texts // _TEXTS_PER_SIZE))


def _small_groups(
    single: Matrix, copies: Places, smallest: int, height: float
) -> tuple[Places, NDArray[np.bool_]]:
    """A small group for each text, and whether the text is of its dense core."""
    if len(single) <= max(_FEW, 4 * smallest):
        if not len(single):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
        merges = tree(single, Linkage.average)
        return cut(len(single), merges, _NEAR * height), np.ones(len(single), dtype=bool)
    groups = dense_groups(single, smallest)
    # A text with many copies is dense by itself, though it counts once.
    for alone in np.flatnonzero((groups == NONE) & (copies >= smallest)):
        groups[alone] = groups.max() + 1
    core = groups >= 0
    if not core.any():
        return groups, core
    near, _ = nearest(single, centres_of(single, groups, int(groups.max()) + 1))
    return np.where(core, groups, near), core


def _joined(middles: Matrix, standing: int, options: Options) -> tuple[Places, Places]:
    """The topic of each small group, and the theme of each topic; the first `standing` stay apart."""
    if not len(middles):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    merges = tree(middles)
    groups = cut(len(middles), merges, options.topics)
    topics = np.empty(len(middles), dtype=np.int64)
    topics[:standing] = np.arange(standing)
    following = standing
    for group_id in range(int(groups.max()) + 1):
        members = np.flatnonzero(groups == group_id)
        stand, rest = members[members < standing], members[members >= standing]
        if not len(stand):
            topics[rest] = following
            following += 1
        elif len(rest):
            topics[rest] = stand[(middles[rest] @ middles[stand].T).argmax(axis=1)]
    above = cut(len(middles), merges, max(options.themes, options.topics))
    themes = np.empty(following, dtype=np.int64)
    themes[topics[::-1]] = above[::-1]  # of each topic's first small group
    return topics, np.unique(themes, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _settled(
    points: Matrix,
    held: Places,
    free: Places,
    topics: Places,
    core: NDArray[np.bool_],
    of_small: Places,
    themes: Places,
    smallest: int,
) -> Grouping:
    """Every text in the nearest topic that reaches it; topics with too few texts are none."""
    standing, count = int(held.max(initial=NONE)) + 1, len(themes)
    whole = held.copy()
    whole[free] = topics
    dense = held >= 0
    dense[free] = core & (topics >= 0)
    sizes = np.bincount(whole[whole >= 0], minlength=count)
    kept = np.flatnonzero((sizes >= smallest) | (np.arange(count) < standing))
    renamed = np.full(count + 1, NONE, dtype=np.int64)
    renamed[kept] = np.arange(len(kept))
    whole, dense = renamed[whole], dense & (renamed[whole] >= 0)
    if not len(kept):
        return Grouping(
            np.full(len(points), NONE, dtype=np.int64), np.zeros(len(points), dtype=np.float32), kept,
            Centres(np.zeros((0, points.shape[1]), dtype=np.float32), np.zeros(0, dtype=np.float32)),
        )  # fmt: skip
    centres = centres_of(points, np.where(dense, whole, NONE), len(kept))
    near, similarities = nearest(points, centres)
    near = np.where(held >= 0, whole, near)
    similarities = np.where(near == held, (points * centres[near]).sum(axis=1), similarities)
    reach = reach_of(similarities[dense], near[dense], len(kept))
    found = np.where((similarities >= reach[near]) | (held >= 0), near, NONE)
    kept_themes = np.unique(themes[kept], return_inverse=True)[1].reshape(-1).astype(np.int64)
    return Grouping(found, similarities.astype(np.float32), kept_themes, Centres(centres, reach))
