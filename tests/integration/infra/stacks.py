"""The cloud stacks of this repository on simulated accounts, for several tests.

The program is the real one except for objects in the cluster, which other tests check on a real API
server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime.proto import ResourceProviderServicer
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import Engine
from tests.integration.infra.simulator.accounts import account_of
from tests.integration.infra.simulator.attached import AttachedProvider
from tests.integration.infra.simulator.cloud import Cloud
from tests.integration.infra.simulator.provider import SimulatedProvider
from tests.integration.infra.simulator.random_provider import RandomProvider
from tests.integration.infra.simulator.values import load

from caseplane_infra import settings as stack
from caseplane_infra.settings import NAMESPACE, Settings, parse

FOLDER = Path(__file__).parents[3] / "infra" / "stacks"
PACKAGES = {"aws": "aws", "azure": "azure-native", "gcp": "gcp"}
CLOUD_STACKS = tuple(sorted(each.stem.removeprefix("Pulumi.") for each in FOLDER.glob("Pulumi.*-*.yaml")))
PROTECTING = ("database", "objects", "cluster")


class NoCluster(AttachedProvider):
    """Replaces the cluster's provider; the programs here create nothing in the cluster."""


class RecordingRandom(RandomProvider):
    """RecordingRandom random values, and records them, so that a test can search for them where they must not be."""

    def __init__(self) -> None:
        self.secrets: list[str] = []

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        response = super().Create(request, context)
        result = load(response.properties).get("result")
        if isinstance(result, str):
            self.secrets.append(result)
        return response


def program() -> None:
    """Build the platform from the running stack's settings, and export its outputs."""
    settings = stack.load()
    platform = import_module(f"caseplane_infra.{settings.cloud}.platform").build(settings)
    for name, value in platform.outputs().items():
        pulumi.export(name, value)


Config = dict[str, Any]


def config_of(name: str, **changes: Any) -> Config:
    """A stack file's keys, some changed: a mapping is merged into its section, anything else replaces.

    Args:
        name: the stack, such as `gcp-dev`.
        changes: section or key to what changes in it.
    """
    config: Config = yaml.safe_load((FOLDER / f"Pulumi.{name}.yaml").read_text())["config"]
    for key, value in changes.items():
        old = config.get(f"{NAMESPACE}{key}")
        merged = {**old, **value} if isinstance(value, Mapping) and isinstance(old, Mapping) else value
        config[f"{NAMESPACE}{key}"] = merged
    return config


def settings_of(config: Config) -> Settings:
    """The settings that a program will see."""
    return parse({key.removeprefix(NAMESPACE): value for key, value in config.items()})


@dataclass(frozen=True)
class Stack:
    """A stack of this repository, and its account."""

    name: str
    label: str
    """Distinguishes two deployments of one stack in a test."""
    config: Config
    cloud: Cloud
    draws: RecordingRandom
    engine: Engine
    make: MakeEngine

    def changed(self, **changes: Any) -> "Stack":
        """The same stack and account after an edit of the stack file."""
        config = config_of(self.name, **changes)
        engine = _engine(self.make, self.label, config, self.cloud, self.draws)
        return replace(self, config=config, engine=engine)

    def unprotected(self) -> "Stack":
        """The same stack without protection, as the documentation describes for its removal."""
        return self.changed(teardown=True, **{each: {"protect": False} for each in PROTECTING})

    @property
    def protected(self) -> bool:
        """Whether anything in it is protected."""
        settings = settings_of(self.config)
        return any(getattr(settings, each).protect for each in PROTECTING)


def deployed(make: MakeEngine, name: str, *, copy: str = "", **changes: Any) -> Stack:
    """A stack on its own empty account, not brought up yet."""
    config = config_of(name, **changes)
    cloud, draws = account(settings_of(config)), RecordingRandom()
    label = f"{name}{copy}"
    return Stack(name, label, config, cloud, draws, _engine(make, label, config, cloud, draws), make)


def account(settings: Settings) -> Cloud:
    """The account that the stack file names."""
    facts = {
        "aws": {"account": settings.account, "region": settings.region},
        "azure": {"subscription": settings.account, "location": settings.region},
        "gcp": {"project": settings.account, "region": settings.region},
    }
    return account_of(PACKAGES[settings.cloud], **facts[settings.cloud])


def _engine(make: MakeEngine, label: str, config: Config, cloud: Cloud, draws: RecordingRandom) -> Engine:
    providers: dict[str, ResourceProviderServicer] = {
        cloud.book.package: SimulatedProvider(cloud),
        "random": draws,
        "kubernetes": NoCluster(),
    }
    return make(program, providers, label, config=config)
