"""Checks imports: the contracts of pyproject.toml, and those derived from the services' manifests.

`python -m tools.contracts` is part of `make check`.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

from caseplane.core.service import Manifest, Services
from caseplane.services import SERVICES

ROOT = Path(__file__).parents[1]
WRITTEN = ROOT / ".cache" / "import-contracts.toml"
SHOWN = ("client", "schemas", "events")
"""Modules of a service that others may import."""
PURE = ("answering", "clustering", "dialogue", "gate", "text", "triage")
"""Packages that services share and that import no service."""
NOT_TEXT = ("answering", "core", "gate")
ROOTS = ("cli", "local", "evaluation", "services")
"""Packages that may import every service."""
Contract = dict[str, Any]


def contracts(services: Services = SERVICES) -> list[Contract]:
    """The contracts derived from the manifests."""
    every = [_package(each) for each in services]
    pure = [f"caseplane.{name}" for name in PURE]
    roots = [f"caseplane.{name}" for name in ROOTS]
    return [
        _forbidden("core imports no service", ["caseplane.core"], [*every, *pure, *roots]),
        _forbidden("what services share imports none of them", pure, [*every, *roots]),
        _forbidden(
            "dialogue knows text alone", ["caseplane.dialogue"], [f"caseplane.{each}" for each in NOT_TEXT]
        ),
        _forbidden("only the composition roots see everything", every, roots),
        {
            "name": "services import those that they call, by client, schemas and events",
            "type": "independence",
            "modules": every,
            "ignore_imports": list(_allowed(services)),
            "unmatched_ignore_imports_alerting": "none",
        },
        *(_layers(each) for each in services if each.layers),
        *(_nouns(each) for each in services if each.layers),
    ]


def _package(manifest: Manifest) -> str:
    return f"caseplane.{manifest.name}"


def _forbidden(name: str, sources: list[str], forbidden: list[str]) -> Contract:
    return {"name": name, "type": "forbidden", "source_modules": sources, "forbidden_modules": forbidden}


def _allowed(services: Services) -> Iterator[str]:
    for caller, called in permutations(services, 2):
        if called.name in caller.calls:
            for module in SHOWN:
                yield f"{_package(caller)}.** -> {_package(called)}.{module}"


def _layers(manifest: Manifest) -> Contract:
    """Within a service, nouns import only lower nouns; a module in no layer breaks the contract too."""
    return {
        "name": f"{manifest.name}: nouns import lower nouns",
        "type": "layers",
        "containers": [_package(manifest)],
        "layers": list(manifest.layers),
        "exhaustive": True,
    }


def _nouns(manifest: Manifest) -> Contract:
    """Within a noun: routes and handlers above SQL, SQL above tables and shapes."""
    folder = ROOT / "services" / "caseplane" / manifest.name
    nouns = sorted(each.name for each in folder.iterdir() if (each / "__init__.py").is_file())
    return {
        "name": f"{manifest.name}: in every noun, routes and handlers above SQL above tables",
        "type": "layers",
        "containers": [f"{_package(manifest)}.{noun}" for noun in nouns],
        "layers": ["(api) | (internal) | (handlers)", "(repository)", "(models) | (schemas) | (jobs)"],
    }


def write(services: Services = SERVICES) -> Path:
    """Write all contracts into one file for import-linter."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    given = settings.pop("contracts")
    lines = ["[tool.importlinter]", *_assignments(settings)]
    for contract in [*given, *contracts(services)]:
        lines += ["[[tool.importlinter.contracts]]", *_assignments(contract)]
    WRITTEN.parent.mkdir(exist_ok=True)
    WRITTEN.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return WRITTEN


def _assignments(table: dict[str, Any]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in table.items()]  # also valid TOML


def main() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    sys.exit(subprocess.call([linter, "--config", write(), "--no-cache", "--no-logo"], cwd=ROOT))


if __name__ == "__main__":
    main()
