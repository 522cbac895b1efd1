"""A Tenant's status says what the tenant costs, and only what is known; the definition knows every field of it."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from caseplane_operator.platform import PlatformAdmin, PlatformRefusedError, PlatformUnreachableError
from caseplane_operator.platform_types import Costs, Usage
from caseplane_operator.tenants.look import TenantLook
from caseplane_operator.tenants.reconcile import _spent
from caseplane_operator.tenants.report import status_of

DEFINITION = Path(__file__).parents[3] / "charts" / "caseplane" / "files" / "crds" / "tenants.yaml"
COSTS = {
    "month": "2026-11", "basis": "estimated", "currency": "USD", "total": "120.5", "share": {}, "models": {},
    "sessions": 30, "durably_resolved": 20, "awaiting_durability": 3, "per_session": "4.0167",
    "per_resolved_case": "6.025",
}  # fmt: skip
USAGE = Usage(month="2026-11", calls=1, input_tokens=2, output_tokens=3, cost_usd=Decimal(1), budget_usd=None)


def look(**platform: Any) -> TenantLook:
    """A tenant that stands well, and what the platform says of it."""
    o = SimpleNamespace(
        now=lambda: datetime(2026, 11, 21, tzinfo=UTC),
        platform=SimpleNamespace(**platform),
        settings=SimpleNamespace(endpoint="https://api.example.com"),
    )
    found = SimpleNamespace(
        o=o,
        body={},
        status={},
        meta=SimpleNamespace(generation=1, deletion_timestamp=None),
        spec=SimpleNamespace(suspended=False, identity=None),
        tenant=SimpleNamespace(tenant_id="t-1", gone=False),
    )
    return cast("TenantLook", found)


def answering(value: Any) -> Any:
    async def answer(_: str) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    return answer


def told(costs: dict[str, Any]) -> dict[str, Any]:
    status = status_of(look(), None, [], USAGE, Costs.model_validate(costs), done=True)
    said: dict[str, Any] = status["costs"]
    return said


class TestStatus:
    def test_given_costs_when_reported_then_the_status_has_them_as_the_definition_spells_them(self) -> None:
        said = told(COSTS)

        assert said == {
            "month": "2026-11", "basis": "estimated", "currency": "USD", "total": "120.50", "sessions": 30,
            "durablyResolved": 20, "perSession": "4.0167", "perResolvedCase": "6.0250",
        }  # fmt: skip
        (version,) = yaml.safe_load(DEFINITION.read_text())["spec"]["versions"]
        status = version["schema"]["openAPIV3Schema"]["properties"]["status"]
        assert set(said) == set(status["properties"]["costs"]["properties"])

    def test_given_no_case_yet_when_reported_then_no_unit_cost_is_made_up(self) -> None:
        said = told({**COSTS, "durably_resolved": 0, "per_session": None, "per_resolved_case": None})

        assert not {"perSession", "perResolvedCase"} & set(said)


class TestSpent:
    @pytest.mark.parametrize(
        "error", [PlatformUnreachableError("away"), PlatformRefusedError("no route", status=404, problem="x")]
    )
    async def test_given_a_platform_that_tells_no_costs_when_asked_then_use_alone(
        self, error: Exception
    ) -> None:
        found = await _spent(look(usage=answering(USAGE), costs=answering(error)))

        assert found == (USAGE, None)

    async def test_given_a_platform_when_asked_then_by_the_tenants_id_at_the_costs_route(self) -> None:
        asked: list[tuple[str, str]] = []

        class Session(PlatformAdmin):
            async def call(self, method: str, path: str, *_: Any, **__: Any) -> Any:
                asked.append((method, path))
                return COSTS

        found = await Session(cast("Any", None), "http://gateway", "key").costs("t-1")

        assert (asked, found.total) == ([("GET", "/tenants/t-1/costs")], Decimal("120.5"))
