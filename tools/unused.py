"""Lists functions, classes and values that nothing uses, and ends with 1 if there are any: `python -m tools.unused`.

It checks twice: the code without tests, where a use in a test does not count, and all code, for unused names of
tests. `[tool.vulture]` of pyproject.toml lists names and decorators that are called from outside. Fields of classes
are not checked: other processes read the models, and the database reads the columns.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).parents[1]
CODE = ["services", "operators", "infra", "tools"]


def unused(root: Path, folders: Sequence[str]) -> list[str]:
    """A line for each name that no code in the folders uses."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["vulture"]
    finder = Vulture(ignore_names=settings["ignore_names"], ignore_decorators=settings["ignore_decorators"])
    paths = [root / folder for folder in folders]
    finder.used_names.update(name for path in paths for name in _fields(path))
    finder.scavenge(paths)
    # Imports are ruff's, which reads annotations in quotes, too.
    found = [each for each in finder.get_unused_code(min_confidence=60) if each.typ != "import"]
    return [
        f"{each.filename.relative_to(root)}:{each.first_lineno}: unused {each.typ} {each.name}"
        for each in found
    ]


def _fields(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            for statement in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(statement, ast.Assign | ast.AnnAssign):
                    named = (each for each in ast.walk(statement) if isinstance(each, ast.Name))
                    yield from (each.id for each in named if isinstance(each.ctx, ast.Store))


if __name__ == "__main__":
    lines = sorted({*unused(ROOT, CODE), *unused(ROOT, [*CODE, "tests"])})
    print(*lines, sep="\n", end="\n" if lines else "")
    sys.exit(bool(lines))
