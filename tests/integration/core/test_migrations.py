"""Migrations as a managed database sees them: its owner is no superuser."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from caseplane.migrations import head, migrate, set_login_password


@pytest.fixture
def owner_url(postgres_url: str) -> Iterator[str]:
    """An empty database whose owner may create roles and nothing more, as on RDS, Azure or Cloud SQL."""
    name = f"owner_{uuid4().hex[:8]}"
    url = make_url(postgres_url).set(database=name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN CREATEROLE")
        # The owner that migrated the cluster's first database administers the roles; here that was another one.
        members = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'caseplane_%'"
        ).fetchall()
        for (role,) in members:
            connection.execute(
                sql.SQL("GRANT {} TO {} WITH ADMIN OPTION").format(*map(sql.Identifier, (role, name)))
            )
        connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(
            "CREATE EXTENSION vector"
        )  # clouds allow it to the owner; here only a superuser may
    yield url.set(username=name).render_as_string(hide_password=False)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"DROP OWNED BY {name} CASCADE")
        connection.execute(f"DROP ROLE {name}")


class TestMigrate:
    def test_given_an_owner_without_superuser_when_migrated_twice_then_at_head_and_unchanged(
        self, owner_url: str
    ) -> None:
        first, second = migrate(owner_url), migrate(owner_url)

        assert first == (None, head())
        assert second == (head(), head())

    def test_given_documents_of_the_version_before_when_migrated_then_their_model_is_the_knowledge_bases(
        self, owner_url: str
    ) -> None:
        migrate(owner_url, "0007")
        ids = {"t": uuid4(), "b": uuid4(), "d": uuid4()}
        with psycopg.connect(owner_url) as connection:
            connection.execute(
                "INSERT INTO platform.tenants (id, slug, display_name) VALUES (%(t)s, 'a', 'A')", ids
            )
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(ids["t"]),))
            connection.execute(
                "INSERT INTO knowledge.knowledge_bases (tenant_id, id, name) VALUES (%(t)s, %(b)s, 'A')", ids
            )
            connection.execute(
                "INSERT INTO knowledge.documents (tenant_id, id, knowledge_base_id, source, path, title, uri,"
                " content_hash, pipeline) VALUES (%(t)s, %(d)s, %(b)s, 'upload', 'p', 'p', 'p', '',"
                " '1/200-20-60/masked/refusing/org/model-v2/384/int8/qdrant')",
                ids,
            )

        migrate(owner_url)

        with psycopg.connect(owner_url) as connection:
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(ids["t"]),))
            pipeline = connection.execute("SELECT pipeline FROM knowledge.documents").fetchone()
            forced = connection.execute(
                "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relnamespace = 'knowledge'::regnamespace"
                " AND relkind = 'r'"
            ).fetchone()
        assert pipeline == ("1/200-20-60/masked/refusing/qdrant",)
        assert forced == (True,)


class TestSetLoginPassword:
    def test_given_a_url_with_password_when_set_then_only_its_hash_is_stored(self, postgres_url: str) -> None:
        login = make_url(postgres_url).set(username="caseplane_app", password="lake-9-birch")

        done = set_login_password(postgres_url, login.render_as_string(hide_password=False))

        with psycopg.connect(postgres_url) as connection:
            stored = connection.execute(
                "SELECT rolpassword FROM pg_authid WHERE rolname = 'caseplane_app'"
            ).fetchone()
        assert done
        assert stored is not None
        assert stored[0].startswith("SCRAM-SHA-256$")

    def test_given_the_owner_itself_or_no_password_when_set_then_nothing_changes(
        self, postgres_url: str
    ) -> None:
        owner = make_url(postgres_url)

        assert not set_login_password(
            postgres_url, owner.set(password="x").render_as_string(hide_password=False)
        )
        assert not set_login_password(postgres_url, "postgresql://caseplane_app@host/db")
