"""The accounts that tests deploy into, one per cloud."""

from collections.abc import Mapping

from tests.integration.infra.simulator.cloud import Cloud
from tests.integration.infra.simulator.rulebook import Rulebook
from tests.integration.infra.simulator.rules.aws import aws
from tests.integration.infra.simulator.rules.azure import azure
from tests.integration.infra.simulator.rules.gcp import gcp

BOOKS: Mapping[str, Rulebook] = {each.package: each for each in (aws, azure, gcp)}
FACTS: Mapping[str, Mapping[str, str]] = {
    "aws": {"account": "111122223333", "region": "us-east-1"},
    "azure-native": {
        "subscription": "0b1f6471-1bf0-4dda-aec3-cb9272f09590",
        "tenant": "2c1d4f43-5a1d-4d1f-9f57-3f7a9d7c0c11",
        "client": "9e1d6b5a-0d7e-4a39-8c52-7b1f6c3e2a10",
        "location": "eastus",
    },
    "gcp": {"project": "caseplane-test", "number": "123456789012", "region": "us-central1"},
}
"""The variables of all templates, by the engine's package of the cloud, as in `PULUMI_DEBUG_PROVIDERS`."""


def account_of(package: str, **facts: str) -> Cloud:
    """An empty account of a cloud; `facts` overrides what identifies it."""
    return Cloud(BOOKS[package], **{**FACTS[package], **facts})
