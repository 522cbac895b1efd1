"""A tenant's data can be exported, and is gone after erasure."""

import gzip
import json
from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest
from tests.integration.deployment import PLATFORM_KEY, Deployment

from caseplane.core.ids import new_id
from caseplane.core.objects import ObjectStore
from caseplane.platform.erasure.erasing import erase
from caseplane.platform.exports.writing import write_export


def rows_of(url: str, tenant_id: UUID) -> dict[str, int]:
    """Rows of a tenant in every tenant table, read as the owner."""
    with psycopg.connect(url) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT table_schema || '.' || table_name FROM information_schema.columns"
                " WHERE column_name = 'tenant_id' AND table_schema <> 'information_schema'"
            )
        ]
        counted = {
            table: connection.execute(
                f"SELECT count(*) FROM {table} WHERE tenant_id = %s", (tenant_id,)
            ).fetchone()
            for table in tables
        }
    return {table: row[0] for table, row in counted.items() if row and row[0]}


@pytest.fixture
async def objects(deployment: Deployment) -> ObjectStore:
    return deployment.runtime.objects


@pytest.fixture
def talked_to(tenant_id: UUID, postgres_url: str) -> UUID:
    """A tenant with a conversation."""
    session_id = new_id()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO conversation.sessions (tenant_id, id, channel, customer_id, status)"
            " VALUES (%s, %s, 'web', 'c-1', 'open')",
            (tenant_id, session_id),
        )
        for seq in range(3):
            connection.execute(
                "INSERT INTO conversation.messages (tenant_id, id, session_id, seq, role, content,"
                " content_redacted) VALUES (%s, %s, %s, %s, 'customer', 'my secret', '')",
                (tenant_id, new_id(), session_id, seq),
            )
    return tenant_id


class TestErasure:
    async def test_given_a_tenant_with_everything_when_erased_then_only_the_record_is_left(
        self,
        deployment: Deployment,
        objects: ObjectStore,
        talked_to: UUID,
        postgres_url: str,
        make_tenant: Callable[..., UUID],
    ) -> None:
        key = await deployment.key(talked_to)
        neighbour = make_tenant()
        await objects.put(f"{talked_to}/docs/raw/upload/x", b"raw")
        await objects.put(f"{neighbour}/docs/raw/upload/x", b"raw")
        async with deployment.client(key) as client:
            await client.post("/api/v1/sessions", json={}, headers={"Idempotency-Key": "k"})
        async with deployment.client(PLATFORM_KEY) as platform:
            asked = await platform.delete(f"/api/v1/tenants/{talked_to}")
            async with deployment.client(key) as client:
                refused = await client.get("/api/v1/me")

            removed = await erase(deployment.platform, talked_to, requested_by="platform-admin")
            again = await erase(deployment.platform, talked_to, requested_by="platform-admin")
            after = (await platform.get(f"/api/v1/tenants/{talked_to}")).json()

        assert (asked.status_code, refused.status_code) == (202, 403)
        assert removed["conversation.messages"] == 3
        assert removed["files"] == 1
        assert removed["jobs"] >= 1
        assert again == {}
        assert rows_of(postgres_url, talked_to) == {"platform.audit_log": 1}
        assert (after["status"], after["display_name"]) == ("erased", "erased")
        assert await objects.exists(f"{neighbour}/docs/raw/upload/x")

    async def test_given_an_active_tenant_when_an_erasure_runs_then_nothing_happens(
        self, deployment: Deployment, talked_to: UUID, postgres_url: str
    ) -> None:
        assert await erase(deployment.platform, talked_to, requested_by="test") == {}

        assert rows_of(postgres_url, talked_to)["conversation.messages"] == 3

    async def test_given_an_erased_tenant_when_it_is_changed_then_409(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(PLATFORM_KEY) as platform:
            await platform.delete(f"/api/v1/tenants/{tenant_id}")
            answers = [
                await platform.patch(f"/api/v1/tenants/{tenant_id}", json={"status": "active"}),
                await platform.post(f"/api/v1/tenants/{tenant_id}/admin-keys", json={}),
            ]

        assert [answer.status_code for answer in answers] == [409, 409]


class TestExport:
    async def test_given_a_conversation_when_exported_then_every_row_is_there_and_no_secret(
        self,
        deployment: Deployment,
        objects: ObjectStore,
        talked_to: UUID,
    ) -> None:
        await objects.put(f"{talked_to}/docs/raw/upload/x y", b"raw")
        async with deployment.client(await deployment.key(talked_to)) as admin:
            base = f"/api/v1/tenants/{talked_to}/exports"
            asked = (await admin.post(base)).json()
            running = (await admin.get(f"{base}/{asked['export_id']}")).json()

            await write_export(
                deployment.platform, deployment.platform.principal(talked_to), UUID(asked["export_id"])
            )
            done = (await admin.get(f"{base}/{asked['export_id']}")).json()
            tables = {table["table"]: table for table in done["tables"]}
            part = tables["conversation.messages"]["parts"][0]
            content = (await admin.get(f"{base}/{asked['export_id']}/parts/{part}")).content
            keys_part = tables["platform.api_keys"]["parts"][0]
            keys = gzip.decompress(
                (await admin.get(f"{base}/{asked['export_id']}/parts/{keys_part}")).content
            )
            file = await admin.get(f"{base}/{asked['export_id']}/files/docs/raw/upload/x%20y")
            missing = await admin.get(f"{base}/{asked['export_id']}/files/keys.json")

        rows = [json.loads(line) for line in gzip.decompress(content).splitlines()]
        assert (running["status"], done["status"]) == ("running", "done")
        assert [row["content"] for row in rows] == ["my secret"] * 3
        assert b"secret_hash" not in keys
        assert file.content == b"raw"
        assert missing.status_code == 404

    async def test_given_another_tenants_admin_when_it_asks_then_404(
        self, deployment: Deployment, tenant_id: UUID, make_tenant: Callable[..., UUID]
    ) -> None:
        async with deployment.client(await deployment.key(make_tenant())) as admin:
            answer = await admin.post(f"/api/v1/tenants/{tenant_id}/exports")

        assert answer.status_code == 404
