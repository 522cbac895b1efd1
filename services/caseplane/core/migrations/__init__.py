"""Schema migrations (Alembic), under an advisory lock, so that any number of processes may try at once.

Each is backward compatible by one version: expand before the roll-out, contract a release later. The process
that migrates connects as the owner of the schemas; services never do.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url, text

LOCK_KEY = 0x63617365706C616E  # "caseplan" in ASCII


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = make_url(url).set(drivername="postgresql+psycopg")
    return config


def migrate(url: str, revision: str = "head") -> tuple[str | None, str | None]:
    """Bring the database at `url` to a revision; a second run changes nothing.

    Returns:
        The revision before and after.
    """
    config = _config(url)
    engine = create_engine(config.attributes["url"])
    try:
        with engine.connect() as holder:
            # Session-level, on a connection of its own: a migration that commits keeps the lock.
            holder.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            holder.commit()
            before = MigrationContext.configure(holder).get_current_revision()
            holder.commit()
            command.upgrade(config, revision)
            after = MigrationContext.configure(holder).get_current_revision()
            holder.commit()
            holder.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
            holder.commit()
    finally:
        engine.dispose()
    return before, after


def head() -> str:
    """The newest revision that this version of the code knows."""
    found = ScriptDirectory.from_config(_config("postgresql://")).get_current_head()
    assert found is not None
    return found


def current(url: str) -> str | None:
    """The revision that a database is at; None where nothing was ever applied."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
