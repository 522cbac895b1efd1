"""The whole program, which tests run on the real engine as `pulumi up` does."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pulumi

from caseplane_infra import settings as stack
from caseplane_infra.contract import Platform
from caseplane_infra.kubernetes import local, release
from caseplane_infra.settings import Settings

Build = Callable[[Settings], Platform]


def run() -> None:
    """Read the stack's settings, build the platform where they say, export what others need."""
    settings = stack.load()
    outputs = local.build(settings) if settings.cloud == "local" else _on_cloud(settings)
    for name, value in outputs.items():
        pulumi.export(name, value)


def _on_cloud(settings: Settings) -> dict[str, Any]:
    # A cloud's SDK takes seconds to import, so only the one that is asked for is.
    build: Build = import_module(f"caseplane_infra.{settings.cloud}.platform").build
    platform = build(settings)
    return {**platform.outputs(), **release.install(settings, platform)}
