"""What the machine needs to run pods: installed where possible, else named in the reason for skipping."""

import os
import shutil

import pytest
from tests.cluster.clients import CommandError, run
from tests.toolchain.build import CACHE
from tests.toolchain.locking import locked
from tests.toolchain.progress import say


def require_root(purpose: str) -> None:
    """Skip unless we are root on Linux."""
    if not hasattr(os, "geteuid") or os.uname().sysname != "Linux" or os.geteuid() != 0:
        pytest.skip(f"{purpose} needs root on Linux")


def require_tools(tools: dict[str, str]) -> None:
    """Install the Debian packages whose commands are missing; skip if they still are.

    Args:
        tools: the package that brings each command.
    """
    # One at a time: packages are locked while another test worker installs some.
    with locked(CACHE / "packages-lock"):
        missing = [command for command in tools if not shutil.which(command)]
        if missing:
            _install(missing, sorted({tools[command] for command in missing}))


def _install(missing: list[str], packages: list[str]) -> None:
    if not shutil.which("apt-get"):
        pytest.skip(
            f"commands {', '.join(missing)} are missing and there is no apt-get to install {packages}"
        )
    say(f"installing {', '.join(packages)} …")
    try:
        run(["apt-get", "update", "-q"], timeout=300)
        run(["apt-get", "install", "-qy", "--no-install-recommends", *packages], timeout=600)
    except CommandError as error:
        pytest.skip(f"commands {', '.join(missing)} are missing and could not be installed: {error}")
