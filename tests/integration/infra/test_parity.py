"""Every empty cell of the parity table in the design has a reason."""

from collections import Counter

import pytest
from tools.pages.parity import CLOUDS, EMPTY, page, parts


class TestPage:
    def test_given_part_without_resources_when_written_then_refused_unless_it_is_explained(self) -> None:
        whole = {
            cloud: {part: Counter({"a.B": 1}) for part in parts() if (part, cloud) not in EMPTY}
            for cloud in CLOUDS
        }
        assert "| Network | a.B | a.B | a.B |" in page(whole)

        lacking = {**whole, "gcp": {key: each for key, each in whole["gcp"].items() if key != "Queue"}}

        with pytest.raises(LookupError, match="Queue on gcp"):
            page(lacking)
