"""Custom resource definitions of other projects, as they lie in their Go modules at one exact version."""

import json
import subprocess
from pathlib import Path

from tests.toolchain.build import CACHE
from tests.toolchain.go import find_go

MODULES = {
    "external-secrets": ("github.com/external-secrets/external-secrets@v1.3.2", "config/crds/bases"),
    "keda": ("github.com/kedacore/keda/v2@v2.18.1", "config/crd/bases"),
}
"""Project to its module and the folder that holds its definitions."""


def definitions(project: str, *kinds: str) -> list[Path]:
    """Files that define a project's kinds, by their plural names; downloaded at first use."""
    module, folder = MODULES[project]
    asked = [find_go(CACHE), "mod", "download", "-json", module]
    said = subprocess.run(asked, check=True, capture_output=True, text=True, cwd="/").stdout
    bases = Path(json.loads(said)["Dir"]) / folder
    return [path for kind in kinds for path in sorted(bases.glob(f"*_{kind}.yaml"))]
