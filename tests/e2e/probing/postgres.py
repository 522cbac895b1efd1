"""The embedded PostgreSQL of a running server, as its owner or as the login role of the services."""

from pathlib import Path
from urllib.parse import quote

import psycopg


def socket_folder(data: Path) -> Path:
    """Where the server of a data folder listens; its pid file says so."""
    lines = (data / "postgres" / "postmaster.pid").read_text().splitlines()
    return Path(lines[4])


def url(data: Path, *, user: str = "postgres", database: str = "postgres") -> str:
    return f"postgresql://{user}@/{database}?host={quote(str(socket_folder(data)), safe='')}"


def owner(data: Path, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url(data, database=database), autocommit=True)
