"""The whole program, which `pulumi up` and the tests run on the real engine."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pulumi

from caseplane_infra import notices
from caseplane_infra import settings as stack
from caseplane_infra.contract import Platform
from caseplane_infra.kubernetes import local, release
from caseplane_infra.settings import Settings

Build = Callable[[Settings], Platform]


def run() -> None:
    """Read the stack's settings, build the platform on their cloud, and export its outputs."""
    settings = stack.load()
    outputs = local.build(settings) if settings.cloud == "local" else _on_cloud(settings)
    for name, value in outputs.items():
        pulumi.export(name, value)


def _on_cloud(settings: Settings) -> dict[str, Any]:
    # A cloud's SDK takes seconds to import, so only the one that is needed is imported.
    build: Build = import_module(f"caseplane_infra.{settings.cloud}.platform").build
    for each in notices.of_settings(settings):
        pulumi.log.warn(each)
    platform = build(settings)
    return {**platform.outputs(), **release.install(settings, platform)}
