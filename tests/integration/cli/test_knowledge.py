"""`caseplane kb` and `caseplane ask` against a running server."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest
from tests.e2e.conftest import Server
from tests.integration.cli.conftest import Cli

pytestmark = pytest.mark.slow


class TestKb:
    def test_given_a_folder_when_ingested_twice_then_the_second_run_indexes_nothing(
        self, cli: Cli, guide: Path
    ) -> None:
        first = cli.json("kb", "ingest", str(guide), "--kb", "twice")
        second = cli.ok("kb", "ingest", str(guide), "--kb", "twice", "--verbose")

        assert first["counts"]["indexed"] == 2
        assert {item["path"] for item in first["items"]} == {"restart.md", "clean.md"}
        assert "2 unchanged" in second
        assert "indexed" not in second

    def test_given_a_folder_when_ingested_then_the_quality_is_told_and_can_be_read(
        self, cli: Cli, guide: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "copy.md").write_text((guide / "restart.md").read_text())
        (tmp_path / "again.md").write_text((guide / "restart.md").read_text())

        told = cli.ok("kb", "ingest", str(tmp_path), "--kb", "measured")
        shown = cli.ok("kb", "quality", "measured")
        report = cli.json("kb", "quality", "measured")["report"]

        assert "2 documents that are there twice" in told
        assert "again.md = copy.md (100%)" in shown
        assert report["duplicates"] == [{"paths": ["again.md", "copy.md"], "alike": 1.0}]

    def test_given_a_bad_file_when_ingested_strictly_then_it_is_named_and_the_code_is_1(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing else")
        (tmp_path / "good.txt").write_text("A good file.")

        ran = cli.run("kb", "ingest", str(tmp_path), "--kb", "strict", "--strict")

        assert ran.code == 1
        assert "failed" in ran.out
        assert "broken.pdf" in ran.out
        assert "1 indexed" in ran.out

    def test_given_a_base_when_created_listed_searched_and_deleted_then_each_is_reported(
        self, cli: Cli, guide: Path
    ) -> None:
        made = cli.json("kb", "create", "pumps", "--description", "About pumps")
        cli.ok("kb", "ingest", str(guide / "restart.md"), "--kb", "pumps")
        listed = {row["name"]: row for row in cli.json("kb", "list")}
        found = cli.json("kb", "search", "restart the pump", "--kb", "pumps", "--limit", "1")
        shown = cli.ok("kb", "search", "restart the pump", "--kb", "pumps")
        deleted = cli.json("kb", "delete", "pumps", "--yes")

        assert listed["pumps"]["documents"] == 1
        assert "green button" in found["results"][0]["text"]
        assert "green button" in shown
        assert deleted == {"id": made["id"], "deleted": True}
        assert "pumps" not in cli.ok("kb", "list")

    def test_given_another_profile_when_reindexed_then_waited_for_and_reported(
        self, cli: Cli, guide: Path
    ) -> None:
        cli.ok("kb", "ingest", str(guide), "--kb", "moved")

        moved = cli.json("kb", "reindex", "moved", "--profile", "exact")
        found = cli.json("kb", "search", "restart the pump", "--kb", "moved", "--limit", "1")
        unknown = cli.fails(2, "kb", "reindex", "moved", "--profile", "huge")

        assert (moved["embedding_profile"]["quantisation"], moved["reindexing"]) == ("fp32", None)
        assert found["results"][0]["component_scores"]["vector"] > 0.5
        assert "default, exact" in unknown
        assert "exact" in cli.ok("kb", "list")

    def test_given_files_in_the_inbox_when_synced_then_they_are_indexed(
        self, cli: Cli, cli_server: Server
    ) -> None:
        base = cli.json("kb", "create", "inbox")
        with cli_server.client(cli.environment["CASEPLANE_API_KEY"]) as http:
            tenant = http.get("/api/v1/me").json()["tenant_id"]
            source = {"name": "drop", "kind": "object_store", "prefix": "drop"}
            http.post(f"/api/v1/knowledge-bases/{base['id']}/sources", json=source).raise_for_status()
        folder = Path(cli_server.folder.objects_url.removeprefix("file://")) / tenant / "inbox" / "drop"
        folder.mkdir(parents=True)
        (folder / "valve.md").write_text("# Valve\n\nTurn the valve to the left to open it.\n")

        synced = cli.json("kb", "sync", "inbox", "--source", "drop")

        assert synced["counts"]["indexed"] == 1

    def test_given_wrong_names_when_asked_then_one_line_and_a_code_say_so(self, cli: Cli) -> None:
        cli.ok("kb", "create", "taken")

        assert "no knowledge base 'nothing'" in cli.fails(3, "kb", "search", "x", "--kb", "nothing")
        assert "taken" in cli.fails(5, "kb", "create", "taken")
        assert "/no/such/folder" in cli.fails(2, "kb", "ingest", "/no/such/folder")


def write(folder: Path, *names: str, about: str = "") -> Path:
    """A folder of small documents."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(
            f"# {name}\n\nThe {name} {about or folder.parent.name} is explained here.\n"
        )
    return folder


class TestSources:
    def test_given_two_folders_of_one_name_when_ingested_then_each_keeps_its_documents(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        shop = write(tmp_path / "shop" / "docs", "a.md", "b.md", "c.md")
        bank = write(tmp_path / "bank" / "docs", "a.md", "d.md")
        cli.ok("kb", "ingest", str(shop), "--kb", "both")

        second = cli.json("kb", "ingest", str(bank), "--kb", "both")
        again = cli.json("kb", "ingest", str(shop), "--kb", "both")

        assert second["counts"]["indexed"] == 2
        assert not second["counts"].get("deleted")
        assert again["counts"]["unchanged"] == 3
        sources = {row["name"]: row["documents"] for row in cli.json("kb", "sources", "both")}
        assert sources == {"docs": 3, "bank/docs": 2}
        assert str(bank) in cli.with_environment(COLUMNS="200").ok("kb", "sources", "both")

    def test_given_a_folder_that_moved_when_ingested_then_nothing_is_stored_twice(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        before = write(tmp_path / "one" / "docs", "a.md", "b.md", "c.md")
        cli.ok("kb", "ingest", str(before), "--kb", "moved-folder")
        (tmp_path / "two").mkdir()
        after = before.rename(tmp_path / "two" / "docs")

        moved = cli.run("kb", "ingest", str(after), "--kb", "moved-folder")

        assert "3 unchanged" in moved.out
        assert f"It was at {before} before" in moved.out
        assert len(cli.json("kb", "sources", "moved-folder")) == 1

    def test_given_a_clone_that_moved_and_changed_when_ingested_then_it_is_the_same_source(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        config = '[core]\n[remote "origin"]\n\turl = git@git.example:shop/site.git\n'
        first = write(tmp_path / "first" / "docs", "a.md", "b.md")
        second = write(tmp_path / "second" / "docs", "a.md", "c.md", about="after a rewrite")
        for folder in (first, second):
            (folder.parent / ".git").mkdir()
            (folder.parent / ".git" / "config").write_text(config)
        cli.ok("kb", "ingest", str(first), "--kb", "clones")
        shutil.rmtree(first.parent)

        ran = cli.json("kb", "ingest", str(second), "--kb", "clones")

        assert ran["counts"] == {"indexed": 2, "deleted": 1}
        (source,) = cli.json("kb", "sources", "clones")
        assert source["origin"].endswith("?repository=git.example/shop/site/docs")

    def test_given_a_run_that_deletes_most_documents_when_in_a_pipe_then_it_is_refused_with_names(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        folder = write(tmp_path / "docs", "a.md", "b.md", "c.md")
        cli.ok("kb", "ingest", str(folder), "--kb", "guarded")
        (folder / "a.md").unlink()
        (folder / "b.md").unlink()

        said = cli.fails(5, "kb", "ingest", str(folder), "--kb", "guarded")
        kept = cli.json("kb", "sources", "guarded")[0]["documents"]
        meant = cli.json("kb", "ingest", str(folder), "--kb", "guarded", "--yes")

        assert "delete 2 of the 3 documents of source 'docs': a.md, b.md" in said
        assert "--yes" in said
        assert kept == 3
        assert meant["counts"] == {"unchanged": 1, "deleted": 2}

    def test_given_another_folder_under_a_source_s_name_when_ingested_then_it_is_refused(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        cli.ok("kb", "ingest", str(write(tmp_path / "x", "a.md", "b.md")), "--kb", "named", "--source", "s")

        said = cli.fails(
            5, "kb", "ingest", str(write(tmp_path / "y", "c.md")), "--kb", "named", "--source", "s"
        )

        assert "2 of the 2 documents" in said

    def test_given_a_dry_run_when_asked_then_it_says_what_would_happen_and_does_nothing(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        folder = write(tmp_path / "docs", "a.md", "b.md", "c.md")
        unknown = cli.ok("kb", "ingest", str(folder), "--kb", "dry", "--dry-run")
        made = {row["name"] for row in cli.json("kb", "list")}
        cli.ok("kb", "ingest", str(folder), "--kb", "dry")
        (folder / "a.md").unlink()
        (folder / "b.md").write_text("# b.md\n\nAnother text.\n")
        write(folder, "d.md")

        shown = cli.ok("kb", "ingest", str(folder), "--kb", "dry", "--dry-run")
        found = cli.json("kb", "ingest", str(folder), "--kb", "dry", "--dry-run")

        assert "3 added" in unknown
        assert "dry" not in made
        assert (found["added"], found["changed"], found["deleted"]) == (["d.md"], ["b.md"], ["a.md"])
        assert "deleted   a.md" in shown
        assert cli.json("kb", "sources", "dry")[0]["documents"] == 3

    def test_given_two_files_of_one_name_when_ingested_then_both_are_kept(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        for place in ("shop", "bank"):
            write(tmp_path / place, "README.md", about=place)
            cli.ok("kb", "ingest", str(tmp_path / place / "README.md"), "--kb", "files")

        again = cli.json("kb", "ingest", str(tmp_path / "shop" / "README.md"), "--kb", "files")

        assert again["counts"] == {"unchanged": 1}
        assert {row["name"]: row["documents"] for row in cli.json("kb", "sources", "files")} == {
            "shop": 1,
            "bank": 1,
        }


class TestAsk:
    def test_given_a_question_when_asked_then_the_answer_cites_its_source(
        self, cli: Cli, guide: Path
    ) -> None:
        cli.ok("kb", "ingest", str(guide), "--kb", "asked")

        asked = cli.json("ask", "How do I restart the pump?", "--kb", "asked")
        shown = cli.run("ask", "-", "--kb", "asked", given="How do I restart the pump?")

        assert "green button" in asked["reply"]["content"]
        assert asked["reply"]["citations"][0]["uri"].endswith("restart.md")
        assert shown.code == 0
        assert "[1] " in shown.out
        assert shown.err.splitlines()[0].startswith("asking http")
        assert shown.err.splitlines()[1].startswith("session ")

    def test_given_a_question_without_evidence_when_asked_then_a_person_takes_over(self, cli: Cli) -> None:
        cli.ok("kb", "create", "empty")

        asked = cli.json("ask", "Who won the match yesterday?", "--kb", "empty")

        assert asked["escalation"]["reason"]
        assert UUID(asked["escalation"]["ticket_id"])
