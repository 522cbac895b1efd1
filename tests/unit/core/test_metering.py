"""A tenant's usage is counted and written in full or kept; waiting does not count as work."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, LiteralString

import pytest

from caseplane.core.ids import new_id
from caseplane.core.metering import Clocked, Meter

ACME, BOLT = new_id(), new_id()


class Table:
    """Accepts writes, or refuses them."""

    def __init__(self, *, broken: bool = False) -> None:
        self.rows: list[Mapping[str, Any]] = []
        self.broken = broken

    async def __call__(self, _: LiteralString, values: Mapping[str, Any]) -> None:
        if self.broken:
            raise ConnectionError
        self.rows.append(values)


class TestMeter:
    async def test_given_counts_of_tenants_when_written_then_one_row_each_and_nothing_is_left(self) -> None:
        meter, table = Meter(), Table()
        for tenant in (ACME, ACME, BOLT):
            meter.add(tenant, requests=1, seconds=0.25)

        await meter.flush(table)
        await meter.flush(table)

        (row,) = table.rows
        assert dict(
            zip(row["tenants"], zip(row["requests"], row["compute_ms"], strict=True), strict=True)
        ) == {
            ACME: (2, 500),
            BOLT: (1, 250),
        }

    async def test_given_an_unavailable_database_when_written_then_kept_and_added_to(self) -> None:
        meter, table = Meter(), Table()
        meter.add(ACME, requests=1)

        with pytest.raises(ConnectionError):
            await meter.flush(Table(broken=True))
        meter.add(ACME, requests=1)
        await meter.flush(table)

        assert table.rows[0]["requests"] == [2]

    async def test_given_a_block_when_it_ends_then_what_was_counted_last_is_written_too(self) -> None:
        meter, table = Meter(), Table()

        async with meter.written(table, every=0.01):
            meter.add(ACME, requests=1)
            await asyncio.sleep(0.1)
            assert len(table.rows) == 1
            meter.add(ACME, requests=1)

        assert [row["requests"] for row in table.rows] == [[1], [1]]

    async def test_given_an_unavailable_database_when_the_block_runs_then_it_does_not_fail(self) -> None:
        meter = Meter()

        async with meter.written(Table(broken=True), every=0.01):
            meter.add(ACME, requests=1)
            await asyncio.sleep(0.03)


class TestClocked:
    async def test_given_work_that_waits_when_it_ends_then_only_what_it_ran_counts(self) -> None:
        async def work() -> str:
            await asyncio.sleep(0.2)
            until = time.thread_time() + 0.05
            while time.thread_time() < until:
                pass
            await asyncio.sleep(0)
            return "done"

        clocked = Clocked(work())

        assert await clocked == "done"
        assert 0.05 <= clocked.seconds < 0.15

    async def test_given_work_that_fails_when_awaited_then_its_error_comes_through(self) -> None:
        async def work() -> None:
            await asyncio.sleep(0)
            raise LookupError("it is not there")

        with pytest.raises(LookupError, match="not there"):
            await Clocked(work())

    async def test_given_work_that_is_cancelled_when_it_cleans_up_then_it_may(self) -> None:
        cleaned = asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                cleaned.set()

        async def run() -> None:
            await Clocked(work())

        task = asyncio.create_task(run())
        await asyncio.sleep(0)
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        assert cleaned.is_set()
