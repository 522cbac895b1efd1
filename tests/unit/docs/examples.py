"""Reads the code blocks of the documentation: their language, and which ones are run.

A block marked ```` ```sh test ```` or ```` ```python test ```` is run by `tests/e2e/test_docs.py` against a real server.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"^```(\w*)([^\n`]*)\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
MENTION = re.compile(r"`[^`\n]+`")


@dataclass(frozen=True)
class Example:
    """One code block.

    Attributes:
        page: relative to the repository.
        line: of the opening fence.
        language: the fence's first word; empty where it has none.
        tested: whether it is marked to be run.
        code: without the fences.
    """

    page: str
    line: int
    language: str
    tested: bool
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """The README and the user documentation."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def examples() -> Iterator[Example]:
    """Every code block of the user documentation, in order."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            name = str(page.relative_to(ROOT))
            yield Example(name, line, block[1], "test" in block[2].split(), block[3])


def mentions(page: Path) -> Iterator[str]:
    """A page's text between single backticks, outside its code blocks."""
    for found in MENTION.finditer(BLOCK.sub("", page.read_text(encoding="utf-8"))):
        yield found[0].strip("`")
