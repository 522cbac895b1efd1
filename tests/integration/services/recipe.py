"""Follows the recipes of 02-design/recipes.md in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from caseplane.migrations import head

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "02-design" / "recipes.md"
COPIED = ("services", "tools", "charts", "infra", "operators", "docs", "pyproject.toml")
BLOCK = re.compile(r"^```python file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STEP = re.compile(r"^```(\w+) recipe=(\S+) file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache", "node_modules")


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository that may be changed."""

    root: Path

    @property
    def package(self) -> Path:
        return self.root / "services" / "caseplane"

    def run(self, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a Python module or script of the copy; the caller checks its output."""
        paths = [self.root, *(self.root / each for each in ("services", "infra", "operators"))]
        given = {"PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.root,
            env=os.environ | given | environment,
            capture_output=True,
            text=True,
        )

    def differs_from(self, other: Path) -> set[str]:
        """Files that are new or differ from another tree."""
        files = {str(each.relative_to(self.root)) for each in self.root.rglob("*") if each.is_file()}
        return {
            name
            for name in files
            if "__pycache__" not in name
            and (
                not (other / name).is_file() or (other / name).read_bytes() != (self.root / name).read_bytes()
            )
        }


def copy(folder: Path) -> Checkout:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=IGNORED)
        else:
            shutil.copy(source, folder / name)
    return Checkout(folder)


@dataclass(frozen=True)
class Step:
    """A block of a recipe: a new file, or a change of one."""

    changes: bool
    path: str
    text: str

    @property
    def before(self) -> str:
        return self._without("+")

    @property
    def after(self) -> str:
        return self._without("-")

    def follow(self, root: Path) -> None:
        path = root / self.path
        if self.changes:
            path.write_text(replaced(path, self.before, self.after), encoding="utf-8")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(self.text, encoding="utf-8")

    def _without(self, mark: str) -> str:
        """The lines of a change but those with a mark."""
        return "".join(
            line[1:] or "\n" for line in self.text.splitlines(keepends=True) if not line.startswith(mark)
        )


def steps(recipe: str) -> list[Step]:
    """The blocks of a recipe, in order."""
    found = STEP.findall(PAGE.read_text(encoding="utf-8"))
    return [Step(kind == "diff", path, text) for kind, name, path, text in found if name == recipe]


def replaced(path: Path, old: str, new: str) -> str:
    """The text of a file with whole lines replaced, which it must have once."""
    text = path.read_text(encoding="utf-8")
    assert f"\n{text}".count(f"\n{old}") == 1, f"{path} has not once:\n{old}"
    return f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]


def follow_new_service(checkout: Checkout) -> None:
    """Write the recipe's files, and name the service."""
    service = checkout.package / "reminders"
    for name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        path = service / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{newest}", head()), encoding="utf-8")
    for folder in {each.parent for each in service.rglob("*.py")} - {service / "migrations"}:
        (folder / "__init__.py").touch()
    names = checkout.package / "services.py"
    text = names.read_text(encoding="utf-8")
    named, count = re.subn(r"^(NAMES = \(.*)\)$", r'\1, "reminders")', text, flags=re.MULTILINE)
    assert count == 1, "NAMES is one line"
    names.write_text(named, encoding="utf-8")
