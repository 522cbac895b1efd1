"""The audit log, through the public API."""

from typing import Any
from uuid import UUID

from tests.integration.deployment import Deployment


class TestAudit:
    async def test_given_audited_actions_when_read_page_by_page_then_each_is_there_once_newest_first(
        self, deployment: Deployment, tenant_id: UUID
    ) -> None:
        async with deployment.client(await deployment.key(tenant_id)) as admin:
            for number in range(5):
                await admin.post("/api/v1/api-keys", json={"name": f"k{number}", "roles": ["agent"]})
            seen: list[dict[str, Any]] = []
            cursor = None
            while True:
                page = (
                    await admin.get(
                        "/api/v1/audit", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
                    )
                ).json()
                seen += page["items"]
                cursor = page["next"]
                if cursor is None:
                    break

        assert len(seen) == len({entry["entry_id"] for entry in seen}) == 6
        assert [e["created_at"] for e in seen] == sorted((e["created_at"] for e in seen), reverse=True)
        assert {entry["action"] for entry in seen} == {"api_key.created"}
        assert all(entry["request_id"] for entry in seen[:5])
