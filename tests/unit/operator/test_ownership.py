"""What the status lists as ours stays listed until it is gone, even if a pass ends early: otherwise it would never be removed."""

from typing import Any

import pytest
from tests.unit.operator.doubles import memory, operator, resource

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.crds import KnowledgeBaseSpec, TenantSpec, Upload
from caseplane_operator.crds import Source as WantedSource
from caseplane_operator.knowledge.plan import SeenBase, WantedBase
from caseplane_operator.knowledge.reconcile import KnowledgeBasePass
from caseplane_operator.platform_types import Connector, KnowledgeBase, Provider, Source
from caseplane_operator.tenants.plan import SeenTenant, WantedTenant
from caseplane_operator.tenants.reconcile import TenantPass

AWAY = [Fault(Reason.PlatformUnreachable, "It does not answer.")]
ISSUER = "https://login.example"


async def names(there: list[str], wanted: list[str], made: set[str], *, done: bool) -> list[str]:
    """The sources that the status lists, given those in the platform, in the spec, and made by the operator."""
    status = {"sources": [{"name": name} for name in sorted(made)]}
    look = KnowledgeBasePass(operator(), resource("KnowledgeBase", namespace="ns", status=status), memory())
    look.spec = KnowledgeBaseSpec.model_validate({"tenantRef": {"name": "acme"}})
    base = KnowledgeBase(id="b", name="ns/kb", description="", acl=[], documents=0, chunks=0, version=1)
    sources = tuple(
        Source(id=n, name=n, kind="upload", prefix="", acl=[], base_uri="", documents=0, last_synced_at=None)
        for n in there
    )
    report = await look.report(
        WantedBase(name="ns/kb", sources=tuple(WantedSource(name=n, upload=Upload()) for n in wanted)),
        SeenBase(base=base, sources=sources, made=frozenset(made)),
        faults=[] if done else AWAY,
        done=done,
    )
    return [s["name"] for s in report.fields["sources"]]


class TestSources:
    @pytest.mark.parametrize(
        ("there", "wanted", "made", "done", "listed"),
        [
            ([], ["a"], {"a"}, False, ["a"]),  # made or not: the answer was lost
            (["a", "b"], ["b"], {"a", "b"}, False, ["a", "b"]),  # not removed yet
            (["b"], ["b"], {"a", "b"}, True, ["b"]),
            (["b", "others"], ["b"], {"b"}, False, ["b"]),
        ],
    )
    async def test_given_sources_of_ours_when_a_pass_ends_then_each_is_listed_until_it_is_gone(
        self, there: list[str], wanted: list[str], made: set[str], done: bool, listed: list[str]
    ) -> None:
        assert await names(there, wanted, made, done=done) == listed


async def inside(seen: SeenTenant, *, issuer: str | None, done: bool) -> tuple[Any, Any]:
    """Issuer and connector that the status lists after a pass; both were announced before."""
    announced = {"identityIssuer": ISSUER, "connector": {"secretVersion": "1"}}
    identity = {"issuer": issuer, "audience": "a"} if issuer else None
    look = TenantPass(operator(), resource(status=announced), memory())
    look.spec = TenantSpec.model_validate({"identity": identity})
    look.memory.keys_due = False
    wanted = WantedTenant(slug="acme", display_name="Acme")
    report = await look.report(wanted, seen, faults=[] if done else AWAY, done=done)
    status = {**look.status, **report.fields}
    return status["identityIssuer"], status["connector"]


def provider() -> Provider:
    return Provider(
        identity_provider_id="p",
        issuer=ISSUER,
        jwks_uri=None,
        audience="a",
        roles_claim="roles",
        entitlements_claim="groups",
        role_mapping={},
    )


def connector() -> Connector:
    return Connector(
        connection_id="c",
        kind="generic",
        name="Kubernetes",
        url="https://desk.example",
        enabled=True,
        settings={},
        hook_path="/hooks/c",
        version=1,
    )


class TestInside:
    @pytest.mark.parametrize("issuer", [ISSUER, None])
    async def test_given_an_issuer_when_adding_or_removing_it_failed_then_it_is_still_ours(
        self, issuer: str | None
    ) -> None:
        there = () if issuer else (provider(),)

        listed, _ = await inside(SeenTenant(providers=there), issuer=issuer, done=False)

        assert listed == ISSUER

    async def test_given_a_connector_when_adding_it_failed_then_it_is_still_ours(self) -> None:
        _, listed = await inside(SeenTenant(connectors=()), issuer=None, done=False)

        assert listed == {"secretVersion": "1"}

    async def test_given_nothing_left_when_all_is_done_then_nothing_is_ours(self) -> None:
        seen = SeenTenant(providers=(), connectors=())

        assert await inside(seen, issuer=None, done=True) == (None, None)

    async def test_given_a_connector_when_seen_then_its_hook_is_reported(self) -> None:
        _, listed = await inside(SeenTenant(connectors=(connector(),)), issuer=None, done=True)

        assert listed == {"secretVersion": "1", "id": "c", "hookUrl": "https://api.example/hooks/c"}
