"""The process of `separate`: reads points from one file and writes their groups to another."""

import os
import resource
import sys
import threading

import numpy as np

from caseplane.clustering.grouping import Options, group


def main(given: str, result: str) -> None:
    """Group the points of a file."""
    _end_with_parent()
    with np.load(given) as found:
        topics, themes, smallest = found["options"]
        options = Options(topics=float(topics), themes=float(themes), smallest=int(smallest))
        made = group(found["points"], found["keys"], fixed=found["fixed"], options=options)
    np.savez(
        result,
        topics=made.topics,
        similarities=made.similarities,
        themes=made.themes,
        centres=made.centres.points,
        reach=made.centres.reach,
        peak_mb=peak_mb(),
    )


def peak_mb() -> int:
    """The most memory that this process had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak // (1024 * 1024 if sys.platform == "darwin" else 1024))


def _end_with_parent() -> None:
    """A worker that is killed leaves no process behind."""
    parent = os.getppid()

    def watch() -> None:
        pause = threading.Event()
        while os.getppid() == parent:
            pause.wait(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
