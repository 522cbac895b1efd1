"""The end of a process is bounded, whatever does not answer."""

import asyncio
import signal
import socket
import subprocess
import sys
import time

import pytest

from caseplane.core.stopping import to_the_end

SPANS = """
import asyncio
from caseplane.cli.exits import run_server
from caseplane.core.telemetry import configure_tracing, span
async def work():
    with span("the last"):
        print("ready", flush=True)
        await asyncio.Event().wait()
configure_tracing("test", "1")
run_server(work())
"""


STOPPED = """
import asyncio, signal
from caseplane.core.stopping import until_stopped
async def work():
    signal.raise_signal(signal.SIGTERM)
    await asyncio.Event().wait()
print(asyncio.run(until_stopped(work())))
"""


class TestSignals:
    # In a process of its own: whatever goes on after the limit of a stop is ended.
    def test_given_work_when_the_process_is_told_to_stop_then_it_is_cancelled_and_ends_well(self) -> None:
        ended = subprocess.run([sys.executable, "-c", STOPPED], capture_output=True, text=True, timeout=60)

        assert (ended.stdout, ended.returncode) == ("None\n", 0), ended.stderr

    async def test_given_a_step_that_may_not_be_left_half_done_when_cancelled_then_it_is_finished_first(
        self,
    ) -> None:
        done: list[int] = []

        async def step() -> None:
            await asyncio.sleep(0.2)
            done.append(1)

        task = asyncio.create_task(to_the_end(step()))
        await asyncio.sleep(0.05)
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        assert done == [1]

    @pytest.mark.slow
    def test_given_a_collector_that_never_answers_when_stopped_then_it_is_not_waited_for_long(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
            process = subprocess.Popen(
                [sys.executable, "-c", SPANS],
                env={"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "PATH": "/usr/bin:/bin"},
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            process.stdout.readline()
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            code = process.wait(timeout=60)
            silent.accept()  # the last span was sent

        process.stdout.close()
        assert code == 0
        assert time.monotonic() - began < 10
