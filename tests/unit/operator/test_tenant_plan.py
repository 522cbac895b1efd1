"""The plan for a tenant, executed on a small model of the platform: from any state it ends in the wanted one."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from caseplane_operator.actions import Action
from caseplane_operator.crds import TenantSpec
from caseplane_operator.platform_types import AdminKey, Connector, Provider, Tenant
from caseplane_operator.tenants.look import conversation_setting
from caseplane_operator.tenants.plan import (
    CONNECTOR_NAME,
    AddConnector,
    AddProvider,
    DeleteSecret,
    EnsureTenant,
    EraseTenant,
    IssueKey,
    PatchConnector,
    PatchTenant,
    RemoveConnector,
    RemoveProvider,
    RestoreSecret,
    RevokeKey,
    SeenKey,
    SeenTenant,
    WantedConnector,
    WantedTenant,
    plan,
    plan_end,
    retired,
    tenant_change,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GRACE = timedelta(minutes=5)
OURS = "Kubernetes Secret ns/tenant-acme"


def provider(number: int, **fields: Any) -> Provider:
    whole = {
        "issuer": f"https://{number}.example",
        "audience": "a",
        "jwks_uri": None,
        "roles_claim": "roles",
        "entitlements_claim": "groups",
        "role_mapping": {},
        **fields,
    }
    return Provider(identity_provider_id=f"p{number}", **whole)


@dataclass
class Model:
    """A platform with one tenant."""

    seen: SeenTenant
    counter: int = 100
    done: list[Action] = field(default_factory=list)

    def apply(self, action: Action) -> None:
        self.done.append(action)
        self.counter += 1
        s = self.seen
        match action:
            case EnsureTenant(slug, body):
                tenant = Tenant(tenant_id="t", slug=slug, status="active", version=1, **body)
                self.seen = replace(s, tenant=tenant)
            case PatchTenant(change, version):
                assert s.tenant is not None
                assert version == s.tenant.version
                settings = {**s.tenant.settings, **change.get("settings", {})}
                rest = {k: v for k, v in change.items() if k != "settings"}
                tenant = s.tenant.model_copy(update={**rest, "settings": settings, "version": version + 1})
                self.seen = replace(s, tenant=tenant)
            case IssueKey(name, rotation):
                key = AdminKey(key_id=f"k{self.counter}", name=name, created_at=NOW)
                seen_key = SeenKey(key_id=key.key_id, rotation=rotation, works=True)
                self.seen = replace(s, key=seen_key, keys=(*(s.keys or ()), key))
            case RestoreSecret():
                assert s.key is not None
                self.seen = replace(s, key=replace(s.key, complete=True))
            case RevokeKey(key_id):
                self.seen = replace(s, keys=tuple(k for k in s.keys or () if k.key_id != key_id))
            case RemoveProvider(provider_id):
                left = [p for p in s.providers or () if p.identity_provider_id != provider_id]
                self.seen = replace(s, providers=tuple(left))
            case AddProvider(body):
                assert all(p.issuer != body["issuer"] for p in s.providers or ()), (
                    "an issuer is registered once"
                )
                self.seen = replace(s, providers=(*(s.providers or ()), provider(self.counter, **body)))
            case AddConnector() | PatchConnector() | RemoveConnector():
                self._connector(action)

    def _connector(self, action: Action) -> None:
        s = self.seen
        match action:
            case AddConnector(wanted):
                made = Connector(
                    connection_id=f"c{self.counter}",
                    kind=wanted.kind,
                    name=CONNECTOR_NAME,
                    hook_path="/",
                    version=1,
                    **wanted.body,
                )
                self.seen = replace(
                    s, connectors=(*(s.connectors or ()), made), secret_version=wanted.secret_version
                )
            case PatchConnector(connection_id, change, secret_of, version):
                (there,) = [c for c in s.connectors or () if c.connection_id == connection_id]
                assert there.version == version
                changed = there.model_copy(update={**change, "version": version + 1})
                others = tuple(c for c in s.connectors or () if c is not there)
                secret = secret_of.secret_version if secret_of else s.secret_version
                self.seen = replace(s, connectors=(*others, changed), secret_version=secret)
            case RemoveConnector(connection_id):
                left = tuple(c for c in s.connectors or () if c.connection_id != connection_id)
                self.seen = replace(s, connectors=left)


short = st.sampled_from(["a", "b", "c"])
limits = st.fixed_dictionaries({}, optional={"burst": st.integers(1, 3), "documents": st.integers(0, 2)})
settings = st.fixed_dictionaries({"limits": limits, "llm": st.just({})})
identities = st.none() | st.builds(
    lambda n, audience: {
        k: v for k, v in provider(n, audience=audience).model_dump().items() if k != "identity_provider_id"
    },
    st.integers(1, 3),
    short,
)
connectors = st.none() | st.builds(
    WantedConnector,
    kind=st.just("generic"),
    body=st.fixed_dictionaries(
        {
            "url": short,
            "enabled": st.booleans(),
            "settings": st.fixed_dictionaries({"max_attempts": st.integers(1, 3)}),
        }
    ),
    credentials=st.fixed_dictionaries({"secret": short}),
    secret_version=short,
)
wants = st.builds(
    WantedTenant,
    slug=st.just("acme"),
    display_name=short,
    suspended=st.booleans(),
    settings=settings,
    key_name=st.just(OURS),
    rotation=short,
    identity=identities,
    connector=connectors,
    connector_known=st.booleans(),
)
tenants = st.none() | st.builds(
    Tenant,
    tenant_id=st.just("t"),
    slug=st.just("acme"),
    display_name=short,
    status=st.sampled_from(["active", "suspended"]),
    settings=settings,
    version=st.integers(1, 5),
)
keys = st.lists(
    st.builds(
        AdminKey,
        key_id=st.integers(1, 6).map(lambda n: f"k{n}"),
        name=st.sampled_from([OURS, "an admin's"]),
        created_at=st.integers(0, 20).map(lambda n: NOW - timedelta(minutes=n)),
    ),
    max_size=4,
    unique_by=lambda key: key.key_id,
).map(tuple)
there_connectors = st.lists(
    st.builds(
        Connector,
        connection_id=st.integers(1, 9).map(lambda n: f"c{n}"),
        kind=st.just("generic"),
        name=st.sampled_from([CONNECTOR_NAME, "own"]),
        url=short,
        enabled=st.booleans(),
        settings=st.just({"max_attempts": 2, "newer": True}),
        hook_path=st.just("/"),
        version=st.integers(1, 5),
    ),
    max_size=2,
    unique_by=(lambda c: c.connection_id, lambda c: c.name),
).map(tuple)
states = st.builds(
    SeenTenant,
    tenant=tenants,
    key=st.none()
    | st.builds(
        SeenKey,
        key_id=st.integers(1, 6).map(lambda n: f"k{n}"),
        rotation=short,
        works=st.booleans(),
        complete=st.booleans(),
    ),
    keys=keys,
    providers=st.lists(st.integers(1, 4).map(provider), max_size=3, unique_by=lambda p: p.issuer).map(tuple),
    registered_issuer=st.sampled_from(["", "https://1.example", "https://2.example"]),
    connectors=there_connectors,
    secret_version=short,
)


def converge(wanted: WantedTenant, seen: SeenTenant, *, now: datetime = NOW) -> Model:
    """Plan and apply until nothing is left to do."""
    model = Model(seen)
    for _ in range(8):
        actions = plan(wanted, model.seen, now=now, grace=GRACE)
        if not actions:
            return model
        for action in actions:
            model.apply(action)
    raise AssertionError(f"the plan never ends: {model.done}")


class TestPlan:
    @examples(deadline=None, max_examples=60)
    @given(wanted=wants, seen=states)
    def test_given_any_state_when_planned_and_made_then_it_is_as_wanted(
        self, wanted: WantedTenant, seen: SeenTenant
    ) -> None:
        end = converge(wanted, seen).seen

        assert end.tenant is not None
        assert end.tenant.display_name == wanted.display_name
        assert (end.tenant.status == "suspended") == wanted.suspended
        assert {k: v for k, v in end.tenant.settings.items() if v} == {
            k: v for k, v in wanted.settings.items() if v
        }
        assert end.key is not None
        assert (end.key.works, end.key.complete, end.key.rotation) == (True, True, wanted.rotation)
        if wanted.identity is not None:
            assert [p.issuer for p in end.providers or ()] == [wanted.identity["issuer"]]
        ours = [c for c in end.connectors or () if c.name == CONNECTOR_NAME]
        if wanted.connector_known:
            assert [c.url for c in ours] == ([wanted.connector.body["url"]] if wanted.connector else [])

    @examples(deadline=None, max_examples=60)
    @given(wanted=wants, seen=states, cut=st.integers(0, 10))
    def test_given_a_crash_after_any_action_when_started_again_then_the_same_end(
        self, wanted: WantedTenant, seen: SeenTenant, cut: int
    ) -> None:
        model = Model(seen)
        while cut > 0:
            actions = plan(wanted, model.seen, now=NOW, grace=GRACE)[:cut]
            if not actions:
                break
            for action in actions:
                model.apply(action)
            cut -= len(actions)

        resumed = converge(wanted, model.seen).seen

        assert plan(wanted, resumed, now=NOW, grace=GRACE) == ()
        assert resumed.tenant is not None

    @examples(deadline=None, max_examples=60)
    @given(wanted=wants, seen=states)
    def test_given_what_others_made_when_planned_then_it_is_left_alone(
        self, wanted: WantedTenant, seen: SeenTenant
    ) -> None:
        end = converge(wanted, seen).seen

        def others(state: SeenTenant) -> list[str]:
            found = [c.connection_id for c in state.connectors or () if c.name != CONNECTOR_NAME]
            return found + [k.key_id for k in state.keys or () if k.name != OURS]

        assert others(end) == others(seen)
        if wanted.identity is None:
            kept = [p for p in seen.providers or () if p.issuer != seen.registered_issuer]
            assert list(end.providers or ()) == kept

    @examples(deadline=None, max_examples=60)
    @given(wanted=wants, seen=states)
    def test_given_the_grace_has_passed_when_planned_then_one_key_of_ours_is_left(
        self, wanted: WantedTenant, seen: SeenTenant
    ) -> None:
        later = NOW + GRACE + timedelta(hours=1)
        first = converge(wanted, seen).seen

        end = converge(wanted, first, now=later).seen

        known = [k for k in end.keys or () if k.key_id == (end.key and end.key.key_id)]
        if known:  # a key that the platform's list does not show has no age to count from
            assert retired(wanted, end) == []

    def test_given_words_of_the_assistant_when_set_then_they_are_a_setting_and_without_them_none_is_managed(
        self,
    ) -> None:
        given = {"assistantName": "Robin", "texts": {"greeting": {"en": "Welcome!"}}}

        spec = TenantSpec.model_validate({"conversation": given})

        assert conversation_setting(spec.conversation) == {
            "conversation": {"assistant_name": "Robin", "texts": {"greeting": {"en": "Welcome!"}}}
        }
        assert conversation_setting(None) == {}

    @pytest.mark.parametrize(
        ("spec", "there", "change"),
        [
            ({"documents": 0}, {}, {"documents": 0}),
            ({"documents": 5}, {"documents": 5}, None),
            ({"burst": 9}, {"burst": 9, "documents": 5}, {"burst": 9}),
            ({}, {"documents": 5}, {}),
        ],
    )
    def test_given_a_limit_on_documents_when_set_or_removed_then_the_platform_is_given_just_that(
        self, spec: dict[str, int], there: dict[str, int], change: dict[str, int] | None
    ) -> None:
        limits = TenantSpec.model_validate({"limits": spec}).limits.model_dump(exclude_none=True)
        wanted = WantedTenant(slug="acme", display_name="a", settings={"limits": limits})
        tenant = Tenant(
            tenant_id="t",
            slug="acme",
            display_name="a",
            status="active",
            settings={"limits": there},
            version=1,
        )

        found = tenant_change(wanted, tenant)

        assert found == ({} if change is None else {"settings": {"limits": change}})

    def test_given_a_workflow_configuration_when_the_resource_names_none_any_more_then_the_platform_clears_it(
        self,
    ) -> None:
        workflow = TenantSpec.model_validate({}).workflow.model_dump(exclude_none=True)
        wanted = WantedTenant(slug="acme", display_name="a", settings={"workflow": workflow})
        named = Tenant(
            tenant_id="t", slug="acme", display_name="a", status="active",
            settings={"workflow": {"configuration": "ecommerce"}}, version=1,
        )  # fmt: skip

        assert tenant_change(wanted, named) == {"settings": {"workflow": {}}}

    def test_given_a_tenant_being_erased_when_planned_then_wait(self) -> None:
        wanted = WantedTenant(slug="acme", display_name="a")
        tenant = Tenant(
            tenant_id="t", slug="acme", display_name="a", status="erasing", settings={}, version=1
        )

        assert plan(wanted, SeenTenant(tenant=tenant), now=NOW, grace=GRACE) == ()


class TestPlanEnd:
    @examples(deadline=None, max_examples=60)
    @given(seen=states)
    def test_given_retain_when_ended_then_only_our_keys_and_the_secret_go(self, seen: SeenTenant) -> None:
        actions = plan_end(seen, erase=False, key_name=OURS)

        revoked = {a.key_id for a in actions if isinstance(a, RevokeKey)}
        assert actions[-1] == DeleteSecret()
        assert EraseTenant() not in actions
        if seen.tenant is not None:
            assert revoked == {k.key_id for k in seen.keys or () if k.name == OURS}

    @examples(deadline=None, max_examples=60)
    @given(seen=states)
    def test_given_delete_when_ended_then_the_tenant_is_erased_if_there_is_one(
        self, seen: SeenTenant
    ) -> None:
        actions = plan_end(seen, erase=True, key_name=OURS)

        assert (EraseTenant() in actions) == (seen.tenant is not None)
