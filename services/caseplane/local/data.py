"""The data folder of an embedded installation: database, files, secrets, and the address of its server."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

LOCAL_TENANT = "local"
OWN_FILES = ("postgres", "objects", "secrets.json", "keys.json", "endpoint.json", "served.json", "demo.json")
"""What an installation keeps in its folder, but for the lock."""


def default_folder() -> Path:
    """`CASEPLANE_DATA_DIR`, else the platform's folder for application data."""
    given = os.environ.get("CASEPLANE_DATA_DIR")
    if given:
        return Path(given).expanduser().resolve()
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "caseplane"


class Secrets(BaseModel):
    """Created once per installation; readable by the owner only."""

    service_secret: str
    platform_admin_key: str


class Endpoint(BaseModel):
    """Address of the running server, and how its own administrators reach it."""

    url: str
    pid: int
    tenant: str = LOCAL_TENANT
    """The local tenant that commands act for unless they are told otherwise."""
    platform_admin_key: str = ""
    """The key that this server accepts, which the environment may have given; empty: the folder's."""


class DataFolderBusyError(RuntimeError):
    """Another process runs the platform on this folder."""


class DataFolder:
    """Paths and small files of an installation."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_folder()
        self.path.mkdir(parents=True, exist_ok=True)

    @property
    def database(self) -> Path:
        return self.path / "postgres"

    @property
    def objects_url(self) -> str:
        return f"file://{self.path / 'objects'}"

    def secrets(self) -> Secrets:
        """The installation's secrets, created at the first call."""
        file = self.path / "secrets.json"
        if not file.exists():
            fresh = Secrets(
                service_secret=secrets.token_urlsafe(48),
                platform_admin_key="cpp_" + secrets.token_urlsafe(32),
            )
            self._write_private(file, fresh.model_dump_json())
        return Secrets.model_validate_json(file.read_text())

    def key_of(self, tenant: str) -> str | None:
        """The stored admin key of a local tenant, or None."""
        return self._keys().get(tenant)

    def remember_key(self, tenant: str, key: str) -> None:
        self._write_private(self.path / "keys.json", json.dumps({**self._keys(), tenant: key}))

    def _keys(self) -> dict[str, str]:
        file = self.path / "keys.json"
        if not file.exists():
            return {}
        found: dict[str, str] = json.loads(file.read_text())
        return found

    def endpoint(self) -> Endpoint | None:
        """The server that runs on this folder, or None."""
        file = self.path / "endpoint.json"
        try:
            endpoint = Endpoint.model_validate_json(file.read_text())
            os.kill(endpoint.pid, 0)
        except (OSError, ValueError):
            return None
        return endpoint

    def served_tenant(self) -> str:
        """The tenant that commands act for: the running server's, else that of the server before."""
        endpoint = self.endpoint()
        if endpoint is not None:
            return endpoint.tenant
        return str(self.noted("served") or LOCAL_TENANT)

    @contextlib.contextmanager
    def published(
        self, url: str, *, tenant: str = LOCAL_TENANT, platform_admin_key: str = ""
    ) -> Iterator[None]:
        """Store this server's address for other processes while the block runs."""
        file = self.path / "endpoint.json"
        here = Endpoint(url=url, pid=os.getpid(), tenant=tenant, platform_admin_key=platform_admin_key)
        self.note("served", tenant)
        self._write_private(file, here.model_dump_json())
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder for this process; the lock ends with the process, even after a crash.

        Raises:
            DataFolderBusyError: another process has locked it.
        """
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as exc:
                raise self._busy() from exc
            yield

    def refuse_if_served(self) -> None:
        """Raises `DataFolderBusyError` if a server runs on the folder."""
        if self.endpoint() is not None:
            raise self._busy()

    def _busy(self) -> DataFolderBusyError:
        endpoint = self.endpoint()
        where = f" at {endpoint.url} (process {endpoint.pid})" if endpoint else ""
        return DataFolderBusyError(
            f"Caseplane already runs on {self.path}{where}. Stop it first, or set CASEPLANE_DATA_DIR to another folder."
        )

    def note(self, name: str, value: Any) -> None:
        """Keep a small fact about this installation."""
        self._write_private(self.path / f"{name}.json", json.dumps(value))

    def noted(self, name: str) -> Any:
        """What was kept under this name, or None."""
        try:
            return json.loads((self.path / f"{name}.json").read_text())
        except (OSError, ValueError):
            return None

    def clear(self) -> None:
        """Delete what an installation keeps here; other files of the folder stay."""
        with self.locked():
            for name in OWN_FILES:
                file = self.path / name
                if file.is_dir():
                    shutil.rmtree(file)
                else:
                    file.unlink(missing_ok=True)

    def _write_private(self, file: Path, text: str) -> None:
        """Replace a file atomically, readable by the owner only."""
        temporary = file.with_suffix(f".{os.getpid()}.tmp")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
