"""Every relative link and anchor of the documentation leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:services|tests|docs|requirements|0[12]-\w+)/[\w./-]+)`")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def pages() -> list[Path]:
    found = sorted(ROOT.glob("*.md"))
    for folder in ("01-strategy", "02-design", "docs"):
        found += sorted((ROOT / folder).rglob("*.md"))
    return found


def prose(page: Path) -> str:
    """The page without its code blocks, where a bracket is not a link and a hash is not a heading."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[str]:
    for match in LINK.finditer(prose(page)):
        yield match.group(1) or match.group(2)


def anchors(page: Path) -> set[str]:
    """The fragment names that a forge gives to the page's headings."""
    seen: dict[str, int] = {}
    names = set()
    for heading in HEADING.findall(prose(page)):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        names.add(f"{slug}-{count}" if count else slug)
    return names


def broken(page: Path) -> list[str]:
    found = []
    for link in links(page):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.is_relative_to(ROOT) or not target.exists():
            found.append(f"{link}: no such file")
        elif fragment and target.suffix == ".md" and fragment not in anchors(target):
            found.append(f"{link}: no such heading")
    return found


class TestLinks:
    @pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
    def test_given_page_when_its_relative_links_are_followed_then_each_leads_somewhere(
        self, page: Path
    ) -> None:
        assert broken(page) == []

    def test_given_documentation_folder_when_index_is_read_then_every_page_is_linked_from_it(self) -> None:
        index = ROOT / "docs" / "README.md"
        linked = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
        missing = [p.name for p in (ROOT / "docs").glob("*.md") if p != index and p.resolve() not in linked]

        assert missing == []


class TestPaths:
    @pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
    def test_given_page_when_it_names_a_path_of_the_repository_then_the_path_exists(self, page: Path) -> None:
        named = PATH.findall(prose(page))

        assert [path for path in named if not (ROOT / path).exists()] == []


class TestPages:
    @pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
    def test_given_page_when_read_then_it_has_one_title_and_closed_code_blocks(self, page: Path) -> None:
        text = page.read_text(encoding="utf-8")

        assert len(re.findall(r"^# ", FENCE.sub("", text), re.MULTILINE)) == 1
        assert len(re.findall(r"^```", text, re.MULTILINE)) % 2 == 0


class TestAnchors:
    def test_given_heading_with_code_and_punctuation_when_named_then_the_forge_rules_hold(
        self, tmp_path: Path
    ) -> None:
        page = tmp_path / "page.md"
        page.write_text("# A `b` c?\n\n## Twice\n\n## Twice\n\n```\n# not a heading\n```\n", encoding="utf-8")

        assert anchors(page) == {"a-b-c", "twice", "twice-1"}
