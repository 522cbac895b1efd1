"""Groups texts in a process of its own: its memory is given back, and whoever waits can end it."""

import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import caseplane
from caseplane.clustering.grouping import Grouping, Options
from caseplane.clustering.nearest import Centres, Matrix, Places
from caseplane.core.errors import UnavailableError

_ROOT = str(Path(caseplane.__file__).resolve().parent.parent)
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "HOME", "NUMBA_CACHE_DIR")


class GroupingFailedError(UnavailableError):
    """The process ended without a result, mostly for want of memory."""

    slug, title = "grouping-failed", "The grouping ended without a result"


@dataclass(frozen=True)
class Measured:
    """A grouping, and the most memory that its process had, in MB."""

    grouping: Grouping
    peak_mb: int


async def group_apart(
    points: Matrix,
    keys: NDArray[np.int64],
    *,
    fixed: Places | None = None,
    options: Options | None = None,
) -> Measured:
    """`group`, in another process; if the caller is cancelled, the process is ended.

    Raises:
        GroupingFailedError
    """
    options = options or Options()
    with tempfile.TemporaryDirectory(prefix="caseplane-groups-") as folder:
        given, result = Path(folder, "given.npz"), Path(folder, "result.npz")
        held = np.full(len(points), -1, dtype=np.int64) if fixed is None else fixed
        await asyncio.to_thread(_write, given, points, keys, held, options)
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "caseplane.clustering.worker", str(given), str(result),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**environment, "PYTHONPATH": _ROOT, "PYTHONUTF8": "1"},
        )  # fmt: skip
        try:
            _, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            last = said.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1][:300]
            raise GroupingFailedError(
                f"The process that groups tickets ended with {process.returncode}: {last}"
            )
        return await asyncio.to_thread(_read, result)


def _write(path: Path, points: Matrix, keys: NDArray[np.int64], fixed: Places, options: Options) -> None:
    numbers = np.array([options.topics, options.themes, options.smallest])
    np.savez(path, points=points, keys=keys, fixed=fixed, options=numbers)


def _read(path: Path) -> Measured:
    with np.load(path) as found:
        grouping = Grouping(
            topics=found["topics"],
            similarities=found["similarities"],
            themes=found["themes"],
            centres=Centres(found["centres"], found["reach"]),
        )
        return Measured(grouping, int(found["peak_mb"]))
