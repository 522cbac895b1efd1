"""The parity table in the design is what the engine plans now, and no cell of it is empty without a reason."""

import os
from collections import Counter
from pathlib import Path

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.parity import CLOUDS, EMPTY, made_of, page, parts
from tests.integration.infra.stacks import deployed

PAGE = Path(__file__).parents[3] / "02-design" / "infrastructure-parity.md"


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

    @pytest.mark.slow
    @pytest.mark.timeout(1_800)
    def test_given_prod_stacks_when_planned_then_the_page_is_current(self, make_engine: MakeEngine) -> None:
        made = {
            cloud: made_of(deployed(make_engine, f"{cloud}-prod").engine.preview().steps) for cloud in CLOUDS
        }

        now = page(made)

        if os.environ.get("CASEPLANE_WRITE_PARITY"):
            PAGE.write_text(now)
        assert PAGE.read_text() == now
