"""A bad document ends its parser process, not the service."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.unit.retrieval.parsing.samples import encrypt_pdf, make_pdf

from caseplane.retrieval.parsing.errors import (
    EncryptedDocumentError,
    ParserCrashedError,
    ParseTimeoutError,
    TooLargeError,
)
from caseplane.retrieval.parsing.parse import parse
from caseplane.retrieval.parsing.sandbox import ParserPool
from caseplane.retrieval.parsing.settings import MIB, IngestionSettings


@pytest.fixture
async def pool() -> AsyncIterator[ParserPool]:
    pool = ParserPool(IngestionSettings(parse_timeout=timedelta(seconds=10)))
    yield pool
    await pool.close()


class TestParserPool:
    async def test_given_document_when_parsed_apart_then_same_as_parsed_here(self, pool: ParserPool) -> None:
        data = "# Größe\n\nText 漢字.".encode()

        assert await pool.parse(data, name="a.md") == parse(data, name="a.md")

    async def test_given_bad_document_when_parsed_apart_then_its_error_crosses_with_its_members(
        self, pool: ParserPool
    ) -> None:
        with pytest.raises(EncryptedDocumentError, match="password"):
            await pool.parse(encrypt_pdf(make_pdf([["x"]]), user="u"), name="a.pdf")

    async def test_given_fifty_megabytes_when_parsed_then_refused_by_a_setting_and_not_by_the_time_limit(
        self, pool: ParserPool
    ) -> None:
        with pytest.raises(TooLargeError) as caught:
            await pool.parse(b"word " * (10 * MIB), name="big.txt")

        assert caught.value.members["setting"] == "max_text_chars"

    async def test_given_slow_document_when_parsed_then_stopped_and_the_next_one_is_read(
        self,
    ) -> None:
        pool = ParserPool(IngestionSettings(parse_timeout=timedelta(milliseconds=1500)))
        await pool.parse(b"warm", name="a.txt")

        with pytest.raises(ParseTimeoutError):
            await pool.parse(b"*a **b " * 2_000_000, name="slow.md")

        assert (await pool.parse(b"fine", name="a.txt")).text == "fine"
        await pool.close()

    async def test_given_parser_killed_when_parsing_then_named_and_the_next_one_is_read(
        self, pool: ParserPool
    ) -> None:
        task = asyncio.create_task(pool.parse(b"*a **b " * 2_000_000, name="slow.md"))
        while not (pool._all and next(iter(pool._all)).served):  # until it reads the document
            await asyncio.sleep(0.05)
        (process,) = pool._all
        process._process.kill()

        with pytest.raises(ParserCrashedError):
            await task

        assert (await pool.parse(b"fine", name="a.txt")).text == "fine"

    async def test_given_too_little_memory_when_parsed_then_the_setting_is_named(self) -> None:
        pool = ParserPool(IngestionSettings(parser_memory_bytes=700 * MIB, max_text_chars=10**9))

        with pytest.raises((TooLargeError, ParserCrashedError)):
            await pool.parse(b"<p>x" * (4 * MIB - 1), name="a.html")

        await pool.close()

    async def test_given_recycling_when_many_are_parsed_then_processes_are_replaced(self) -> None:
        pool = ParserPool(IngestionSettings(parser_recycle_after=1))

        texts = [(await pool.parse(b"one", name="a.txt")).text for _ in range(2)]

        assert (texts, len(pool._all)) == (["one", "one"], 0)
        await pool.close()

    async def test_given_secret_in_environment_when_started_then_the_process_does_not_have_it(
        self, pool: ParserPool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CASEPLANE_SERVICE_SECRET", "s3cret")
        await pool.parse(b"x", name="a.txt")
        (process,) = pool._all

        with open(f"/proc/{process._process.pid}/environ", "rb") as environment:
            assert b"s3cret" not in environment.read()
