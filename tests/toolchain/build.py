"""The real programs that tests run against, built on first use and kept under `.cache/toolchain`.

`binary("kubectl")` is all a test needs. From a shell: `python -m tests.toolchain.build kubectl helm`, or `--all`.
Several test workers and developers may ask at once: one builds, the others wait for its result.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.toolchain.components import COMPONENTS, Component
from tests.toolchain.go import find_go
from tests.toolchain.locking import locked
from tests.toolchain.progress import say

CACHE = Path(__file__).parents[2] / ".cache/toolchain"


class BuildError(RuntimeError):
    """A program could not be built; the message ends with the compiler's output."""


def binary(name: str) -> Path:
    """The program's path; it is built if it does not exist.

    Raises:
        KeyError: no program of that name is known; the message lists those that are.
        BuildError: the compiler or the module proxy refused.
    """
    if name not in COMPONENTS:
        raise KeyError(f"No program {name!r} to build; there are {', '.join(COMPONENTS)}.")
    component = COMPONENTS[name]
    built = CACHE / f"{name}-{component.version}" / name
    if not built.exists():
        # One lock for all of them: two links at once take more memory than a laptop has, and no less time.
        with locked(CACHE / "lock"):
            if not built.exists():
                _build(component, built)
    return built


def _build(component: Component, target: Path) -> None:
    title = f"{component.name} {component.version}"
    say(f"building {title} from Go modules: once, up to some minutes …")
    started = time.monotonic()
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    command = [
        str(find_go(CACHE)),
        "build",
        "-trimpath",
        "-ldflags",
        component.link_flags,
        "-o",
        str(partial),
    ]
    # Without cgo the result is static: it needs no C compiler here, and runs in an image with nothing else in it.
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    done = subprocess.run(
        [*command, component.package], cwd=component.source, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        partial.unlink(missing_ok=True)
        raise BuildError(f"Could not build {title} in {component.source}:\n{done.stderr[-4000:]}")
    partial.rename(target)  # whole or not at all: an interrupted build leaves nothing that looks finished
    say(f"built {title} in {time.monotonic() - started:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.toolchain.build", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(COMPONENTS))
    parser.add_argument("--all", action="store_true", help="build every program")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(COMPONENTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(COMPONENTS)}")
    for name in COMPONENTS if asked.all else asked.names:
        sys.stdout.write(f"{binary(name)}\n")


if __name__ == "__main__":
    main()
