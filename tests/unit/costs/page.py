# ruff: noqa: T201 - it prints what it wrote
"""The generated blocks of `docs/cost-estimates.md`: `python -m tests.unit.costs.page [AREA …]` writes them."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "cost-estimates.md"


def block(name: str) -> str:
    """The page's text between a block's marks."""
    begin, end = _marks(name)
    _, found, rest = PAGE.read_text().partition(begin)
    assert found, f"the page has no block {name!r}"
    return rest.partition(end)[0].strip()


def put(name: str, text: str) -> None:
    begin, end = _marks(name)
    before, _, rest = PAGE.read_text().partition(begin)
    PAGE.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{rest.partition(end)[2]}")


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"


def blocks() -> Iterator[tuple[str, Callable[[], str]]]:
    """Names, and functions that compute the blocks."""
    from tests.unit.costs import test_baseline as reference
    from tests.unit.costs import test_baseline_differences as differences

    for cloud in reference.CLOUDS:
        yield f"reference {cloud}", lambda cloud=cloud: reference.table(cloud)
        yield f"differences {cloud}", lambda cloud=cloud: differences.table(cloud)
    yield "totals", reference.totals


if __name__ == "__main__":
    for name, compute in blocks():
        if not sys.argv[1:] or any(each in name for each in sys.argv[1:]):
            put(name, compute())
            print(name)
