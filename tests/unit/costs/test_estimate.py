"""From a resource to its lines, and options."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.costs.planned import BASELINE

from caseplane_costs.catalog import load
from caseplane_costs.estimate import UnpricedError, estimate, strict
from caseplane_costs.lines import Estimate, Line
from caseplane_costs.options import Options
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Resource, Stack
from caseplane_costs.usage import parse

TODAY = date(2026, 11, 21)


def resource(kind: str, name: str = "it", *, op: str = "create", **inputs: Any) -> Resource:
    return Resource(urn=f"urn:pulumi:aws-prod::caseplane::{kind}::{name}", type=kind, inputs=inputs, op=op)


def priced(*resources: Resource, cloud: str = "aws", region: str = "us-east-1", **given: Any) -> Estimate:
    stack = Stack(name=f"{cloud}-prod", resources=resources, config=given.pop("config", {}))
    given.setdefault("usage", BASELINE)
    return estimate(stack, region=region, catalog=load(cloud), today=TODAY, **given)


def by_sku(found: Estimate) -> dict[str, Line]:
    return {each.sku: each for each in found.lines}


DATABASE = resource(
    "aws:rds/instance:Instance",
    "database-server",
    instanceClass="db.r7g.xlarge",
    multiAz=True,
    allocatedStorage=200,
    tags={"Component": "database", "Tenant": "acme"},
)
WORKERS = (
    resource(
        "aws:eks/nodeGroup:NodeGroup", "cluster-workers", instanceTypes=["t3.large"], capacityType="SPOT",
        scalingConfig={"desiredSize": 1},
    ),
    resource(
        "aws:ec2/launchTemplate:LaunchTemplate", "cluster-workers-template",
        blockDeviceMappings=[{"ebs": {"volumeSize": 50}}],
    ),
)  # fmt: skip


class TestLine:
    def test_given_a_database_when_priced_then_every_column_of_its_line_is_there(self) -> None:
        line = by_sku(priced(DATABASE))["rds.multi.db.r7g.xlarge"]

        assert (line.urn, line.component, line.tenant, line.environment) == (
            DATABASE.urn, "database", "acme", "prod",
        )  # fmt: skip
        assert (line.quantity, line.unit, line.unit_price) == (Range.exactly(730), "hour", Decimal("0.956"))
        assert line.monthly == Range.exactly("697.880")
        assert (line.kind, line.service) == ("fixed", "Amazon Relational Database Service")
        assert line.price_source.startswith("https://aws.amazon.com/")
        assert line.assumption == "db.r7g.xlarge with a standby in a second zone, all month"

    def test_given_usage_when_priced_then_low_expected_and_high_follow_it(self) -> None:
        backup = by_sku(priced(DATABASE))["rds.backup"]

        assert backup.monthly == Range(Decimal(0), Decimal("9.5"), Decimal(38))
        assert backup.kind == "usage"

    def test_given_another_region_when_priced_then_its_own_price(self) -> None:
        line = by_sku(priced(DATABASE, region="eu-central-1"))["rds.multi.db.r7g.xlarge"]

        assert (line.region, line.unit_price) == ("eu-central-1", Decimal("1.136"))


class TestOptions:
    def test_given_a_commitment_when_priced_then_what_runs_all_month_is_cheaper_and_the_rest_is_not(
        self,
    ) -> None:
        plain, committed = (
            by_sku(priced(DATABASE)),
            by_sku(priced(DATABASE, options=Options(commitment="3y"))),
        )

        server = "rds.multi.db.r7g.xlarge"
        assert committed[server].monthly == plain[server].monthly * Decimal("0.49")
        assert committed[server].assumption.endswith("a commitment (3y) leaves 49% of the price")
        assert committed["rds.backup"] == plain["rds.backup"]
        assert committed["rds.storage.multi"] == plain["rds.storage.multi"]

    def test_given_spot_when_priced_then_a_range_below_on_demand(self) -> None:
        spot = by_sku(priced(*WORKERS))["ec2.t3.large.spot"]
        demand = by_sku(priced(*WORKERS, options=Options(spot=False)))["ec2.t3.large"]

        assert spot.monthly.low < spot.monthly.expected < spot.monthly.high
        assert spot.monthly.expected < demand.monthly.expected == Decimal("60.736")

    def test_given_the_people_option_when_priced_then_their_minutes_are_a_line(self) -> None:
        people = {"escalated_cases": 1_000, "minutes_per_case": 12, "hourly_rate": 40}
        usage = parse({"people": people})

        without, found = (
            priced(DATABASE, usage=usage),
            priced(DATABASE, usage=usage, options=Options(people=True)),
        )

        (line,) = [each for each in found.lines if each.component == "people"]
        assert (line.quantity.expected, line.monthly.expected) == (Decimal(200), Decimal(8_000))
        assert "people" not in without.by(lambda each: each.component)

    def test_given_no_such_commitment_when_chosen_then_refused(self) -> None:
        with pytest.raises(ValueError, match="'5y'; must be one of none, 1y, 3y"):
            Options(commitment="5y")  # type: ignore[arg-type]  # the point


class TestWithoutPrice:
    def test_given_unknown_type_when_priced_then_listed_and_failing_in_strict_mode(self) -> None:
        found = priced(DATABASE, resource("aws:quantum/computer:Computer", "q"))

        (note,) = found.unpriced
        assert note.type == "aws:quantum/computer:Computer"
        with pytest.raises(
            UnpricedError, match=r"Resources of aws-prod without a price:\n.*Computer q: no meter for"
        ):
            strict(found)

    def test_given_unknown_class_when_priced_then_the_reason_names_the_key(self) -> None:
        (note,) = priced(resource(DATABASE.type, instanceClass="db.x9.huge", allocatedStorage=20)).unpriced

        assert "No price for rds.single.db.x9.huge" in note.reason

    def test_given_input_that_is_not_a_number_when_priced_then_the_reason_names_it(self) -> None:
        (note,) = priced(
            resource(DATABASE.type, instanceClass="db.r7g.xlarge", allocatedStorage="04da")
        ).unpriced

        assert "allocatedStorage is '04da'; its price needs a number" in note.reason

    def test_given_free_resources_when_priced_then_each_has_its_reason(self) -> None:
        found = priced(resource("aws:iam/role:Role"), resource("kubernetes:core/v1:Namespace"))

        assert [each.reason for each in found.free] == [
            "identities and rights are free",
            "an object on the cluster, whose nodes and disks are priced",
        ]
        assert strict(found).total.high == 0

    def test_given_a_deleted_resource_when_priced_then_it_costs_nothing(self) -> None:
        gone = resource("aws:ec2/natGateway:NatGateway", "a", op="delete")

        found = priced(gone, resource("aws:ec2/natGateway:NatGateway", "b"))

        assert {each.urn.rsplit("::", 1)[-1] for each in found.lines} == {"b"}
        assert by_sku(found)["nat.gb"].quantity == Range.exactly(500)


class TestWarnings:
    def test_given_an_old_catalog_when_priced_then_a_warning_has_its_age(self) -> None:
        (warning,) = priced(DATABASE).warnings

        assert "the oldest 508 days (2025-07-01)" in warning


class TestModels:
    def test_given_a_profile_when_priced_then_tokens_by_role_and_model(self) -> None:
        arn = "arn:aws:bedrock:us-west-2::foundation-model/openai.gpt-oss-120b-1:0"
        profile = resource(
            "aws:bedrock/inferenceProfile:InferenceProfile", "llm-answer",
            modelSource={"copyFrom": arn}, tags={"Role": "answer", "Component": "llm"},
        )  # fmt: skip

        found = by_sku(priced(profile))

        read = found["llm.openai.gpt-oss-120b-1.input"]
        assert (read.component, read.quantity.expected, read.unit) == (
            "llm",
            Decimal("36.75"),
            "million-tokens",
        )
        assert "10,500 calls of answer, 3,500 tokens read by each" in read.assumption
        assert found["llm.openai.gpt-oss-120b-1.output"].monthly.expected == Decimal("1.89")

    def test_given_models_without_resources_when_priced_then_the_stack_file_names_them(self) -> None:
        llm = '{"enabled": true, "answer": {"name": "gemini-2.5-pro"}}'

        found = priced(cloud="gcp", region="us-central1", config={"caseplane:llm": llm})

        assert {(each.urn, each.component) for each in found.lines} == {("usage:llm::answer", "llm")}
        assert set(by_sku(found)) == {"llm.gemini-2.5-pro.input", "llm.gemini-2.5-pro.output"}

    def test_given_an_unknown_model_when_priced_then_unpriced(self) -> None:
        llm = '{"enabled": true, "answer": {"name": "oracle-of-delphi"}}'

        (note, *_) = priced(cloud="gcp", region="us-central1", config={"caseplane:llm": llm}).unpriced

        assert "No price for llm.oracle-of-delphi.input" in note.reason


class TestLocal:
    def test_given_the_local_stack_when_priced_then_nothing_is_billed(self) -> None:
        found = strict(priced(resource("kubernetes:helm.sh/v3:Release"), cloud="local", region=""))

        assert (found.lines, found.warnings) == ((), ())
