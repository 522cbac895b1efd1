"""Schema migrations (Alembic), under an advisory lock, so that any number of processes may start one.

Each is backward compatible by one version: expand before the roll-out, contract a release later. Only the
process that migrates connects as the owner of the schemas; services never do.
"""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import create_engine, make_url, text

import caseplane
from caseplane.services import NAMES

LOCK_KEY = 0x63617365706C616E  # "caseplan" in ASCII


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, _locations())))
    config.attributes["url"] = make_url(url).set(drivername="postgresql+psycopg")
    return config


def _locations() -> list[Path]:
    """Folders of migrations: `versions`, and the folder `migrations` of any service that has one."""
    own = [Path(folder) / name / "migrations" for folder in caseplane.__path__ for name in NAMES]
    return [Path(__file__).parent / "versions", *(folder for folder in own if folder.is_dir())]


def migrate(url: str, revision: str = "head") -> tuple[str | None, str | None]:
    """Migrate the database at `url` to a revision; a second run changes nothing.

    A database migrated by a newer version stays unchanged: this version still works with it.

    Returns:
        The revision before and after.
    """
    config = _config(url)
    engine = create_engine(config.attributes["url"])
    try:
        with engine.connect() as holder:
            # Session-level, on its own connection, so that a commit in a migration does not release it.
            holder.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
            holder.commit()
            before = MigrationContext.configure(holder).get_current_revision()
            holder.commit()
            if not _is_newer(config, before):
                command.upgrade(config, revision)
            after = MigrationContext.configure(holder).get_current_revision()
            holder.commit()
            holder.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
            holder.commit()
    finally:
        engine.dispose()
    return before, after


def head() -> str:
    """The newest revision in this version of the code."""
    found = ScriptDirectory.from_config(_config("postgresql://")).get_current_head()
    assert found is not None
    return found


def lacking(url: str) -> str:
    """What the database at `url` lacks for this version, as a clause; empty if it lacks nothing.

    The services' login can call it too, since it may read the revision.
    """
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.OperationalError:  # down, starting, or the login has no password yet
        return "the database does not let us in"
    except psycopg.errors.UndefinedTable:
        return "the database has no schemas"
    except psycopg.errors.InsufficientPrivilege:
        return "the database is at a revision before 0006"
    at = row[0] if row else None
    if at == head() or _is_newer(_config(url), at):
        return ""
    return f"the database is at revision {at}, not {head()}"


def _is_newer(config: Config, revision: str | None) -> bool:
    """Whether a database is at a revision that this version does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return revision is not None and revision not in known


def current(url: str) -> str | None:
    """The revision of a database; None if none was applied."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def set_login_password(admin_url: str, login_url: str) -> bool:
    """Set the password of the services' login to that of their URL, so that a migration also rotates it.

    The password is hashed here, so that it does not appear in the server's log.

    Returns:
        Whether it was set: false if the URL has no password or names the owner.
    """
    login = make_url(login_url)
    if not login.username or not login.password or login.username == make_url(admin_url).username:
        return False
    with psycopg.connect(admin_url, autocommit=True) as connection:
        hashed = connection.pgconn.encrypt_password(
            str(login.password).encode(), login.username.encode(), b"scram-sha-256"
        )
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
        connection.execute(statement.format(sql.Identifier(login.username), sql.Literal(hashed.decode())))
    return True
