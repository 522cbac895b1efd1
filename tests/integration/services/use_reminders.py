"""Uses the recipe's service in one process with all others; prints the results as JSON."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

from caseplane.core.clock import utcnow
from caseplane.local.data import DataFolder
from caseplane.local.platform import ensure_tenant, open_platform


async def use(folder: Path) -> dict[str, object]:
    data = DataFolder(folder)
    async with open_platform(data) as platform, platform.app.router.lifespan_context(platform.app):
        admin = platform.client(data.secrets().platform_admin_key)
        client = platform.client(await ensure_tenant(admin, data, "acme", "Acme"))
        ticket = (await client.post("/api/v1/tickets", json={"subject": "S", "requester_id": "ada"})).json()
        body = {"ticket_id": ticket["ticket_id"], "note": "Call back", "due_at": utcnow().isoformat()}
        made = await client.post("/api/v1/reminders", json=body)
        made.raise_for_status()
        place = f"/api/v1/reminders/{made.json()['id']}"
        deadline = utcnow() + timedelta(seconds=30)
        while (read := (await client.get(place)).json())["state"] == "waiting" and utcnow() < deadline:
            await asyncio.sleep(0.1)
        other = platform.client(await ensure_tenant(admin, data, "other", "Other"))
        export = await client.post(f"/api/v1/tenants/{await _own(client)}/exports")
        manifest: dict[str, object] = {}
        while manifest.get("status") != "complete" and utcnow() < deadline:
            manifest = (await client.get(export.headers["Location"])).json()
            await asyncio.sleep(0.1)
        return {
            "created": made.status_code,
            "state": read["state"],
            "foreign": (await other.get(place)).status_code,
            "described": "/api/v1/reminders" in (await client.get("/api/v1/openapi.json")).json()["paths"],
            "audit": [each["action"] for each in (await client.get("/api/v1/audit")).json()["items"]].count(
                "reminder.created"
            ),
            "exported": "reminders.reminders" in json.dumps(manifest),
        }


async def _own(client: object) -> str:
    return str((await client.get("/api/v1/me")).json()["tenant_id"])  # type: ignore[attr-defined]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(use(Path(sys.argv[1])))))  # noqa: T201 - the output is the result
