"""Starts programs that cannot outlive the tests, and asks the system for ports that nothing else uses."""

import contextlib
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Below Linux's range of ephemeral ports, so that no outgoing connection uses one.
PORTS = range(20_000, 32_000)


class StartError(RuntimeError):
    """A program ended, or was not ready in time; the message ends with the last lines of its log."""


class Process:
    """A running program with its log; the kernel kills it if this process dies."""

    def __init__(
        self, name: str, command: Sequence[str | Path], *, log: Path, inherit: Sequence[int] = ()
    ) -> None:
        self.name, self.log = name, log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [*_bound_to_us(), *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=inherit,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def running(self) -> bool:
        return self._popen.poll() is None

    def kill(self) -> None:
        """Kill it, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self, *, grace: float = 5) -> None:
        """Ask it to end; kill it after `grace` seconds."""
        self._popen.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(grace)
        self.kill()

    def wait_until(self, ready: Callable[[], bool], *, within: float = 60) -> None:
        """Wait for `ready`.

        Raises:
            StartError: it ended, or was not ready within `within` seconds.
        """
        deadline = time.monotonic() + within
        while not ready():
            if not self.running:
                raise StartError(f"{self.name} ended with {self._popen.returncode}:\n{self._last_words()}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready within {within:.0f} s:\n{self._last_words()}")
            time.sleep(0.05)

    def _end(self, how: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._popen.send_signal(how)
        self._popen.wait()

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def free_port(address: str = "127.0.0.1") -> int:
    """A port that nothing listens on; taken at random, so that test workers rarely ask for the same."""
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((address, port))
            return port
    raise StartError(f"No free port between {PORTS.start} and {PORTS.stop} on {address}.")


def _bound_to_us() -> list[str]:
    # Linux only; elsewhere a killed test run leaves its programs behind.
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
