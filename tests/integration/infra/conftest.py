"""What the tests on the real Pulumi engine share."""

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
    """What failed programs still waited for complains by the thousand, when collected, that its loop is closed."""
    loud = sys.unraisablehook

    def hook(complaint: Any) -> None:
        if str(complaint.exc_value) != "Event loop is closed":
            loud(complaint)

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
    """Makes stacks of programs on providers; their state goes at the end."""
    with tempfile.TemporaryDirectory(prefix="caseplane-pulumi-") as folder:

        def make(
            program: Program,
            providers: Mapping[str, ResourceProviderServicer],
            name: str = "test",
            **more: Any,
        ) -> Engine:
            return Engine(Path(folder) / name, pulumi_cli, program, providers, stack=name, **more)

        yield make
