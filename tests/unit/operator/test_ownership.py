"""What the status says is ours stays ours until it is gone, also where a pass ended in the middle: nobody else would remove it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.crds import Source as WantedSource
from caseplane_operator.crds import Upload
from caseplane_operator.knowledge import report as of_base
from caseplane_operator.knowledge.look import BaseLook
from caseplane_operator.knowledge.plan import SeenBase, WantedBase
from caseplane_operator.platform_types import Connector, KnowledgeBase, Provider, Source
from caseplane_operator.tenants import report as of_tenant
from caseplane_operator.tenants.look import TenantLook
from caseplane_operator.tenants.plan import SeenTenant

AWAY = [Fault(Reason.PlatformUnreachable, "It does not answer.")]
ISSUER = "https://login.example"


def look(**more: Any) -> SimpleNamespace:
    """A resource in the middle of a pass."""
    return SimpleNamespace(
        o=SimpleNamespace(
            now=lambda: datetime(2026, 11, 21, tzinfo=UTC),
            settings=SimpleNamespace(endpoint="https://api.example"),
        ),
        body={},
        meta=SimpleNamespace(generation=1, deletion_timestamp=None),
        tenant_id="t",
        **more,
    )


def names(there: list[str], wanted: list[str], made: set[str], *, done: bool) -> list[str]:
    """What the status says of sources: those in the platform, in the spec, and known to be ours."""
    base = KnowledgeBase(id="b", name="ns/kb", description="", acl=[], documents=0, chunks=0, version=1)
    sources = tuple(
        Source(id=n, name=n, kind="upload", prefix="", acl=[], base_uri="", documents=0, last_synced_at=None)
        for n in there
    )
    status = of_base.status_of(
        cast(
            "BaseLook",
            look(status={}, made=made, request="", memory=SimpleNamespace(synced=set()), name="ns/kb"),
        ),
        WantedBase(name="ns/kb", sources=tuple(WantedSource(name=n, upload=Upload()) for n in wanted)),
        SeenBase(base=base, sources=sources, made=frozenset(made)),
        [] if done else AWAY,
        [],
        done=done,
    )
    return [s["name"] for s in status["sources"]]


class TestSources:
    @pytest.mark.parametrize(
        ("there", "wanted", "made", "done", "said"),
        [
            ([], ["a"], {"a"}, False, ["a"]),  # made or not: the answer was lost
            (["a", "b"], ["b"], {"a", "b"}, False, ["a", "b"]),  # not removed yet
            (["b"], ["b"], {"a", "b"}, True, ["b"]),
            (["b", "others"], ["b"], {"b"}, False, ["b"]),
        ],
    )
    def test_given_sources_of_ours_when_a_pass_ends_then_each_is_ours_until_it_is_gone(
        self, there: list[str], wanted: list[str], made: set[str], done: bool, said: list[str]
    ) -> None:
        assert names(there, wanted, made, done=done) == said


def inside(
    status: dict[str, Any], seen: SeenTenant, *, issuer: str | None, done: bool
) -> tuple[str | None, dict[str, Any] | None]:
    """What the status says of issuer and connector."""
    identity = SimpleNamespace(issuer=issuer) if issuer else None
    spec = SimpleNamespace(suspended=False, identity=identity)
    whole = look(status=status, spec=spec, tenant=None, place="ns/secret")
    said = of_tenant.status_of(cast("TenantLook", whole), seen, [] if done else AWAY, None, None, done=done)
    return said.get("identityIssuer"), said.get("connector")


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


ANNOUNCED = {"identityIssuer": ISSUER, "connector": {"secretVersion": "1"}}


class TestInside:
    @pytest.mark.parametrize("issuer", [ISSUER, None])
    def test_given_an_issuer_when_adding_or_removing_it_failed_then_it_is_still_ours(
        self, issuer: str | None
    ) -> None:
        there = () if issuer else (provider(),)
        seen = SeenTenant(providers=there)

        assert inside(ANNOUNCED, seen, issuer=issuer, done=False)[0] == ISSUER

    def test_given_a_connector_when_adding_it_failed_then_it_is_still_ours(self) -> None:
        said = inside(ANNOUNCED, SeenTenant(connectors=()), issuer=None, done=False)

        assert said[1] == {"secretVersion": "1"}

    def test_given_nothing_left_when_all_is_done_then_nothing_is_ours(self) -> None:
        seen = SeenTenant(providers=(), connectors=())

        assert inside(ANNOUNCED, seen, issuer=None, done=True) == (None, None)

    def test_given_a_connector_when_seen_then_its_hook_is_told(self) -> None:
        said = inside(ANNOUNCED, SeenTenant(connectors=(connector(),)), issuer=None, done=True)

        assert said[1] == {"secretVersion": "1", "id": "c", "hookUrl": "https://api.example/hooks/c"}
