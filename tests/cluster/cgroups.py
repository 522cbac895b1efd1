"""A control group that holds one cluster's pods, so that two clusters on a machine do not clean up after each other."""

import contextlib
import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PREFIX = "caseplane-test-"
# Against a process outside, the kernel counts a whole group as one process by default. On a busy machine all
# pods together would then get what one compiler gets.
PROCESSES = 10
"""The CPU weight of all pods together, in processes."""
SHARES = {"cpu.shares": 1024 * PROCESSES, "cpu.weight": 100 * PROCESSES}
"""The same weight in the files of control groups v1 and v2."""


class ControlGroup:
    """Exists from construction to `close`; construction removes what crashed runs left behind."""

    def __init__(self) -> None:
        _remove_abandoned()
        self.name = f"{PREFIX}{os.getpid()}"
        for parent in _hierarchies():
            (parent / self.name).mkdir(exist_ok=True)
            for file, value in SHARES.items():
                if (parent / self.name / file).exists():
                    (parent / self.name / file).write_text(str(value))

    def close(self) -> None:
        """Remove it; its processes must have ended."""
        deadline = time.monotonic() + 5  # the kernel takes a moment to remove the last process
        while any([not _remove_tree(parent / self.name) for parent in _hierarchies()]):
            if time.monotonic() > deadline:
                return
            time.sleep(0.1)


def available() -> bool:
    """Whether we may make control groups here."""
    return any(os.access(parent, os.W_OK) for parent in _hierarchies())


def _hierarchies() -> list[Path]:
    """One folder under cgroup v2, one for each controller under v1."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    return (
        [path for path in ROOT.iterdir() if path.is_dir() and not path.is_symlink()] if ROOT.is_dir() else []
    )


def _remove_abandoned() -> None:
    for parent in _hierarchies():
        for group in parent.glob(f"{PREFIX}*"):
            if not Path(f"/proc/{group.name.removeprefix(PREFIX)}").exists():
                _remove_tree(group)


def _remove_tree(group: Path) -> bool:
    if group.exists():
        for folder, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
    return not group.exists()
