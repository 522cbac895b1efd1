"""Groups of texts by meaning, from their vectors: topics, the themes above them, and what belongs to none.

Pure: no service, database or network.
"""

from caseplane.clustering.grouping import NONE, Grouping, Options, group
from caseplane.clustering.labelling import Labels, typical
from caseplane.clustering.matching import match
from caseplane.clustering.nearest import Centres, assign
from caseplane.clustering.sameness import sameness
from caseplane.clustering.separate import group_apart

__all__ = [
    "NONE",
    "Centres",
    "Grouping",
    "Labels",
    "Options",
    "assign",
    "group",
    "group_apart",
    "match",
    "sameness",
    "typical",
]
