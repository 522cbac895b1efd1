"""The deployment that tests of the gateway call."""

from tests.integration.deployment import (
    core_settings,
    deployment,
    gateway_settings,
    json_logs,
    make_runtime,
    platform_database,
)

__all__ = [
    "core_settings",
    "deployment",
    "gateway_settings",
    "json_logs",
    "make_runtime",
    "platform_database",
]
