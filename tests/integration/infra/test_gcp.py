"""Google Cloud's stacks: what each setting does, the order of creation, and what is refused beforehand."""

from typing import Any

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import EngineError
from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.rules.gcp_cluster import CONTROL, POOL
from tests.integration.infra.simulator.rules.gcp_edge import ARMOR, BACKEND, CERTIFICATE
from tests.integration.infra.simulator.rules.gcp_keys import ACCOUNT, KEY_GRANT, LENT, RING
from tests.integration.infra.simulator.rules.gcp_network import ADDRESS, NAT, ROUTER, ZONE
from tests.integration.infra.simulator.rules.gcp_queue import SUBSCRIPTION, SUBSCRIPTION_GRANT, TOPIC_GRANT
from tests.integration.infra.simulator.rules.gcp_sql import INSTANCE, USER
from tests.integration.infra.simulator.rules.gcp_storage import BUCKET, BUCKET_GRANT
from tests.integration.infra.stacks import Stack, deployed, settings_of

from caseplane_infra.gcp import cluster
from caseplane_infra.gcp.network import Plan
from caseplane_infra.gcp.objects import bucket_name
from caseplane_infra.gcp.provider import GcpProject, account_id

slow = [pytest.mark.slow, pytest.mark.timeout(1_800)]


class TestNames:
    def test_given_longest_prefix_when_account_is_named_then_it_has_thirty_characters_at_most(self) -> None:
        prefix = "a23456789-123456789-1234"

        named = {account_id(prefix, each) for each in ("nodes", "escalation", "secrets")}

        assert {len(each) <= 30 for each in named} == {True}
        assert len(named) == 3

    def test_given_long_project_when_bucket_is_named_then_it_fits_and_differs_by_kind(self) -> None:
        project = object.__new__(GcpProject)
        project.prefix, project.id = "a23456789-123456789-1234", "p" * 30

        named = {bucket_name(project, each) for each in ("docs", "attachments", "audit")}

        assert {len(each) <= 63 for each in named} == {True}
        assert len(named) == 3


class TestPlan:
    @pytest.mark.parametrize("cidr", ["10.20.0.0/16", "10.20.0.0/20"])
    def test_given_range_when_cut_then_nothing_overlaps_and_everything_is_inside(self, cidr: str) -> None:
        settings = settings_of({**_config("gcp-dev"), "caseplane:network": {"cidr": cidr, "zones": 1}})

        plan = Plan.of(settings.network.cidr)

        rings = (plan.app, plan.data, plan.managed)
        assert all(each.subnet_of(settings.network.cidr) for each in rings)
        assert not plan.app.overlaps(plan.data)
        assert not any(each.overlaps(plan.managed) for each in (plan.app, plan.data))
        assert not any(plan.apis in each for each in rings)
        assert plan.managed.prefixlen <= 24, "Google's least for private services access"


class TestNodes:
    @pytest.mark.parametrize(
        ("desired", "maximum", "zones", "expected"), [(3, 4, 2, 2), (3, 9, 3, 1), (4, 4, 3, 1), (1, 1, 3, 1)]
    )
    def test_given_nodes_in_all_when_counted_per_zone_then_near_and_not_above_the_maximum(
        self, desired: int, maximum: int, zones: int, expected: int
    ) -> None:
        from caseplane_infra.contract import CoreNodes

        pool = CoreNodes(minimum=1, desired=desired, maximum=maximum)

        assert cluster.per_zone(pool, zones) == expected


def _config(name: str) -> dict[str, Any]:
    from tests.integration.infra.stacks import config_of

    return config_of(name)


def _up(make_engine: MakeEngine, name: str, **changes: Any) -> Stack:
    stack = deployed(make_engine, name, **changes)
    stack.engine.up()
    return stack


def _roles(cloud: Cloud, member: str) -> set[tuple[str, str]]:
    """What a workload may do with buckets: (kind, role)."""
    grants = [each for each in cloud.of(BUCKET_GRANT) if member in each.inputs["member"]]
    return {(each.inputs["bucket"].rsplit("-", 1)[1], each.inputs["role"]) for each in grants}


def _made(stack: Stack, record: Record) -> int:
    """Number of the operation that made a resource."""
    journal = stack.cloud.faults.journal
    return next(each.number for each in journal if (each.kind, each.name) == (record.kind, record.name))


class TestDev:
    pytestmark = slow

    def test_given_dev_when_brought_up_then_small_private_and_complete(self, make_engine: MakeEngine) -> None:
        stack = _up(make_engine, "gcp-dev")
        cloud = stack.cloud

        assert cloud.of(NAT, ROUTER, ADDRESS) == [], "no way out"
        assert cloud.of(ARMOR, BACKEND, CERTIFICATE) == [], "no edge without a domain"
        assert {each.inputs["visibility"] for each in cloud.of(ZONE)} == {"private"}
        assert cloud.one(CONTROL).inputs["location"] == "us-central1-a"
        machines = {each.inputs["nodeConfig"]["machineType"] for each in cloud.of(POOL)}
        assert machines == {"c4a-standard-2", "c4a-highcpu-2"}
        assert cloud.one(USER).inputs["name"] == "gc_admin", "migrations make the services' login"
        self._dead_letters(cloud)
        self._least_rights(cloud)
        self._order(stack)

    def _dead_letters(self, cloud: Cloud) -> None:
        jobs = cloud.one(SUBSCRIPTION, name="gc-tkt-dev-jobs-sub")
        assert jobs.inputs["deadLetterPolicy"]["maxDeliveryAttempts"] == 5
        assert cloud.one(SUBSCRIPTION, name="gc-tkt-dev-jobs-dlq-sub").inputs["topic"].endswith("-jobs-dlq")
        publishes = {each.inputs["topic"] for each in cloud.of(TOPIC_GRANT) if "gcp-sa-pubsub" in each.id}
        takes = {
            each.inputs["subscription"] for each in cloud.of(SUBSCRIPTION_GRANT) if "gcp-sa-pubsub" in each.id
        }
        assert (publishes, takes) == ({"gc-tkt-dev-jobs-dlq"}, {"gc-tkt-dev-jobs-sub"})

    def _least_rights(self, cloud: Cloud) -> None:
        assert len(cloud.of(LENT)) == 10, "each workload has its own account"
        assert len(cloud.of(ACCOUNT)) == 11, "and the nodes another"
        assert _roles(cloud, "dev-operator") == set()
        assert _roles(cloud, "dev-orchestr") == {("audit", "roles/storage.objectCreator")}
        agents = {each.inputs["member"].split("@")[1].split(".")[0] for each in cloud.of(KEY_GRANT)}
        assert len(agents) == 8, "one grant per agent that encrypts"

    def _order(self, stack: Stack) -> None:
        cloud = stack.cloud
        database, control = cloud.one(INSTANCE), cloud.one(CONTROL)
        for grant in cloud.of(KEY_GRANT):
            assert _made(stack, grant) < min(_made(stack, database), _made(stack, control))
        for lent in cloud.of(LENT):
            assert _made(stack, control) < _made(stack, lent)

    def test_given_destroyed_stack_when_made_again_then_names_that_google_keeps_are_new(
        self, make_engine: MakeEngine
    ) -> None:
        stack = _up(make_engine, "gcp-dev")
        before = {stack.cloud.one(each).id for each in (RING, INSTANCE)}
        stack.engine.destroy()

        stack.engine.up()

        assert before.isdisjoint({stack.cloud.one(each).id for each in (RING, INSTANCE)})
        assert before <= {id_ for _, id_ in stack.cloud.taken}

    def test_given_qdrant_and_a_way_out_when_brought_up_then_disks_are_encrypted_and_the_address_is_known(
        self, make_engine: MakeEngine
    ) -> None:
        stack = deployed(
            make_engine,
            "gcp-dev",
            vectors={"backend": "qdrant"},
            network={"nat": "single"},
            llm={"enabled": False},
        )

        outputs = stack.engine.up().outputs

        assert outputs["vector_store"] == "qdrant"
        assert outputs["egress_addresses"] == [stack.cloud.one(ADDRESS).outputs["address"]]
        assert outputs["models"] == {}

    def test_given_project_without_billing_when_brought_up_then_refused_before_anything_is_made(
        self, make_engine: MakeEngine
    ) -> None:
        stack = deployed(make_engine, "gcp-dev")
        stack.cloud.account["billing"] = ""

        with pytest.raises(EngineError, match="has no billing account"):
            stack.engine.up()

        assert stack.cloud.of(INSTANCE, BUCKET, CONTROL) == []

    def test_given_other_project_when_brought_up_then_refused(self, make_engine: MakeEngine) -> None:
        stack = deployed(make_engine, "gcp-dev")
        stack.cloud.account["project"] = "another-project"

        with pytest.raises(EngineError, match="no access to project caseplane-example-dev"):
            stack.engine.up()

        assert stack.cloud.of() == []


class TestProd:
    pytestmark = slow

    def test_given_prod_when_brought_up_then_highly_available_recoverable_and_private(
        self, make_engine: MakeEngine
    ) -> None:
        cloud = _up(make_engine, "gcp-prod").cloud

        server = cloud.one(INSTANCE).inputs
        assert server["deletionProtection"] is True
        assert server["settings"]["availabilityType"] == "REGIONAL"
        assert server["settings"]["backupConfiguration"]["pointInTimeRecoveryEnabled"] is True
        assert server["settings"]["ipConfiguration"]["ipv4Enabled"] is False
        assert server["settings"]["ipConfiguration"]["sslMode"] == "ENCRYPTED_ONLY"
        control = cloud.one(CONTROL).inputs
        assert control["privateClusterConfig"]["enablePrivateEndpoint"] is True
        assert len(control["nodeLocations"]) == 3
        assert len(cloud.of(ADDRESS)) == 3
        open_ = [each for each in cloud.of(BUCKET) if each.inputs["publicAccessPrevention"] != "enforced"]
        assert [each.name for each in open_] == ["edge-console"]
        assert cloud.one(BUCKET, name="gc-tkt-prod-caseplane-example-prod-audit").inputs[
            "retentionPolicy"
        ] == {
            "retentionPeriod": str(400 * 86_400),
            "isLocked": True,
        }
