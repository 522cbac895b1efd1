"""What the simulator refuses because the SDK's own classes do not allow it."""

import pytest
from tests.integration.infra.simulator.accounts import account_of
from tests.integration.infra.simulator.rules import aws, azure
from tests.integration.infra.simulator.values import UNKNOWN, Properties

DATABASE = {"instanceClass": "db.t4g.medium", "engine": "postgres"}
STORAGE = {"resourceGroupName": "g", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}


def faults(package: str, kind: str, inputs: Properties) -> list[str]:
    return [f"{each.path}: {each.reason}" for each in account_of(package).type_faults(kind, inputs)]


class TestTypeFaults:
    def test_given_everything_as_the_sdk_says_when_checked_then_accepted(self) -> None:
        assert faults("aws", aws.DATABASE, DATABASE) == []
        assert faults("azure-native", azure.STORAGE, STORAGE) == []

    def test_given_misspelt_property_when_checked_then_named_with_those_that_exist(self) -> None:
        (fault,) = faults("aws", aws.SUBNET, {"vpcId": "vpc-1", "cidrBlok": "10.0.0.0/24"})

        assert fault.startswith("cidrBlok: no such property; known here: ")
        assert "cidrBlock" in fault

    def test_given_misspelt_nested_property_when_checked_then_its_path_is_named(self) -> None:
        rules = [{"fromPort": 443, "toPort": 443, "protocol": "tcp", "cidrs": ["10.0.0.0/8"]}]

        (fault,) = faults("aws", aws.SECURITY_GROUP, {"ingress": rules})

        assert fault.startswith("ingress[0].cidrs: no such property")

    def test_given_missing_required_property_when_checked_then_named(self) -> None:
        assert faults("aws", aws.SUBNET, {"cidrBlock": "10.0.0.0/24"}) == ["vpcId: required, but missing"]

    def test_given_missing_nested_required_property_when_checked_then_its_path_is_named(self) -> None:
        assert faults("aws", aws.SECURITY_GROUP, {"ingress": [{"fromPort": 443, "toPort": 443}]}) == [
            "ingress[0].protocol: required, but missing"
        ]

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("allocatedStorage", "50", "allocatedStorage: expected int, got '50'"),
            ("allocatedStorage", 50.5, "allocatedStorage: expected int, got 50.5"),
            ("allocatedStorage", True, "allocatedStorage: expected int, got True"),
            ("storageEncrypted", "true", "storageEncrypted: expected bool, got 'true'"),
            ("identifier", 7, "identifier: expected str, got 7"),
            ("vpcSecurityGroupIds", "sg-1", "vpcSecurityGroupIds: expected a list, got 'sg-1'"),
            ("vpcSecurityGroupIds", [1], "vpcSecurityGroupIds[0]: expected str, got 1"),
            ("tags", {"Owner": 1}, "tags.Owner: expected str, got 1"),
            ("tags", ["Owner"], "tags: expected a mapping, got ['Owner']"),
        ],
    )
    def test_given_wrong_type_when_checked_then_path_and_expectation_are_named(
        self, name: str, value: object, expected: str
    ) -> None:
        assert faults("aws", aws.DATABASE, {**DATABASE, name: value}) == [expected]

    def test_given_value_outside_a_closed_set_when_checked_then_the_set_is_named(self) -> None:
        (fault,) = faults("azure-native", azure.STORAGE, {**STORAGE, "sku": {"name": "Standard_Fast"}})

        assert fault.startswith("sku.name: 'Standard_Fast' is not one of 'Standard_LRS', ")

    def test_given_set_declared_open_when_checked_then_a_newer_value_is_accepted(self) -> None:
        assert faults("aws", aws.DATABASE, {**DATABASE, "instanceClass": "db.t9.newer"}) == []

    def test_given_set_declared_open_when_checked_then_another_type_is_still_refused(self) -> None:
        assert len(faults("aws", aws.DATABASE, {**DATABASE, "instanceClass": 9})) == 1

    def test_given_unknown_values_when_checked_then_judged_later(self) -> None:
        assert faults("aws", aws.SUBNET, {"vpcId": UNKNOWN, "tags": {"Name": UNKNOWN}}) == []
