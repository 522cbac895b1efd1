"""Custom resource definitions of other projects, as they lie in their Go modules at one exact version."""

import json
import subprocess
from functools import cache
from pathlib import Path

from tests.toolchain.build import CACHE
from tests.toolchain.components import COMPONENTS
from tests.toolchain.go import find_go

MODULES = {
    "external-secrets": ("github.com/external-secrets/external-secrets@v1.3.2", "config/crds/bases"),
    "gateway-api": ("sigs.k8s.io/gateway-api@v1.4.1", "config/crd/standard"),
    "keda": (f"{COMPONENTS['keda'].module}@v{COMPONENTS['keda'].version}", "config/crd/bases"),
}
"""Project to its module and the folder that holds its definitions."""


def definitions(project: str, *kinds: str) -> list[Path]:
    """Files that define a project's kinds, by their plural names; downloaded at first use."""
    name, folder = MODULES[project]
    return [path for kind in kinds for path in sorted((module(name) / folder).glob(f"*_{kind}.yaml"))]


@cache
def module(name: str) -> Path:
    """Where a Go module's source is, `path@version`; it is fetched if it is not there."""
    asked: list[str | Path] = [find_go(CACHE), "mod", "download", "-json", name]
    # Nowhere in particular: a module of ours round about would have a say in it.
    said = subprocess.run(asked, check=True, capture_output=True, text=True, cwd="/").stdout
    return Path(json.loads(said)["Dir"])
