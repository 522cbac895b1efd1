"""The generated blocks of `docs/cost-estimates.md`, which `make docs PAGE=docs/cost-estimates.md` writes."""

from collections.abc import Callable, Iterator
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "cost-estimates.md"


def block(name: str) -> str:
    """The page's text between a block's marks."""
    begin, end = _marks(name)
    _, found, rest = PAGE.read_text().partition(begin)
    assert found, f"the page has no block {name!r}"
    return rest.partition(end)[0].strip()


def render() -> str:
    """The page with every block computed."""
    page = PAGE.read_text()
    for name, compute in blocks():
        begin, end = _marks(name)
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{compute().strip()}\n\n{end}{rest.partition(end)[2]}"
    return page


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
