"""A folder is recognised by where it lies and what it was cloned from."""

from pathlib import Path

import pytest

from caseplane.cli.exits import CommandError
from caseplane.cli.origins import Origin, choose_for_file, free_name, origin_of, read_origin


def clone(path: Path, url: str) -> Path:
    (path / ".git").mkdir(parents=True)
    (path / ".git" / "config").write_text(
        f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n\tfetch = +x\n'
    )
    return path


class TestOrigin:
    @pytest.mark.parametrize(
        "url",
        [
            "https://git.example/shop/site.git",
            "https://user:token@git.example/shop/site",
            "git@git.example:shop/site.git",
            "ssh://git@git.example/shop/site.git/",
        ],
    )
    def test_given_a_clone_when_looked_at_then_its_repository_has_no_scheme_and_no_secret(
        self, tmp_path: Path, url: str
    ) -> None:
        docs = clone(tmp_path / "site", url) / "docs"
        docs.mkdir()

        assert origin_of(docs).repository == "git.example/shop/site/docs"

    def test_given_a_further_work_tree_when_looked_at_then_it_has_the_repository_of_the_first(
        self, tmp_path: Path
    ) -> None:
        first = clone(tmp_path / "site", "https://git.example/shop/site.git")
        kept = first / ".git" / "worktrees" / "next"
        kept.mkdir(parents=True)
        (kept / "commondir").write_text("../..\n")
        (tmp_path / "next").mkdir()
        (tmp_path / "next" / ".git").write_text(f"gitdir: {kept}\n")

        assert origin_of(tmp_path / "next").repository == "git.example/shop/site"

    def test_given_no_clone_or_one_without_an_address_when_looked_at_then_only_the_path_counts(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "own" / ".git").mkdir(parents=True)
        (tmp_path / "own" / ".git" / "config").write_text("[core]\n")

        assert origin_of(tmp_path / "own") == Origin((tmp_path / "own").resolve())

    def test_given_a_path_with_any_characters_when_kept_then_it_is_read_back(self) -> None:
        origin = Origin(Path("/srv/a b/ü?#%/docs"), "git.example/x y/docs")

        assert read_origin(origin.text) == origin
        assert read_origin(None) is None
        assert read_origin("https://elsewhere.example/") is None


class TestNames:
    def test_given_names_that_are_taken_when_another_is_made_then_it_is_the_shortest_free_end(self) -> None:
        assert free_name(Path("/home/ann/shop/docs"), []) == "docs"
        assert free_name(Path("/home/ann/shop/docs"), ["docs", "shop/docs"]) == "ann/shop/docs"
        with pytest.raises(CommandError, match="--source"):
            free_name(Path("/docs"), ["docs"])

    def test_given_a_file_below_a_known_folder_when_placed_then_it_is_part_of_that_source(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "docs" / "guide" / "a.md"
        file.parent.mkdir(parents=True)
        file.write_text("x")
        known = {"id": "1", "name": "docs", "kind": "upload", "origin": origin_of(tmp_path / "docs").text}

        choice, path = choose_for_file([known], file)
        other, name = choose_for_file([], file)

        assert (choice.source, path) == ("1", "guide/a.md")
        assert (other.source, other.name, name) == ("", "guide", "a.md")
