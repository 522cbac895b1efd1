"""Generated pages are what their code renders."""

import pytest
from tools.pages import PAGES, rendered, written

SLOW = {"02-design/infrastructure-parity.md"}
ELSEWHERE = {"docs/cost-estimates.md"}
"""Takes minutes; the tests that compute its tables compare them with it."""


class TestPages:
    @pytest.mark.parametrize(
        "path",
        [
            pytest.param(path, marks=[pytest.mark.slow, pytest.mark.timeout(1_800)] if path in SLOW else [])
            for path in sorted(PAGES.keys() - ELSEWHERE)
        ],
    )
    def test_given_page_when_rendered_then_it_is_the_one_committed(self, path: str) -> None:
        assert written(path) == rendered(path), f"{path} is stale: run `make docs PAGE={path}`"
