"""Runs the console's stories in a real browser against a platform of its own: `python -m tests.console [STORY …]`.

The platform knows one short document and has a few tickets. With PICTURES=FOLDER it takes pictures too.
"""

import asyncio
import os
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from caseplane.core.telemetry import configure_logging
from caseplane.local.data import DataFolder
from caseplane.local.platform import ensure_tenant, open_platform, serving
from caseplane.local.story import call

CONSOLE = Path(__file__).parents[2] / "services" / "console"
GUIDE = b"""# Scanners

## How do I restart a scanner?

To restart a scanner, hold its button for nine seconds until the light turns blue.

## How long is the warranty of a scanner?

The warranty of a scanner lasts three years from the day of delivery.
"""
ASKED = {
    "ada@example.com": (
        "How do I restart a scanner?",
        "I was charged twice. Please let me talk to a person.",
    ),
    "marc@example.org": ("Our scanner smells burnt, this is urgent! Can a person call me?",),
    "lin@example.net": ("What do 500 scanners cost? I want to talk to a person.",),
}


async def main(stories: list[str]) -> int:
    """The exit code of the stories."""
    configure_logging(level="ERROR")
    async with AsyncExitStack() as stack:
        folder = DataFolder(
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="caseplane-console-")))
        )
        platform = await stack.enter_async_context(open_platform(folder))
        await stack.enter_async_context(serving(platform, host="127.0.0.1", port=0, tenant="demo"))
        endpoint = folder.endpoint()
        assert endpoint is not None
        async with platform.client(platform.admin_key) as operator:
            admin_key = await ensure_tenant(operator, folder, "demo", "Demo")
        async with platform.client(admin_key) as admin:
            agent_key = await _seed(admin)
        environment = os.environ | {
            "CASEPLANE_URL": endpoint.url,
            "CASEPLANE_API_KEY": agent_key,
            "CASEPLANE_PLATFORM_ADMIN_KEY": platform.admin_key,
        }
        command = ("npm", "run", "--silent", "stories", "--", *stories)
        process = await asyncio.create_subprocess_exec(*command, cwd=CONSOLE, env=environment)
        return await process.wait()


async def _seed(admin: httpx.AsyncClient) -> str:
    """A document, customers' questions, and what is known of one of them; returns an agent's key."""
    base = await call(admin, "POST", "/knowledge-bases", json={"name": "Guide"})
    files = {"file": ("scanners.md", GUIDE, "text/markdown")}
    await call(admin, "POST", f"/knowledge-bases/{base['id']}/documents", params={"wait": 60}, files=files)
    for customer, asked in ASKED.items():
        session = await call(admin, "POST", "/sessions", json={"customer_id": customer})
        for content in asked:
            path = f"/sessions/{session['session_id']}/messages"
            await call(admin, "POST", path, params={"wait": 60}, json={"content": content})
    await call(admin, "PUT", "/customers/ada@example.com", json={"name": "Ada Lovelace", "tier": "Gold"})
    made = await call(admin, "POST", "/api-keys", json={"name": "Robin Meyer", "roles": ["agent"]})
    return str(made["key"])


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
