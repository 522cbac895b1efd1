"""A Tenant's status has its costs as far as they are known; the definition knows every field of them."""

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml
from tests.unit.operator.doubles import memory, operator, resource

from caseplane_operator.crds import TenantSpec
from caseplane_operator.platform import PlatformAdmin, PlatformRefusedError, PlatformUnreachableError
from caseplane_operator.platform_types import Costs, Tenant, Usage
from caseplane_operator.tenants.plan import SeenTenant, WantedTenant
from caseplane_operator.tenants.reconcile import TenantPass

DEFINITION = Path(__file__).parents[3] / "charts" / "caseplane" / "files" / "crds" / "tenants.yaml"
COSTS = {
    "month": "2026-11", "basis": "estimated", "currency": "USD", "total": "120.5", "share": {}, "models": {},
    "sessions": 30, "durably_resolved": 20, "awaiting_durability": 3, "per_session": "4.0167",
    "per_resolved_case": "6.025",
}  # fmt: skip
USAGE = Usage(month="2026-11", calls=1, input_tokens=2, output_tokens=3, cost_usd=Decimal(1), budget_usd=None)
TENANT = Tenant(tenant_id="t-1", slug="acme", display_name="Acme", status="active", settings={}, version=1)


async def reported(costs: Any) -> dict[str, Any]:
    """What a Tenant's status gains after a pass, given the platform's costs, or its error."""

    async def answer(value: Any) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    platform = SimpleNamespace(usage=lambda _: answer(USAGE), costs=lambda _: answer(costs))
    look = TenantPass(operator(platform), resource(), memory())
    look.spec, look.tenant = TenantSpec(), TENANT
    wanted = WantedTenant(slug="acme", display_name="Acme")
    return (await look.report(wanted, SeenTenant(tenant=TENANT), faults=[], done=True)).fields


class TestReport:
    async def test_given_costs_when_reported_then_the_status_has_them_as_the_definition_spells_them(
        self,
    ) -> None:
        found = (await reported(Costs.model_validate(COSTS)))["costs"]

        assert found == {
            "month": "2026-11", "basis": "estimated", "currency": "USD", "total": "120.50", "sessions": 30,
            "durablyResolved": 20, "perSession": "4.0167", "perResolvedCase": "6.0250",
        }  # fmt: skip
        (version,) = yaml.safe_load(DEFINITION.read_text())["spec"]["versions"]
        status = version["schema"]["openAPIV3Schema"]["properties"]["status"]
        assert set(found) == set(status["properties"]["costs"]["properties"])

    async def test_given_no_case_yet_when_reported_then_no_unit_cost_is_made_up(self) -> None:
        none_yet = {**COSTS, "durably_resolved": 0, "per_session": None, "per_resolved_case": None}

        found = (await reported(Costs.model_validate(none_yet)))["costs"]

        assert not {"perSession", "perResolvedCase"} & set(found)

    @pytest.mark.parametrize(
        "error", [PlatformUnreachableError("away"), PlatformRefusedError("no route", status=404, problem="x")]
    )
    async def test_given_a_platform_that_reports_no_costs_when_reported_then_use_alone(
        self, error: Exception
    ) -> None:
        found = await reported(error)

        assert (found["usage"]["calls"], "costs" in found) == (1, False)


class TestSession:
    async def test_given_a_platform_when_asked_for_costs_then_by_the_tenants_id_at_the_costs_route(
        self,
    ) -> None:
        asked: list[tuple[str, str]] = []

        class Session(PlatformAdmin):
            async def call(self, method: str, path: str, *_: Any, **__: Any) -> Any:
                asked.append((method, path))
                return COSTS

        found = await Session(cast("Any", None), "http://gateway", "key").costs("t-1")

        assert (asked, found.total) == ([("GET", "/tenants/t-1/costs")], Decimal("120.5"))
