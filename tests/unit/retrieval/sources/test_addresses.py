"""A citation's link opens the page that its document became."""

from pathlib import Path
from typing import Any

import pytest

from caseplane.cli.sites import site_of
from caseplane.retrieval.sources.addresses import UriStyle, document_address

BASE = "https://help.example/docs"


class TestAddress:
    @pytest.mark.parametrize(
        ("style", "path", "said", "address"),
        [
            ("docusaurus", "intro.md", {}, "/intro"),
            ("docusaurus", "01-start/02_set-up.mdx", {}, "/start/set-up"),
            ("docusaurus", "guides/index.md", {}, "/guides"),
            ("docusaurus", "guides/guides.md", {}, "/guides"),
            ("docusaurus", "README.md", {}, "/"),
            ("docusaurus", "a/b.md", {"slug": "/sync"}, "/sync"),
            ("docusaurus", "a/b.md", {"slug": "sync"}, "/a/sync"),
            ("docusaurus", "a/b.md", {"page_id": "other"}, "/a/other"),
            ("docusaurus", "2024-05-news.md", {}, "/2024-05-news"),
            ("docusaurus", "img/plan.pdf", {}, "/img/plan.pdf"),
            ("mkdocs", "a/set-up.md", {}, "/a/set-up/"),
            ("mkdocs", "a/index.md", {}, "/a/"),
            ("mkdocs", "index.md", {}, "/"),
            ("sphinx", "rooms/list.rst", {}, "/rooms/list.html"),
            ("sphinx", "index.rst", {}, "/index.html"),
            ("hugo", "content/Tasks/Set Up.md", {}, "/tasks/set-up/"),
            ("hugo", "tasks/_index.md", {}, "/tasks/"),
            ("hugo", "tasks/set-up/index.md", {"slug": "begin"}, "/tasks/begin/"),
            ("hugo", "tasks/x.md", {"slug": "begin"}, "/tasks/begin/"),
            ("hugo", "tasks/x.md", {"url": "/go/"}, "/go/"),
            ("hugo", "old/page.html", {}, "/old/page.html"),
        ],
    )
    def test_given_page_of_a_site_when_addressed_then_its_generators_rules_are_followed(
        self, style: str, path: str, said: dict[str, Any], address: str
    ) -> None:
        assert document_address(BASE, UriStyle(style), path, said) == BASE + address
        assert document_address(f"{BASE}/", UriStyle(style), path, said) == BASE + address

    def test_given_plain_style_when_addressed_then_the_path_follows_the_base(self) -> None:
        assert (
            document_address("https://x/d?f=", UriStyle.plain, "a b/c.md", {"slug": "/s"})
            == "https://x/d?f=a b/c.md"
        )

    def test_given_page_that_names_its_whole_address_when_addressed_then_it_is_taken(self) -> None:
        said = {"url": "https://other.example/p"}

        assert document_address(BASE, UriStyle.hugo, "a.md", said) == "https://other.example/p"


class TestSite:
    @pytest.mark.parametrize(
        ("settings", "style"),
        [
            ("docusaurus.config.ts", "docusaurus"),
            ("mkdocs.yml", "mkdocs"),
            ("docs/conf.py", "sphinx"),
            ("hugo.toml", "hugo"),
        ],
    )
    def test_given_settings_in_or_above_a_folder_when_looked_for_then_its_style_is_known(
        self, tmp_path: Path, settings: str, style: str
    ) -> None:
        folder = tmp_path / "site" / "docs"
        folder.mkdir(parents=True)
        (tmp_path / "site" / settings).touch()

        found = site_of(folder)

        assert found is not None
        assert found[0] == style

    def test_given_no_settings_when_looked_for_then_there_is_no_style(self, tmp_path: Path) -> None:
        folder = tmp_path / "a" / "b" / "c" / "d"
        folder.mkdir(parents=True)

        assert site_of(folder) is None
