"""Azure's stacks: what each setting does, the order of creation, and what is refused beforehand."""

from ipaddress import IPv4Network
from typing import Any

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import EngineError
from tests.integration.infra.simulator import random_provider
from tests.integration.infra.simulator.cloud import Record
from tests.integration.infra.simulator.rules.azure_book import ASSIGNMENT, CREDENTIAL, IDENTITY, LOCK, ROLES
from tests.integration.infra.simulator.rules.azure_cluster import CLUSTER, POOL
from tests.integration.infra.simulator.rules.azure_data import CONTAINER, SERVER, SETTING, STORAGE
from tests.integration.infra.simulator.rules.azure_edge import BINDING, FIREWALL, PROFILE, ROUTE
from tests.integration.infra.simulator.rules.azure_keys import KEY, SECRET, VAULT
from tests.integration.infra.simulator.rules.azure_network import ADDRESS, NAT, SUBNET
from tests.integration.infra.simulator.rules.azure_private import ENDPOINT
from tests.integration.infra.simulator.rules.azure_queue import NAMESPACE, SUBSCRIPTION
from tests.integration.infra.simulator.rules.azure_registry import CACHE, REGISTRY
from tests.integration.infra.simulator.rules.azure_watch import ACCOUNT, MODEL
from tests.integration.infra.stacks import Stack, deployed

from caseplane_infra.azure import nodes
from caseplane_infra.azure.network import Plan
from caseplane_infra.contract import NetworkNeeds

slow = [pytest.mark.slow, pytest.mark.timeout(1_800)]


class TestPlan:
    @pytest.mark.parametrize("nat", ["none", "single", "per_zone"])
    @pytest.mark.parametrize("cidr", ["10.20.0.0/16", "10.20.0.0/20"])
    def test_given_range_when_cut_then_nothing_overlaps_and_everything_is_inside(
        self, cidr: str, nat: Any
    ) -> None:
        needs = NetworkNeeds(cidr=IPv4Network(cidr), zones=3, nat=nat)

        plan = Plan.of(needs)

        parts = [*plan.app, plan.endpoints, plan.control, plan.database]
        assert all(each.subnet_of(needs.cidr) for each in parts)
        assert not any(one.overlaps(other) for one in parts for other in parts if one is not other)
        assert len(plan.app) == (3 if nat == "per_zone" else 1)
        assert all(each.prefixlen <= 28 for each in (plan.control, plan.database)), "the least that is lent"


class TestNodes:
    @pytest.mark.parametrize(
        ("total", "rings", "expected"), [(3, 1, [3]), (9, 3, [3, 3, 3]), (4, 3, [2, 1, 1])]
    )
    def test_given_nodes_in_all_when_shared_among_zones_then_they_sum_up(
        self, total: int, rings: int, expected: list[int]
    ) -> None:
        assert [nodes.shared(total, rings, index) for index in range(rings)] == expected


def _up(make_engine: MakeEngine, name: str, **changes: Any) -> Stack:
    stack = deployed(make_engine, name, **changes)
    stack.engine.up()
    return stack


def _rights(stack: Stack, workload: str) -> set[tuple[str, str]]:
    """What a workload may do: (role, last word of the scope)."""
    identity = next(each for each in stack.cloud.of(IDENTITY) if each.name == f"identity-{workload}")
    return {
        (ROLES[each.inputs["roleDefinitionId"].rpartition("/")[2]], each.inputs["scope"].rpartition("/")[2])
        for each in stack.cloud.of(ASSIGNMENT)
        if each.inputs["principalId"] == identity.get("principalId")
    }


def _made(stack: Stack, record: Record) -> int:
    """Number of the operation that made a resource."""
    journal = stack.cloud.faults.journal
    return next(each.number for each in journal if (each.kind, each.name) == (record.kind, record.name))


class TestDev:
    pytestmark = slow

    def test_given_dev_when_brought_up_then_small_closed_and_complete(self, make_engine: MakeEngine) -> None:
        stack = _up(make_engine, "azure-dev")
        cloud = stack.cloud

        assert len(cloud.of(NAT)) == 1
        assert cloud.of(ENDPOINT, PROFILE, LOCK) == []
        assert cloud.one(SERVER).inputs["sku"]["tier"] == "Burstable"
        assert cloud.one(NAMESPACE).inputs["sku"]["name"] == "Standard"
        for kind, key in ((STORAGE, "networkRuleSet"), (ACCOUNT, "properties.networkAcls")):
            rules = cloud.one(kind).inputs
            for step in key.split("."):
                rules = rules[step]
            assert rules["defaultAction"] == "Deny"
            assert len(rules["virtualNetworkRules"]) == 1, "the app subnet alone"
        settings = {each.inputs["configurationName"]: each.inputs["value"] for each in cloud.of(SETTING)}
        assert settings["azure.extensions"] == "VECTOR"
        assert settings["require_secure_transport"] == "on"

    def test_given_passwords_drawn_without_digits_when_brought_up_then_the_database_takes_them(
        self, make_engine: MakeEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            random_provider, "_text", lambda inputs: {**inputs, "result": "a" * inputs["length"]}
        )

        stack = _up(make_engine, "azure-dev")

        assert len(stack.cloud.of(SERVER)) == 1

    def test_given_dev_when_brought_up_then_each_workload_has_its_own_few_rights(
        self, make_engine: MakeEngine
    ) -> None:
        stack = _up(make_engine, "azure-dev")

        assert (
            len(stack.cloud.of(CREDENTIAL)) == 10
        )  # of seven services, worker, operator and External Secrets
        assert _rights(stack, "gateway") == set()
        assert _rights(stack, "platform") == {
            ("Storage Blob Data Reader", "docs"),
            ("Storage Blob Data Reader", "attachments"),
        }
        assert _rights(stack, "operator") == set()
        secrets = {each.inputs["secretName"] for each in stack.cloud.of(SECRET)}
        assert _rights(stack, "external-secrets") == {("Key Vault Secrets User", each) for each in secrets}
        assert ("Azure Service Bus Data Receiver", "jobs") in _rights(stack, "worker")

    def test_given_models_elsewhere_when_brought_up_then_their_key_is_there_too_and_of_the_size_they_take(
        self, make_engine: MakeEngine
    ) -> None:
        cloud = _up(make_engine, "azure-dev", llm={"region": "westus3"}).cloud

        vaults = {each.inputs["vaultName"]: each.inputs["location"] for each in cloud.of(VAULT)}
        sizes = {
            vaults[each.inputs["vaultName"]]: each.inputs["properties"]["keySize"] for each in cloud.of(KEY)
        }
        assert sizes == {"eastus": 3_072, "westus3": 2_048}
        assert cloud.one(ACCOUNT).inputs["location"] == "westus3"

    def test_given_dev_when_brought_up_then_dependencies_are_made_first(
        self, make_engine: MakeEngine
    ) -> None:
        stack = _up(make_engine, "azure-dev")
        cloud = stack.cloud
        grant = next(each for each in cloud.of(ASSIGNMENT) if each.name == "keys-unwraps")

        # The grant is on the key's vault, so that it may come before the key itself.
        key = next(each for each in cloud.of(KEY) if each.name == "keys-key")
        usable = max(_made(stack, key), _made(stack, grant))

        assert usable < _made(stack, cloud.one(STORAGE)) < _made(stack, cloud.one(SUBSCRIPTION))
        assert _made(stack, cloud.one(CLUSTER)) < min(_made(stack, each) for each in cloud.of(CREDENTIAL))
        vaults = {each.name for each in cloud.of(VAULT)}
        assert vaults == {"keys-vault", "secrets-vault"}

    def test_given_models_disabled_when_brought_up_then_no_account_is_made(
        self, make_engine: MakeEngine
    ) -> None:
        stack = _up(make_engine, "azure-dev", llm={"enabled": False})

        assert stack.cloud.of(ACCOUNT, MODEL) == []

    def test_given_no_internet_access_when_brought_up_then_the_cluster_uses_the_registry(
        self, make_engine: MakeEngine
    ) -> None:
        stack = _up(make_engine, "azure-dev", network={"nat": "none", "endpoints": True})
        aks = stack.cloud.one(CLUSTER).inputs

        assert stack.cloud.of(NAT, ADDRESS) == []
        cached = {each.inputs["sourceRepository"] for each in stack.cloud.of(CACHE)}
        assert cached == {"mcr.microsoft.com/*", "ghcr.io/external-secrets/*", "ghcr.io/kedacore/*"}
        assert aks["networkProfile"]["outboundType"] == "none"
        assert aks["apiServerAccessProfile"]["enableVnetIntegration"] is True
        assert stack.cloud.one(REGISTRY).inputs["sku"]["name"] == "Premium"

    def test_given_qdrant_when_brought_up_then_its_disks_have_the_own_key(
        self, make_engine: MakeEngine
    ) -> None:
        stack = _up(make_engine, "azure-dev", vectors={"backend": "qdrant"})

        assert stack.engine.shown_outputs()["vector_store"] == "qdrant"

    def test_given_other_subscription_when_previewed_then_refused(self, make_engine: MakeEngine) -> None:
        stack = deployed(make_engine, "azure-dev")
        stack.cloud.account["subscription"] = "11111111-2222-3333-4444-555555555555"

        with pytest.raises(EngineError, match="SubscriptionNotFound"):
            stack.engine.preview()


class TestProd:
    pytestmark = slow

    def test_given_prod_when_brought_up_then_available_private_and_locked(
        self, make_engine: MakeEngine
    ) -> None:
        stack = _up(make_engine, "azure-prod")
        cloud = stack.cloud

        server = cloud.one(SERVER).inputs
        assert server["highAvailability"]["mode"] == "ZoneRedundant"
        assert server["network"]["publicNetworkAccess"] == "Disabled"
        assert (
            len(cloud.of(NAT)) == len([each for each in cloud.of(SUBNET) if "natGateway" in each.inputs]) == 3
        )
        assert len(cloud.of(LOCK)) == 3
        assert len(cloud.of(ENDPOINT)) == 5
        assert cloud.one(CLUSTER).inputs["apiServerAccessProfile"]["enablePrivateCluster"] is True
        assert {each.inputs["availabilityZones"][0] for each in cloud.of(POOL)} == {"1", "2", "3"}
        workers = [each for each in cloud.of(POOL) if each.inputs["agentPoolName"].startswith("workers")]
        assert {each.inputs["scaleSetPriority"] for each in workers} == {"Spot"}

    def test_given_prod_when_brought_up_then_the_edge_is_guarded(self, make_engine: MakeEngine) -> None:
        cloud = _up(make_engine, "azure-prod").cloud

        assert cloud.one(FIREWALL).inputs["policySettings"]["mode"] == "Prevention"
        guarded = cloud.one(BINDING).inputs["parameters"]["associations"][0]["domains"]
        assert len(guarded) == len(cloud.of(ROUTE)) == 2
        assert {each.inputs["forwardingProtocol"] for each in cloud.of(ROUTE)} == {"HttpsOnly"}

    def test_given_prod_when_its_database_is_renamed_then_refused_before_anything_is_lost(
        self, make_engine: MakeEngine
    ) -> None:
        stack = _up(make_engine, "azure-prod")

        with pytest.raises(EngineError, match="protect"):
            stack.changed(database={"admin": "other_admin"}).engine.up()

        assert stack.cloud.one(SERVER).inputs["administratorLogin"] == "gc_admin"
        assert {each.inputs["containerName"] for each in stack.cloud.of(CONTAINER)} == {
            "docs",
            "attachments",
            "audit",
        }
