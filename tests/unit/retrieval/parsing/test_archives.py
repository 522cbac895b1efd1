"""Hostile archives and folders, and ordinary ones."""

import os
import stat
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from tests.unit.retrieval.parsing.samples import make_zip

from caseplane.retrieval.parsing.archives import read_archive
from caseplane.retrieval.parsing.errors import CorruptDocumentError, UnsafeArchiveError
from caseplane.retrieval.parsing.folders import walk_folder
from caseplane.retrieval.parsing.settings import IngestionSettings

LIMITS = IngestionSettings()


def outcome(data: bytes, limits: IngestionSettings = LIMITS) -> dict[str, str]:
    return {m.path: m.error.slug if m.error else m.data.decode() for m in read_archive(data, limits=limits)}


class TestReadArchive:
    def test_given_ordinary_archive_when_read_then_files_come_without_clutter(self) -> None:
        data = make_zip(
            {"b/x.md": b"x", "a.md": b"a", "__MACOSX/._a.md": b"-", ".git/config": b"-",
             "b/.hidden": b"-", "b/Thumbs.db": b"-", "c/": b""}
        )  # fmt: skip

        assert outcome(data) == {"a.md": "a", "b/x.md": "x"}

    @pytest.mark.parametrize(
        "name", ["../x.md", "a/../../x.md", "/etc/x.md", "C:\\x.md", "..\\x.md", "a\nb.md"]
    )
    def test_given_name_that_leaves_when_read_then_the_member_is_refused_and_others_are_not(
        self, name: str
    ) -> None:
        results = outcome(make_zip({name: b"evil", "good.md": b"good"}))

        assert results.pop("good.md") == "good"
        assert list(results.values()) == ["unsafe-path"]

    @pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
    def test_given_link_or_device_when_read_then_the_member_is_refused(self, kind: int) -> None:
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            entry = zipfile.ZipInfo("link.md")
            entry.external_attr = (kind | 0o777) << 16
            archive.writestr(entry, "/etc/passwd")

        assert outcome(out.getvalue()) == {"link.md": "unsafe-path"}

    def test_given_bomb_by_ratio_when_read_then_all_of_it_is_refused(self) -> None:
        with pytest.raises(UnsafeArchiveError, match="times its size"):
            outcome(make_zip({"a.txt": b"0" * 50_000_000}))

    def test_given_bomb_by_total_when_read_then_all_of_it_is_refused(self) -> None:
        members = {f"{n}.txt": os.urandom(400_000) for n in range(4)}

        with pytest.raises(UnsafeArchiveError, match="unpacks to"):
            outcome(make_zip(members), IngestionSettings(max_expanded_bytes=1_000_000))

    def test_given_lying_size_when_read_then_no_more_than_declared_is_unpacked(self) -> None:
        data = bytearray(make_zip({"a.txt": b"0" * 500_000}))
        for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            at = data.index(mark) + offset
            data[at : at + 4] = (10).to_bytes(4, "little")

        assert outcome(bytes(data)) == {"a.txt": "corrupt-document"}

    def test_given_overlapping_members_when_read_then_all_of_it_is_refused(self) -> None:
        data = bytearray(make_zip({"a.txt": b"abc", "b.txt": b"def"}))
        for mark, offset in ((b"PK\x01\x02", 20), (b"PK\x01\x02", 24)):
            at = data.index(mark) + offset
            data[at : at + 4] = (900_000).to_bytes(4, "little")

        with pytest.raises(UnsafeArchiveError, match="overlap"):
            outcome(bytes(data))

    def test_given_archives_in_archives_when_read_then_the_depth_and_the_total_size_are_limited(self) -> None:
        inner = make_zip({"deep.md": b"deep"})
        middle = make_zip({"m.md": b"m", "inner.zip": inner})

        results = outcome(make_zip({"middle.zip": middle}))

        assert results == {
            "middle.zip/m.md": "m",
            "middle.zip/inner.zip": "unsupported-format",
        }

    def test_given_utf8_name_without_its_flag_when_read_then_it_is_recognised(self) -> None:
        data = make_zip({"f\u00fcr.md": b"x"})
        data = data.replace(b"\x00\x08", b"\x00\x00")  # general purpose bit 11

        assert list(outcome(data)) == ["f\u00fcr.md"]

    def test_given_same_name_twice_when_read_then_the_second_is_refused(self) -> None:
        data = make_zip({"a.md": b"1", "./a.md": b"2"})

        assert sorted(m.error.slug if m.error else "ok" for m in read_archive(data, limits=LIMITS)) == [
            "ok", "unsafe-path",
        ]  # fmt: skip

    def test_given_cut_off_archive_when_read_then_refused_as_damaged(self) -> None:
        with pytest.raises(CorruptDocumentError):
            outcome(make_zip({"a.md": b"x" * 1000})[:-30])


class TestWalkFolder:
    def test_given_folder_when_walked_then_order_is_stable_and_hidden_files_are_left_out(
        self, tmp_path: Path
    ) -> None:
        for name in ("b/two.md", "a.md", ".git/x", "b/.secret", "node_modules/y.md"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("x")

        assert [(f.uri, f.error) for f in walk_folder(tmp_path)] == [("a.md", None), ("b/two.md", None)]

    def test_given_links_when_walked_then_those_that_leave_are_reported(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "secret.md").write_text("x")
        root = tmp_path / "kb"
        root.mkdir()
        (root / "a.md").write_text("x")
        (root / "inside.md").symlink_to(root / "a.md")
        (root / "leak.md").symlink_to(tmp_path / "out" / "secret.md")
        (root / "folder").symlink_to(tmp_path / "out")
        (root / "gone.md").symlink_to(root / "nothing.md")

        found = {f.uri: f.error.slug if f.error else "ok" for f in walk_folder(root)}

        assert found == {
            "a.md": "ok",
            "inside.md": "ok",
            "leak.md": "unsafe-path",
            "folder": "unsafe-path",
            "gone.md": "unsafe-path",
        }

    def test_given_file_over_the_limit_when_walked_then_reported_without_being_read(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "big.md").write_bytes(b"x" * 100)

        (found,) = walk_folder(tmp_path, limits=IngestionSettings(max_bytes=50))

        assert found.error is not None
        assert found.error.members["setting"] == "max_bytes"
