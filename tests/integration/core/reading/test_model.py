"""The real reader: its layers come with the package, its word table with the `local` extra."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from caseplane.core.reading import Asked, ReaderSettings, build_reader
from caseplane.core.reading.model import MODEL, TABLE, UNREAD, PackagedReader

QUESTION = "How long do I have to return a jacket?"
RIGHT = Asked(
    "Shop > Returns", "You can return clothes within 30 days. Bring the receipt.", [(0, 38), (39, 57)]
)
WRONG = Asked("Shop > Opening hours", "We are open from nine to six. On Sundays we are closed.", [(0, 29)])


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def reader(cache_dir: Path) -> PackagedReader:
    return PackagedReader(cache_dir=cache_dir)


class TestRead:
    async def test_given_passages_when_read_then_the_one_that_answers_has_the_highest_odds(
        self, reader: PackagedReader
    ) -> None:
        right, wrong = await reader.read(QUESTION, [RIGHT, WRONG])

        assert right.answers > wrong.answers + 1
        assert right.evidence[0] > right.evidence[1]

    async def test_given_any_neighbours_when_read_then_a_passage_has_the_same_odds(
        self, reader: PackagedReader
    ) -> None:
        alone = (await reader.read(QUESTION, [RIGHT]))[0]

        among = (await reader.read(QUESTION, [WRONG, RIGHT, Asked("", "x " * 900, [(1700, 1701)])]))[1]

        assert among.answers == pytest.approx(alone.answers, abs=1e-3)
        assert np.allclose(among.evidence, alone.evidence, atol=1e-3)

    async def test_given_a_stretch_past_what_is_read_when_read_then_it_holds_nothing(
        self, reader: PackagedReader
    ) -> None:
        found = (await reader.read(QUESTION, [Asked("", "word " * 900, [(0, 4), (4000, 4004)])]))[0]

        assert found.evidence[1] == UNREAD < found.evidence[0]

    async def test_given_empty_texts_when_read_then_there_is_a_result_for_each(
        self, reader: PackagedReader
    ) -> None:
        found = await reader.read("", [Asked("", ""), RIGHT])

        assert len(found) == 2
        assert all(np.isfinite(each.answers) for each in found)


class TestLoading:
    async def test_given_a_used_cache_when_built_anew_then_the_odds_are_the_same(
        self, reader: PackagedReader, cache_dir: Path
    ) -> None:
        first = await reader.read(QUESTION, [RIGHT])

        again = await PackagedReader(cache_dir=cache_dir).read(QUESTION, [RIGHT])

        assert (cache_dir / TABLE).exists()
        assert again[0].answers == first[0].answers

    async def test_given_a_broken_cache_when_read_then_it_is_replaced(self, tmp_path: Path) -> None:
        (tmp_path / TABLE).write_bytes(b"half a file")

        found = await PackagedReader(cache_dir=tmp_path).read(QUESTION, [RIGHT])

        assert np.isfinite(found[0].answers)
        assert (tmp_path / TABLE).stat().st_size > 1_000_000

    async def test_given_an_unwritable_cache_when_read_then_it_works_without(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()

        found = await PackagedReader(cache_dir=tmp_path / "file").read(QUESTION, [RIGHT])

        assert np.isfinite(found[0].answers)

    def test_given_the_setting_when_off_then_there_is_no_reader(self, tmp_path: Path) -> None:
        assert build_reader(ReaderSettings(enabled=False), cache_dir=tmp_path) is None

    def test_given_the_packaged_file_when_hashed_then_it_is_the_one_that_the_docs_describe(self) -> None:
        page = (Path(__file__).parents[4] / "docs" / "reader.md").read_text("utf-8")

        assert hashlib.sha256(MODEL.read_bytes()).hexdigest() in page
        assert MODEL.stat().st_size <= 12_000_000
