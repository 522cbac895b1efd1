"""Each policy has a case that breaks it and a case that keeps it."""

import json
from pathlib import Path
from typing import Any

import pytest

from caseplane_infra.policies.catalog import POLICIES, page
from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.model import UNKNOWN, Context, Resource, violations
from caseplane_infra.policies.secrecy import PASSWORD, STACK

NAT = "aws:ec2/natGateway:NatGateway"
PAGE = Path(__file__).parents[3] / "docs" / "infrastructure-policies.md"
PROD = Context(
    environment="prod",
    regions=("us-west-2",),
    stack="aws-prod",
    config={
        "caseplane:region": "us-west-2",
        "caseplane:budgets": json.dumps({"stack": {"warn": 60, "stop": 100}}),
    },
)
TAGS = {each: "x" for each in ("Project", "Environment", "Owner", "Prefix", "Component", "Tenant")}


def resource(kind: str, name: str = "it", *, protect: bool = False, **props: Any) -> Resource:
    return Resource(type=kind, name=name, props=props, protect=protect)


def linked(kind: str, name: str, links: dict[str, list[str]], **props: Any) -> Resource:
    return Resource(type=kind, name=name, props=props, links=links)


def rights(action: str) -> Resource:
    statement = {"Effect": "Allow", "Action": [action], "Resource": ["arn:aws:s3:::docs/*"]}
    return resource(Aws.ROLE_POLICY, policy=json.dumps({"Statement": [statement]}))


COMPANIONS = [
    linked(each, f"companion-{index}", {"bucket": ["docs"]})
    for index, each in enumerate(
        (Aws.BUCKET_ENCRYPTION, Aws.ACCESS_BLOCK, Aws.BUCKET_OWNERSHIP, Aws.BUCKET_POLICY)
    )
]
DRAWN = resource(PASSWORD, "password", result="a-long-drawn-password")
JOBS = linked(Aws.QUEUE, "jobs", {"redrivePolicy": ["dead"]}, redrivePolicy=UNKNOWN)

GATEWAYS = [resource(NAT, f"nat-{number}") for number in range(4)]
"""33 dollars a month each, and 22.50 for what goes through all of them."""

CASES: dict[str, tuple[list[Resource], list[Resource]]] = {
    "own-key-at-rest": (
        [resource(Aws.SECRET)],
        [resource(Aws.SECRET, kmsKeyId="arn:aws:kms:us-west-2:1:key/1")],
    ),
    "own-key-rotates": (
        [resource(Gcp.KEY, destroyScheduledDuration="86400s")],
        [resource(Gcp.KEY, destroyScheduledDuration="86400s", rotationPeriod="86400s")],
    ),
    "buckets-and-queues-are-complete": (
        [resource(Aws.BUCKET, "docs"), *COMPANIONS[1:]],
        [resource(Aws.BUCKET, "docs"), *COMPANIONS],
    ),
    "no-public-data": (
        [resource(Azure.CONTAINER, publicAccess="Blob")],
        [resource(Azure.CONTAINER, publicAccess="None")],
    ),
    "public-reads-are-the-console": (
        [resource(Gcp.BUCKET_GRANT, bucket="docs", member="allUsers", role="roles/storage.objectViewer")],
        [
            resource(Gcp.BUCKET, "console", website={"mainPageSuffix": "index.html"}),
            linked(
                Gcp.BUCKET_GRANT,
                "readers",
                {"bucket": ["console"]},
                member="allUsers",
                role="roles/storage.legacyObjectReader",
            ),
        ],
    ),
    "no-public-nodes": (
        [resource(Aws.SUBNET, mapPublicIpOnLaunch=True)],
        [resource(Aws.SUBNET, mapPublicIpOnLaunch=False)],
    ),
    "no-open-firewall": (
        [resource(Aws.INGRESS_RULE, cidrIpv4="0.0.0.0/0")],
        [resource(Aws.INGRESS_RULE, cidrIpv4="10.20.0.0/20")],
    ),
    "tls-only": (
        [resource(Azure.DATABASE_SETTING, configurationName="require_secure_transport", value="off")],
        [resource(Azure.DATABASE_SETTING, configurationName="require_secure_transport", value="on")],
    ),
    "backups-and-point-in-time": (
        [resource(Azure.DATABASE, backup={"backupRetentionDays": 35}, highAvailability={"mode": "Disabled"})],
        [
            resource(
                Azure.DATABASE, backup={"backupRetentionDays": 35}, highAvailability={"mode": "ZoneRedundant"}
            )
        ],
    ),
    "objects-have-versions": (
        [resource(Gcp.BUCKET, versioning={"enabled": False})],
        [resource(Gcp.BUCKET, versioning={"enabled": True})],
    ),
    "dead-letters-are-kept": ([resource(Aws.QUEUE, "jobs")], [JOBS, resource(Aws.QUEUE, "dead")]),
    "logs-are-kept": (
        [resource(Aws.LOG_GROUP, retentionInDays=0)],
        [resource(Aws.LOG_GROUP, retentionInDays=30)],
    ),
    "no-wildcard-grants": ([rights("s3:*")], [rights("s3:GetObject")]),
    "pods-have-identities": (
        [resource(Aws.POD_IDENTITY, namespace="caseplane", serviceAccount="worker")],
        [resource(Aws.POD_IDENTITY, namespace="caseplane", serviceAccount="worker", roleArn=UNKNOWN)],
    ),
    "images-stay-what-they-are": (
        [resource(Gcp.REGISTRY, dockerConfig={"immutableTags": False})],
        [resource(Gcp.REGISTRY, dockerConfig={"immutableTags": True})],
    ),
    "mandatory-labels": (
        [resource(Aws.VPC, tags={**TAGS, "Tenant": ""})],
        [resource(Aws.VPC, tags=TAGS), resource(Aws.ROUTE)],
    ),
    "passwords-stay-in-the-store": (
        [DRAWN, resource(STACK, "stack", database="postgres://a-long-drawn-password")],
        [DRAWN, resource(STACK, "stack", database_password_reference="gc-tkt/rds/app")],
    ),
    "no-credentials-in-properties": (
        [resource("kubernetes:core/v1:ConfigMap", data={"DATABASE_PASSWORD": "letmein"})],
        [resource("kubernetes:core/v1:ConfigMap", data={"DATABASE_HOST": "db"})],
    ),
    "chosen-regions-only": (
        [resource(Aws.VPC, region="eu-west-1")],
        [resource(Aws.VPC, region="us-west-2")],
    ),
    "spot-for-workers-only": (
        [resource(Aws.NODES, capacityType="SPOT", labels={"role": "core"})],
        [resource(Aws.NODES, capacityType="SPOT", labels={"role": "workers"})],
    ),
    "prod-data-is-protected": ([resource(Azure.CONTAINER)], [resource(Azure.CONTAINER, protect=True)]),
    "prod-data-is-locked": (
        [resource(Azure.STORAGE, "account")],
        [
            resource(Azure.STORAGE, "account"),
            linked(Azure.LOCK, "lock", {"scope": ["account"]}, level="CanNotDelete"),
        ],
    ),
    "budget-warning": ([GATEWAYS[0], GATEWAYS[1]], [GATEWAYS[0]]),
    "budget": (GATEWAYS, [GATEWAYS[0]]),
}


def broken(name: str, stack: list[Resource], context: Context = PROD) -> list[str]:
    policies = [each for each in POLICIES if each.name == name]
    return [each.message for each in violations(policies, stack, context)]


class TestPolicies:
    def test_given_catalog_when_compared_with_the_cases_then_every_policy_has_one(self) -> None:
        assert sorted(CASES) == sorted(each.name for each in POLICIES)

    @pytest.mark.parametrize("name", sorted(CASES))
    def test_given_stack_that_breaks_it_when_checked_then_reported_with_the_remedy(self, name: str) -> None:
        remedy = next(each.remedy for each in POLICIES if each.name == name)

        messages = broken(name, CASES[name][0])

        assert messages
        assert all(remedy in each for each in messages)

    @pytest.mark.parametrize("name", sorted(CASES))
    def test_given_stack_that_keeps_it_when_checked_then_silent(self, name: str) -> None:
        assert broken(name, CASES[name][1]) == []

    def test_given_value_that_is_not_known_yet_when_checked_then_it_breaks_nothing(self) -> None:
        assert broken("own-key-at-rest", [resource(Aws.SECRET, kmsKeyId=UNKNOWN)]) == []

    @pytest.mark.parametrize(("action", "said"), [("s3:GetObject", True), ("ec2:DescribeImages", False)])
    def test_given_an_action_on_everything_when_checked_then_reported_if_it_reads_data(
        self, action: str, said: bool
    ) -> None:
        statement = {"Effect": "Allow", "Action": [action], "Resource": ["*"]}
        policy = resource(Aws.ROLE_POLICY, policy=json.dumps({"Statement": [statement]}))

        assert bool(broken("no-wildcard-grants", [policy])) is said

    def test_given_teardown_when_checked_then_protection_may_go(self) -> None:
        leaving = Context(environment="prod", teardown=True)

        assert broken("prod-data-is-protected", [resource(Azure.CONTAINER)], leaving) == []

    def test_given_account_called_the_consoles_when_it_holds_a_container_or_no_website_then_reported(
        self,
    ) -> None:
        name = "public-reads-are-the-console"
        account = resource(Azure.STORAGE, "edge-console")
        website = linked(Azure.WEBSITE, "website", {"accountName": ["edge-console"]})
        store = linked(Azure.CONTAINER, "docs", {"accountName": ["edge-console"]})

        assert broken(name, [account, website]) == []
        assert (
            broken("no-public-data", [resource(Azure.STORAGE, "edge-console", allowBlobPublicAccess=False)])
            == []
        )
        for stack in ([account], [account, website, store]):
            assert "not for them alone" in broken(name, stack)[0]


class TestPage:
    def test_given_page_when_compared_with_the_code_then_its_table_is_the_catalog(self) -> None:
        assert "\n".join(page()) in PAGE.read_text()
