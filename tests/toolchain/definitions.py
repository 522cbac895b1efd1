"""Custom resource definitions of other projects, from their Go modules at one exact version."""

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
"""Each project's module and the folder with its definitions."""


def definitions(project: str, *kinds: str) -> list[Path]:
    """Files that define a project's kinds, by their plural names; downloaded at first use."""
    name, folder = MODULES[project]
    return [path for kind in kinds for path in sorted((module(name) / folder).glob(f"*_{kind}.yaml"))]


@cache
def module(name: str) -> Path:
    """The folder of a Go module's source, `path@version`; it is downloaded if missing."""
    asked: list[str | Path] = [find_go(CACHE), "mod", "download", "-json", name]
    # In a folder outside the repository, whose modules would influence it.
    said = subprocess.run(asked, check=True, capture_output=True, text=True, cwd="/").stdout
    return Path(json.loads(said)["Dir"])
