"""The lifecycle of every cloud stack of this repository on the real engine: up, refresh, up again, destroy."""

import time
from typing import Any

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import SECRET, EngineError
from tests.integration.infra.stacks import CLOUD_STACKS, PROTECTING, deployed, settings_of

from caseplane_infra.verify import failed, verify

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]

REFUSED = "protect|ScopeLocked"
"""By the engine, or on Azure by a lock if that is checked first."""


class TestLife:
    @pytest.mark.parametrize("name", CLOUD_STACKS)
    def test_given_stack_when_it_is_made_and_taken_down_then_each_step_does_its_part_and_nothing_is_left(
        self, make_engine: MakeEngine, name: str, record_property: Any
    ) -> None:
        stack, began = deployed(make_engine, name), time.monotonic()
        engine, cloud = stack.engine, stack.cloud

        preview = engine.preview()
        assert cloud.of() == [], "a preview made something"

        up = engine.up()
        assert up.changes == preview.changes
        assert cloud.orphans(engine.ids()) == []
        assert cloud.missing(engine.ids()) == []

        assert engine.up().changed == 0
        assert engine.refresh().changed == 0
        rows = verify(settings_of(stack.config), engine.state())
        assert list(failed(rows)) == []
        record_property("resources", len(engine.resources()))
        record_property("rows", len(rows))

        if stack.protected:
            kept = [(each["type"], each["id"]) for each in engine.resources() if each.get("protect")]
            with pytest.raises(EngineError, match=REFUSED):
                engine.destroy()
            assert set(kept) <= set(engine.ids()), "the state lost something protected"
            assert cloud.missing(kept) == [], "something protected was deleted"
            stack = stack.unprotected()
            stack.engine.up()
        stack.engine.destroy()
        assert stack.engine.resources() == []
        assert cloud.of() == []
        record_property("seconds", round(time.monotonic() - began))


class TestSecrets:
    @pytest.mark.parametrize("name", [each for each in CLOUD_STACKS if each.endswith("-dev")])
    def test_given_stack_when_brought_up_then_passwords_are_in_the_store_alone(
        self, make_engine: MakeEngine, name: str
    ) -> None:
        stack = deployed(make_engine, name)

        up = stack.engine.up()

        drawn = stack.draws.secrets
        assert len(drawn) >= 4, "service secret, admin key, two database passwords"
        assert SECRET not in str(up.outputs)
        shown, state = str(stack.engine.outputs()), str(stack.engine.state())
        assert [each for each in drawn if each in shown] == []
        assert [each for each in drawn if each in state] == []

    @pytest.mark.parametrize("name", [each for each in CLOUD_STACKS if each.endswith("-dev")])
    def test_given_password_in_use_when_brought_up_again_with_other_sizes_then_it_stays(
        self, make_engine: MakeEngine, name: str
    ) -> None:
        stack = deployed(make_engine, name)
        stack.engine.up()
        before = list(stack.draws.secrets)

        stack.changed(queue={"visibility_seconds": 90}).engine.up()

        assert stack.draws.secrets == before


class TestProtection:
    @pytest.mark.parametrize("name", [each for each in CLOUD_STACKS if each.endswith("-prod")])
    def test_given_prod_when_read_then_everything_that_holds_data_is_protected(
        self, make_engine: MakeEngine, name: str
    ) -> None:
        settings = settings_of(deployed(make_engine, name).config)

        assert [each for each in PROTECTING if not getattr(settings, each).protect] == []
