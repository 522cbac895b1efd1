"""Fixtures of the tests on the real Pulumi engine."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import ResourceProviderServicer
from tests.integration.infra.engine import Engine, Program
from tests.toolchain.build import binary

MakeEngine = Callable[..., Engine]


def pytest_configure() -> None:
    """Silence "Event loop is closed" of what failed programs still awaited: thousands at garbage collection."""
    default = sys.unraisablehook

    def hook(error: Any) -> None:
        if str(error.exc_value) != "Event loop is closed":
            default(error)

    sys.unraisablehook = hook


@pytest.fixture(scope="session")
def pulumi_cli() -> Path:
    """The Pulumi command line, built on first use."""
    return binary("pulumi")


@pytest.fixture
def make_engine(pulumi_cli: Path) -> Iterator[MakeEngine]:
    with engines(pulumi_cli) as make:
        yield make


@contextmanager
def engines(pulumi_cli: Path) -> Iterator[MakeEngine]:
    """Makes stacks of programs on providers; removes their state at the end."""
    with tempfile.TemporaryDirectory(prefix="caseplane-pulumi-") as folder:

        def make(
            program: Program,
            providers: Mapping[str, ResourceProviderServicer],
            name: str = "test",
            **more: Any,
        ) -> Engine:
            return Engine(Path(folder) / name, pulumi_cli, program, providers, stack=name, **more)

        yield make
