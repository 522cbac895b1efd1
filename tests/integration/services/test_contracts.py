"""Each contract that follows from a manifest fails where an import breaks it."""

from typing import Any

import grimp
import pytest
from importlinter.contracts.layers import LayersContract
from importlinter.domain.contract import Contract
from tools.contracts import contracts

from caseplane.services import SERVICES

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("contracts")]
LAYERS = [each for each in contracts() if each["type"] == "layers"]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("caseplane", cache_dir=None)


def check(options: dict[str, Any], graph: grimp.ImportGraph) -> bool:
    settings = {  # import-linter reads true and false as text
        name: str(value) if isinstance(value, bool) else value
        for name, value in options.items()
        if name != "name"
    }
    contract: Contract = LayersContract(options["name"], {"root_packages": ["caseplane"]}, settings)
    return contract.check(graph, verbose=False).kept


def packages(layer: str) -> list[str]:
    return [each.strip(" ()") for each in layer.split("|")]


class TestLayers:
    def test_given_the_services_when_their_contracts_are_listed_then_each_service_has_two(self) -> None:
        assert {each["name"].partition(":")[0] for each in LAYERS} == set(SERVICES.names)
        assert len(LAYERS) == 2 * len(SERVICES)

    @pytest.mark.parametrize(
        "options",
        [each for each in LAYERS if each["containers"]],  # the gateway has no folder per noun
        ids=lambda options: options["name"],
    )
    def test_given_an_import_upwards_when_planted_between_two_layers_then_the_contract_fails(
        self, graph: grimp.ImportGraph, options: dict[str, Any]
    ) -> None:
        assert check(options, graph)
        container = next(
            each
            for each in options["containers"]
            if sum(
                f"{each}.{name}" in graph.modules for layer in options["layers"] for name in packages(layer)
            )
            > 1
        )
        there = [
            f"{container}.{name}"
            for layer in options["layers"]
            for name in packages(layer)[:1]
            if f"{container}.{name}" in graph.modules
        ]

        planted = grimp.build_graph("caseplane", cache_dir=None)
        planted.add_import(importer=there[-1], imported=there[0])

        assert not check(options, planted)
