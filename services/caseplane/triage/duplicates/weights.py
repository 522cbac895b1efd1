"""The fitted numbers of the score. Written from `python -m caseplane.evaluation.fit_duplicates`; not to be edited by hand."""

from typing import Final

INTERCEPT: Final = -4.255
WEIGHTS: Final[dict[str, float]] = {
    "similarity": 8.324,
    "cover": -3.192,
    "overlap": -1.528,
    "agreement": -0.927,
    "whole": 3.703,
    "replaced": -2.028,
    "same_code": 2.421,
    "other_code": -2.729,
    "opposed": -1.256,
    "denied": -1.452,
}
VERSION: Final = "duplicates-1"
